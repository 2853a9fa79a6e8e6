/** Builds. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import { POLL_MS } from '@/lib/query';
import type { ComponentRef } from '@/lib/types';

/** A component's builds, newest first. */
export const buildsQuery = ({ project, component }: ComponentRef, limit = 50) =>
  queryOptions({
    queryKey: ['builds', project, component, { limit }],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/components/{component}/builds', {
          params: { path: { project, component }, query: { limit } },
          signal,
        }),
      ),
    meta: { topics: ['builds'] },
    refetchInterval: POLL_MS,
  });

export const useBuilds = (ref: ComponentRef, limit?: number) => useQuery(buildsQuery(ref, limit));
