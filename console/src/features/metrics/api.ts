/** Measurements. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import { POLL_MS } from '@/lib/query';

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
    refetchInterval: POLL_MS,
  });

export const useDelivery = (filter: DeliveryFilter) => useQuery(deliveryQuery(filter));
