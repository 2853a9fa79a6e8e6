/** The audit trail: who did what to which object. */
import { queryOptions, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import { POLL_MS } from '@/lib/query';
import type { operations } from '@/lib/schema';

/** What an entry may be asked for by. */
export type Trail = Omit<NonNullable<operations['list_entries']['parameters']['query']>, 'before' | 'limit'>;

const PAGE = 50;

export const useTrail = (wanted: Trail) =>
  useInfiniteQuery({
    queryKey: ['audit', wanted],
    queryFn: ({ signal, pageParam }) =>
      answer(api.GET('/api/v1/audit', { params: { query: { ...wanted, limit: PAGE, ...(pageParam && { before: pageParam }) } }, signal })),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    // Who reads further back is not disturbed.
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : POLL_MS),
  });

/** Where all of it is downloaded from. */
export function exportAddress(wanted: Trail, format: 'csv' | 'jsonl'): string {
  const given = Object.entries(wanted).flatMap(([name, value]) => (value ? [[name, String(value)]] : []));
  return `/api/v1/audit/export?${new URLSearchParams([...given, ['format', format]]).toString()}`;
}

const retentionQuery = queryOptions({
  queryKey: ['audit-retention'],
  queryFn: ({ signal }) => answer(api.GET('/api/v1/audit/retention', { signal })),
});

export const useTrailRetention = () => useQuery(retentionQuery);

export function useKeepTrail() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (days: number | null) => answer(api.POST('/api/v1/audit/retention', { body: { days } })),
    onSuccess: (kept) => client.setQueryData(retentionQuery.queryKey, kept),
  });
}
