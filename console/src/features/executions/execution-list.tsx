import { Button, Loader } from '@mantine/core';
import { IconFilterOff, IconListDetails } from '@tabler/icons-react';
import { useCallback, useMemo } from 'react';
import { addresses } from '@/lib/addresses';
import { toApiError } from '@/lib/errors';
import { count, plural } from '@/lib/format';
import { STATE_ORDER } from '@/lib/outcome';
import type { Execution } from '@/lib/types';
import { Empty, Failed, Loading } from '@/ui/states';
import { type ExecutionFilter, useEnvironments, useExecutionRows } from './api';
import { Bars } from './bars';
import classes from './execution-list.module.css';
import { useChosen } from './filter';
import { Filters, type Option } from './filters';
import type { Rows } from './rows';
import { Table } from './table';

interface ExecutionListProps {
  /** What the page is about; the address may narrow it further. */
  within: Pick<ExecutionFilter, 'project' | 'component' | 'environment' | 'start' | 'end'>;
  /** Offers a choice of project. */
  projects?: readonly Option[] | undefined;
  /** Without the bars and the choice of environment, for a page that has both elsewhere. */
  bare?: boolean;
  /** What to say when there is none at all. */
  empty: React.ReactNode;
}

const addressOf = (execution: Execution) => addresses.execution(execution, execution.id);

/** Executions as bars, chips and a table, kept fresh. */
export function ExecutionList({ within, projects, bare = false, empty }: ExecutionListProps) {
  const [chosen, choose] = useChosen();
  const environments = useEnvironments();
  const filter = useMemo<ExecutionFilter>(
    () => ({
      ...within,
      ...(chosen.project && projects && { project: chosen.project }),
      ...(chosen.environment && !bare && { environment: chosen.environment }),
      ...(chosen.origin && { origin: chosen.origin }),
      ...(chosen.backfill && { backfill: chosen.backfill }),
      ...(chosen.states.length > 0 && { state: chosen.states }),
    }),
    [within, chosen, projects, bare],
  );
  const { query, more } = useExecutionRows(filter);
  const { data } = query;
  const next = data?.next ?? null;
  const { mutate, isPending, isError } = more;
  const onEnd = useCallback(() => {
    if (next !== null && !isPending && !isError) mutate(next);
  }, [next, isPending, isError, mutate]);

  const narrowed = chosen.states.length > 0 || chosen.origin !== null || chosen.backfill !== null || (!bare && chosen.environment !== null) || (projects !== undefined && chosen.project !== null);
  const showAll = () => choose({ states: [], origin: null, backfill: null, ...(!bare && { environment: null }), project: null });
  const total = data ? totalOf(data, filter) : 0;
  const options = environments.data?.map(({ slug, name }) => ({ value: slug, label: name }));

  if (!data && query.error) {
    return <Failed title="The executions could not be loaded." error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (data && data.items.length === 0 && !narrowed) return <>{empty}</>;
  return (
    <div className={classes['list']} data-stale={query.isPlaceholderData || undefined}>
      {!bare && data && data.items.length > 0 && (
        <div className={classes['bars']}>
          <Bars executions={data.items} to={addressOf} />
        </div>
      )}
      <Filters chosen={chosen} onChoose={choose} counts={data?.counts} environments={bare ? undefined : (options ?? [])} projects={projects} />
      {!data ? (
        <Loading lines={10} height={26} />
      ) : data.items.length === 0 ? (
        <Empty
          icon={<IconFilterOff size={28} stroke={1.5} />}
          title="No execution passes these filters"
          action={
            <Button variant="default" onClick={showAll}>
              Show all executions
            </Button>
          }
        />
      ) : (
        <>
          <Table items={data.items} to={addressOf} named={within.component === undefined} total={total} onEnd={onEnd} />
          <End rows={data} total={total} loading={isPending} error={more.error} onMore={() => next !== null && mutate(next)} />
        </>
      )}
    </div>
  );
}

function totalOf(rows: Rows, filter: ExecutionFilter): number {
  return (filter.state ?? STATE_ORDER).reduce((sum, state) => sum + (rows.counts[state] ?? 0), 0);
}

interface EndProps {
  rows: Rows;
  total: number;
  loading: boolean;
  error: unknown;
  onMore: () => void;
}

function End({ rows, total, loading, error, onMore }: EndProps) {
  if (error) {
    return (
      <div className={classes['end']} role="alert">
        Older ones could not be loaded. {toApiError(error).message}
        <Button variant="default" onClick={onMore}>
          Try again
        </Button>
      </div>
    );
  }
  if (rows.next === null) {
    return <div className={classes['end']}>{rows.items.length > 20 ? `That is all: ${plural(rows.items.length, 'execution')}.` : ''}</div>;
  }
  return (
    <div className={classes['end']}>
      <span className="number">
        {count(rows.items.length)} of {count(Math.max(total, rows.items.length))}
      </span>
      {loading ? (
        <Loader size={14} aria-label="Loading older executions" />
      ) : (
        <Button variant="default" onClick={onMore}>
          Load older
        </Button>
      )}
    </div>
  );
}

/** What a list says that has nothing yet; `action` makes the first execution. */
export function NoExecutions({ children, action }: { children: React.ReactNode; action?: React.ReactNode }) {
  return (
    <Empty icon={<IconListDetails size={28} stroke={1.5} />} title="Nothing has run yet" action={action}>
      {children}
    </Empty>
  );
}
