import { IconDatabaseOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import { toApiError } from '@/lib/errors';
import { POLL_MS } from '@/lib/query';
import classes from './outage.module.css';

const POLL_OUT_MS = 3_000;

/** Says above every page why the server can write nothing at present, such as a full disk; nothing while it can. */
export function Outage() {
  const health = useQuery({
    queryKey: ['health'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/health', { signal })),
    refetchInterval: ({ state }) => (state.error ? POLL_OUT_MS : POLL_MS),
    retry: false,
  });
  const error = health.error && toApiError(health.error);
  if (error?.code !== 'unavailable') return null;
  return (
    <p role="alert" className={classes['outage']}>
      <IconDatabaseOff size={16} stroke={1.8} aria-hidden />
      <span>{error.message}</span>
    </p>
  );
}
