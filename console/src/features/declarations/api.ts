/** A component as a clockhouse.yaml: what one would say of it, and the one that counts. */
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import { polling } from '@/lib/query';
import type { ComponentRef } from '@/lib/types';

/** `build`: what counts for that one; null: for the newest that succeeded. */
export const declarationQuery = ({ project, component }: ComponentRef, build: number | null = null) =>
  queryOptions({
    queryKey: ['declaration', project, component, { build }],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/components/{component}/declaration', {
          params: { path: { project, component }, query: build === null ? {} : { build } },
          signal,
        }),
      ),
    meta: { topics: ['deployments', 'builds'] },
    refetchInterval: polling,
  });

export const useDeclaration = (ref: ComponentRef, build?: number) => useQuery(declarationQuery(ref, build));

/** What was applied counts no more. */
export function useForgetDeclaration(ref: ComponentRef) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.DELETE('/api/v1/projects/{project}/components/{component}/declaration', { params: { path: ref } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['declaration', ref.project, ref.component] }),
  });
}
