/** A component's source, its history, and how a change to it is saved. */
import { queryOptions, useMutation, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import { polling } from '@/lib/query';
import type { ComponentRef, NewCommit } from '@/lib/types';

/** The files at a commit; at the newest one when none is named. */
export const sourceQuery = ({ project, component }: ComponentRef, commit: string | null = null) =>
  queryOptions({
    queryKey: ['source', project, component, commit ?? 'head'],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/components/{component}/source', {
          params: { path: { project, component }, query: commit ? { commit } : {} },
          signal,
        }),
      ),
    // A commit never changes; which one is the newest does.
    ...(commit ? { staleTime: Infinity } : { meta: { topics: ['builds', 'projects'] as const }, refetchInterval: polling }),
  });

export const useSource = (ref: ComponentRef) => useQuery(sourceQuery(ref));
export const useSourceAt = (ref: ComponentRef, commit: string, isWanted = true) => useQuery({ ...sourceQuery(ref, commit), enabled: isWanted });

/** Commits, newest first. */
const historyQuery = ({ project, component }: ComponentRef, head: string) =>
  queryOptions({
    // The head is a part of the key, so that a new commit is in the list as soon as it is known.
    queryKey: ['commits', project, component, { head }],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/components/{component}/commits', {
          params: { path: { project, component }, query: { limit: 100 } },
          signal,
        }),
      ),
    placeholderData: (previous) => previous,
    staleTime: Infinity,
  });

export const useHistory = (ref: ComponentRef, head: string) => useQuery(historyQuery(ref, head));

export const useSave = (ref: ComponentRef) =>
  useMutation({
    mutationFn: (body: NewCommit) =>
      answer(api.POST('/api/v1/projects/{project}/components/{component}/commits', { params: { path: ref }, body })),
  });
