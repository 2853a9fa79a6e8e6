/** Requests: deployments that wait until somebody else approves of them. */
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import { polling } from '@/lib/query';
import type { ComponentRef, DeploymentRequest } from '@/lib/types';

/** All that wait in the projects that one may see. */
export const waitingQuery = queryOptions({
  queryKey: ['requests'],
  queryFn: ({ signal }) => answer(api.GET('/api/v1/requests', { signal })),
  meta: { topics: ['deployments'] },
  refetchInterval: polling,
});

/** A component's, newest first. */
export const requestsQuery = ({ project, component }: ComponentRef, limit = 20) =>
  queryOptions({
    queryKey: ['requests', project, component],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/components/{component}/requests', {
          params: { path: { project, component }, query: { limit } },
          signal,
        }),
      ),
    meta: { topics: ['deployments'] },
    refetchInterval: polling,
  });

/** What was decided about one's own requests, and one has not seen. */
export const newsQuery = queryOptions({
  queryKey: ['requests', 'news'],
  queryFn: ({ signal }) => answer(api.GET('/api/v1/requests/mine', { params: { query: { only_news: true } }, signal })),
  meta: { topics: ['deployments'] },
  refetchInterval: polling,
});

export const useNews = () => useQuery(newsQuery);
export const useWaiting = () => useQuery(waitingQuery);
export const useRequests = (ref: ComponentRef) => useQuery(requestsQuery(ref));

export type Verb = 'approve' | 'reject' | 'cancel';

/**
 * Decides about a request; one that could not be deployed any more comes back as failed. `tell` hears of it even when
 * what waited is not shown any more: the page may know of the decision before the answer is there.
 */
export function useDecide({ project, component, number }: DeploymentRequest, tell: (made: DeploymentRequest, verb: Verb) => void) {
  const client = useQueryClient();
  const path = { project, component, number };
  return useMutation({
    mutationFn: ({ verb, comment }: { verb: Verb; comment: string }) =>
      answer(
        api.POST(`/api/v1/projects/{project}/components/{component}/requests/{number}/${verb}`, {
          params: { path },
          body: { comment },
        }),
      ),
    onSuccess: (made, { verb }) => tell(made, verb),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['requests'] }),
        client.invalidateQueries({ queryKey: ['deployments', project, component] }),
        client.invalidateQueries({ queryKey: ['components', project] }),
      ]),
  });
}

/** One has seen what was decided: it is no news any more. */
export function useSeen({ project, component, number }: DeploymentRequest) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      answer(
        api.POST('/api/v1/projects/{project}/components/{component}/requests/{number}/seen', {
          params: { path: { project, component, number } },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ['requests'] }),
  });
}
