/** Measurements. */
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import { polling } from '@/lib/query';
import { type TimeWindow, windowAt } from './window';

export interface DeliveryFilter {
  project?: string;
  component?: string;
  environment?: string;
  start?: string;
  end?: string;
}

/** What the schedules promised and what became of it; the last 30 days when no window is given. */
export const deliveryQuery = (filter: DeliveryFilter) =>
  queryOptions({
    queryKey: ['delivery', filter],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/metrics/delivery', { params: { query: filter }, signal })),
    meta: { topics: ['executions'] },
    refetchInterval: polling,
  });

export const useDelivery = (filter: DeliveryFilter) => useQuery(deliveryQuery(filter));

export type Scope = Pick<DeliveryFilter, 'project' | 'component' | 'environment'>;

/** About how many buckets a chart has; the server rounds their width. */
const BUCKETS = 72;

/** Outcomes and durations by bucket. A window that reaches until now moves on with each look. */
export const outcomesQuery = (scope: Scope, window: TimeWindow) =>
  queryOptions({
    queryKey: ['outcomes', scope, window],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/metrics/outcomes', {
          params: { query: { ...scope, ...windowAt(window, new Date()), buckets: BUCKETS } },
          signal,
        }),
      ),
    meta: { topics: ['executions'] },
    refetchInterval: polling,
  });

/** The former window stays on screen until the next one is there. */
export const useOutcomes = (scope: Scope, window: TimeWindow) =>
  useQuery({ ...outcomesQuery(scope, window), placeholderData: keepPreviousData });

/** Promised against delivered in a window. */
export const useDeliveryIn = (scope: Scope, window: TimeWindow) =>
  useQuery({
    queryKey: ['delivery', scope, window],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/metrics/delivery', { params: { query: { ...scope, ...windowAt(window, new Date()) } }, signal }),
      ),
    meta: { topics: ['executions'] },
    refetchInterval: polling,
    placeholderData: keepPreviousData,
  });

/** The same by environment, with how late executions started. */
export const usePromisesIn = (scope: Scope, window: TimeWindow) =>
  useQuery({
    queryKey: ['promises', scope, window],
    queryFn: async ({ signal }) => {
      const query = { ...scope, ...windowAt(window, new Date()) };
      return (await answer(api.GET('/api/v1/metrics/promises', { params: { query }, signal }))).places;
    },
    meta: { topics: ['executions'] },
    refetchInterval: polling,
    placeholderData: keepPreviousData,
  });
