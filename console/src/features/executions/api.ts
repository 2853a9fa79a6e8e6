/** Executions: lists that stay fresh, one execution, and pages of its log. */
import { keepPreviousData, queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import { isActive } from '@/lib/outcome';
import { polling } from '@/lib/query';
import type { Execution, Origin, State } from '@/lib/types';
import { beyondHead, type Rows, withHead, withLater, withOlder } from './rows';

export interface ExecutionFilter {
  project?: string;
  component?: string;
  environment?: string;
  state?: State[];
  origin?: Origin;
  backfill?: string;
  /** Due at or after this instant. */
  start?: string;
  /** Due before this instant. */
  end?: string;
  limit?: number;
}

/** The newest executions that pass `filter`, newest first, with counts by state. */
export const executionsQuery = (filter: ExecutionFilter) =>
  queryOptions({
    queryKey: ['executions', filter],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/executions', { params: { query: filter }, signal })),
    meta: { topics: ['executions'] },
    refetchInterval: polling,
  });

export const useExecutions = (filter: ExecutionFilter) => useQuery(executionsQuery(filter));

/** How many executions a page of a list holds. */
const PAGE = 100;
/** How many that still run far down a list are looked at again, each by a request of its own. */
const LATER = 20;

const pageOf = (filter: ExecutionFilter, before: string | null, signal?: AbortSignal) =>
  answer(
    api.GET('/api/v1/executions', {
      params: { query: { ...filter, limit: PAGE, ...(before !== null && { before }) } },
      ...(signal && { signal }),
    }),
  );

const oneOf = (id: string, signal?: AbortSignal) =>
  answer(api.GET('/api/v1/executions/{id}', { params: { path: { id } }, ...(signal && { signal }) }));

/** A list of any length: looking again fetches its newest page and keeps the older ones that were loaded. */
export const rowsQuery = (filter: ExecutionFilter) =>
  queryOptions({
    queryKey: ['execution-rows', filter],
    queryFn: async ({ signal, client, queryKey }): Promise<Rows> => {
      const head = await pageOf(filter, null, signal);
      const open = beyondHead(client.getQueryData<Rows>(queryKey), head).filter((each) => isActive(each.state));
      const later = await Promise.all(open.slice(0, LATER).map((each) => oneOf(each.id, signal)));
      // Read again: an older page may have come meanwhile.
      return withLater(withHead(client.getQueryData<Rows>(queryKey), head), later, filter.state);
    },
    meta: { topics: ['executions'] },
    refetchInterval: polling,
  });

/** The list, what loads its next older page, and how that went. */
export function useExecutionRows(filter: ExecutionFilter) {
  const client = useQueryClient();
  const { queryKey } = rowsQuery(filter);
  const query = useQuery({ ...rowsQuery(filter), placeholderData: keepPreviousData });
  const more = useMutation({
    mutationFn: (before: string) => pageOf(filter, before),
    onSuccess: (page, before) =>
      client.setQueryData<Rows>(queryKey, (known) => (known?.next === before ? withOlder(known, page) : known)),
  });
  return { query, more };
}

export const executionKey = (id: string) => ['execution', id] as const;

export const executionQuery = (id: string) =>
  queryOptions({
    queryKey: executionKey(id),
    queryFn: ({ signal }) => oneOf(id, signal),
    meta: { topics: ['executions'] },
    // What has ended does not change any more.
    refetchInterval: (query) => (query.state.data && !isActive(query.state.data.state) ? false : polling(query)),
  });

export const useExecution = (id: string) => useQuery(executionQuery(id));

/** The last one of the same component and environment that succeeded and was due earlier; null when there is none. */
export function useLastSuccess({ id, project, component, environment, due_at }: Execution) {
  const query = { project, component, environment, state: ['succeeded' as const], end: due_at, limit: 1 };
  return useQuery({
    queryKey: ['last-success', id],
    queryFn: async ({ signal }) => (await answer(api.GET('/api/v1/executions', { params: { query }, signal }))).items[0] ?? null,
    staleTime: 300_000,
  });
}

export function useStopExecution({ id }: Pick<Execution, 'id'>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.POST('/api/v1/executions/{id}/stop', { params: { path: { id } } })),
    onSuccess: (execution) => {
      client.setQueryData(executionKey(id), execution);
      return client.invalidateQueries({ queryKey: ['execution-rows'] });
    },
  });
}

/** Queues the same once more: release, configuration, arguments and due time. */
export function useRunAgain({ id }: Pick<Execution, 'id'>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.POST('/api/v1/executions/{id}/again', { params: { path: { id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['execution-rows'] }),
  });
}

/** At most `limit` lines of an execution's log that follow line `after`. */
export const logPage = (id: string, after: number, limit: number) =>
  answer(api.GET('/api/v1/executions/{id}/log', { params: { path: { id }, query: { after, limit } } }));

export const logStreamUrl = (id: string, after: number) =>
  `/api/v1/executions/${encodeURIComponent(id)}/log/stream?after=${after}`;

export const logTextUrl = (id: string) => `/api/v1/executions/${encodeURIComponent(id)}/log.txt`;

/** The environments there are, in their order. */
export const useEnvironments = () =>
  useQuery({
    queryKey: ['executions', 'environments'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/environments', { signal })),
    staleTime: 300_000,
  });
