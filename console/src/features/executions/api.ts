/** Executions. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import { POLL_MS } from '@/lib/query';
import type { Origin, State } from '@/lib/types';

export interface ExecutionFilter {
  project?: string;
  component?: string;
  environment?: string;
  state?: State[];
  origin?: Origin;
  limit?: number;
}

/** The newest executions that pass `filter`, newest first, with counts by state. */
export const executionsQuery = (filter: ExecutionFilter) =>
  queryOptions({
    queryKey: ['executions', filter],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/executions', { params: { query: filter }, signal })),
    meta: { topics: ['executions'] },
    refetchInterval: POLL_MS,
  });

export const useExecutions = (filter: ExecutionFilter) => useQuery(executionsQuery(filter));
