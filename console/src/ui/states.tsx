import { Button, Skeleton } from '@mantine/core';
import { IconAlertTriangle, IconRefresh } from '@tabler/icons-react';
import { toApiError } from '@/lib/errors';
import { Sentence } from './sentence';
import classes from './states.module.css';

/** Grey lines in the place of what is coming. */
export function Loading({ lines = 4, height = 34 }: { lines?: number; height?: number }) {
  return (
    <div className={classes['loading']} role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, index) => (
        <Skeleton key={index} height={height} radius="sm" width={index === lines - 1 ? '70%' : '100%'} />
      ))}
    </div>
  );
}

interface EmptyProps {
  icon?: React.ReactNode;
  title: string;
  /** What this place is for, in a sentence. */
  children?: React.ReactNode;
  /** The one thing to do, which makes something real. */
  action?: React.ReactNode;
}

/** Nothing is here yet, and what to do about it. */
export function Empty({ icon, title, children, action }: EmptyProps) {
  return (
    <div className={classes['empty']}>
      {icon && (
        <div className={classes['icon']} aria-hidden>
          {icon}
        </div>
      )}
      <p className={classes['title']}>{title}</p>
      {children && <div className={classes['text']}>{children}</div>}
      {action && <div className={classes['action']}>{action}</div>}
    </div>
  );
}

interface FailedProps {
  error: unknown;
  onRetry?: () => void;
  /** What could not be done: "The executions could not be loaded." */
  title?: string;
}

/** Something could not be loaded: why, and a way to try again. */
export function Failed({ error, onRetry, title = 'This could not be loaded.' }: FailedProps) {
  return (
    <div className={classes['failed']} role="alert">
      <IconAlertTriangle size={18} stroke={1.8} aria-hidden className={classes['warning']} />
      <div>
        <p className={classes['title']}>{title}</p>
        <p className={classes['text']}>
          <Sentence>{toApiError(error).message}</Sentence>
        </p>
      </div>
      {/* Asking again does not make anybody an administrator. */}
      {onRetry && toApiError(error).code !== 'forbidden' && (
        <Button variant="default" leftSection={<IconRefresh size={14} aria-hidden />} onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

interface QueryLike<T> {
  data: T | undefined;
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
}

interface AsyncProps<T> {
  query: QueryLike<T>;
  children: (data: T) => React.ReactNode;
  loading?: React.ReactNode;
  failed?: string;
}

/** A query's loading and failed states; what it has stays on screen when a later look fails. */
export function Async<T>({ query, children, loading = <Loading />, failed }: AsyncProps<T>) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <Failed error={query.error} onRetry={() => void query.refetch()} {...(failed && { title: failed })} />;
  return <>{loading}</>;
}
