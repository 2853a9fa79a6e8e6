/** Backfills of a component, and what one would execute. */
import { keepPreviousData, queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import { polling } from '@/lib/query';
import type { ComponentRef, NewBackfill } from '@/lib/types';

export const backfillsQuery = ({ project, component }: ComponentRef) =>
  queryOptions({
    queryKey: ['backfills', project, component],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/projects/{project}/components/{component}/backfills', { params: { path: { project, component } }, signal })),
    meta: { topics: ['executions'] },
    refetchInterval: polling,
  });

export const useBackfills = (ref: ComponentRef) => useQuery(backfillsQuery(ref));

/** What it would execute; nothing is asked while the range is unfinished. */
export const useBackfillPreview = (ref: ComponentRef, environment: string, wish: NewBackfill | null) =>
  useQuery({
    queryKey: ['backfill-preview', ref.project, ref.component, environment, wish],
    queryFn: ({ signal }) =>
      answer(
        api.POST('/api/v1/projects/{project}/components/{component}/environments/{environment}/backfills/preview', {
          params: { path: { ...ref, environment } },
          body: wish as NewBackfill,
          signal,
        }),
      ),
    enabled: wish !== null,
    placeholderData: keepPreviousData,
    retry: false,
  });

export function useStartBackfill(ref: ComponentRef, environment: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewBackfill) =>
      answer(
        api.POST('/api/v1/projects/{project}/components/{component}/environments/{environment}/backfills', {
          params: { path: { ...ref, environment } },
          body,
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ['backfills', ref.project, ref.component] }),
  });
}

export function useCancelBackfill(ref: ComponentRef) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => answer(api.POST('/api/v1/backfills/{id}/cancel', { params: { path: { id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['backfills', ref.project, ref.component] }),
  });
}
