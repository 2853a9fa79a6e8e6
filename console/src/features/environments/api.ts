/** Environments: what they keep, how much runs in them at once, and where; and the agents that run it elsewhere. */
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import { polling, refresh } from '@/lib/query';
import type { ApprovalRequest, ChangedEnvironment, Environment, NewEnvironment, Retention } from '@/lib/types';
import type { Move } from './words';

export const environmentsQuery = queryOptions({
  queryKey: ['environments'],
  queryFn: ({ signal }) => answer(api.GET('/api/v1/environments', { signal })),
});

const retentionQuery = (environment: string) =>
  queryOptions({
    queryKey: ['environments', environment, 'retention'],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/environments/{environment}/retention', { params: { path: { environment } }, signal })),
  });

export const agentsQuery = queryOptions({
  queryKey: ['agents'],
  queryFn: ({ signal }) => answer(api.GET('/api/v1/agents', { signal })),
  refetchInterval: polling,
});

/** Everybody with their roles, by name: for administrators. */
export const usePeople = () =>
  useQuery({ queryKey: ['people'], queryFn: ({ signal }) => answer(api.GET('/api/v1/people', { signal })) });

export const useEnvironments = () => useQuery(environmentsQuery);
export const useRetention = (environment: string) => useQuery(retentionQuery(environment));
/** Every agent; not asked for while `wanted` is false. */
export const useAgents = (wanted = true) => useQuery({ ...agentsQuery, enabled: wanted });

/** What stands against its removal, and what would go with it: always as it is now. */
export const useContents = (environment: string) =>
  useQuery({
    queryKey: ['environments', environment, 'contents'],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/environments/{environment}/contents', { params: { path: { environment } }, signal })),
    staleTime: 0,
    gcTime: 0,
  });

/** Their names, marks and order are on many pages. */
function useRefresh() {
  const client = useQueryClient();
  return () =>
    Promise.all([client.invalidateQueries({ queryKey: ['environments'] }), refresh(client, new Set(['deployments', 'projects']))]);
}

export function useAddEnvironment() {
  const onSettled = useRefresh();
  return useMutation({ mutationFn: (body: NewEnvironment) => answer(api.POST('/api/v1/environments', { body })), onSettled });
}

/** Another name, or another mark. */
export function useRenameEnvironment(environment: string) {
  const onSettled = useRefresh();
  return useMutation({
    mutationFn: (body: ChangedEnvironment) =>
      answer(api.PATCH('/api/v1/environments/{environment}', { params: { path: { environment } }, body })),
    onSettled,
  });
}

/** Who has to approve of what is deployed there; neither a role nor people: nobody. */
export function useSetApproval(environment: string) {
  const onSettled = useRefresh();
  return useMutation({
    mutationFn: (body: ApprovalRequest) =>
      answer(api.PUT('/api/v1/environments/{environment}/approval', { params: { path: { environment } }, body })),
    onSettled,
  });
}

export function useMoveEnvironment() {
  const client = useQueryClient();
  const onSettled = useRefresh();
  return useMutation({
    mutationFn: ({ environment, before }: Move) =>
      answer(api.POST('/api/v1/environments/{environment}/move', { params: { path: { environment } }, body: { before } })),
    onSuccess: (order) => client.setQueryData(environmentsQuery.queryKey, order),
    onSettled,
  });
}

export function useRemoveEnvironment(environment: string) {
  const client = useQueryClient();
  // The list alone: what was known of the one that is gone is not to be asked for again.
  const onSettled = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: environmentsQuery.queryKey, exact: true }),
      refresh(client, new Set(['deployments', 'projects'])),
    ]);
  return useMutation({
    mutationFn: () => answer(api.DELETE('/api/v1/environments/{environment}', { params: { path: { environment } } })),
    onSettled,
  });
}

/** What a person wants of an environment; what is left out stays as it is. */
export interface Wanted {
  retention?: Retention;
  atOnce?: { at_once: number | null };
  dataPlane?: Environment['data_plane'];
}

export function useChangeEnvironment(environment: string) {
  const client = useQueryClient();
  const path = { params: { path: { environment } } };
  return useMutation({
    mutationFn: async ({ retention, atOnce, dataPlane }: Wanted) => {
      if (retention) await answer(api.POST('/api/v1/environments/{environment}/retention', { ...path, body: retention }));
      if (atOnce) await answer(api.POST('/api/v1/environments/{environment}/limit', { ...path, body: atOnce }));
      if (dataPlane) {
        const body = { data_plane: dataPlane };
        await answer(api.POST('/api/v1/environments/{environment}/data-plane', { ...path, body }));
      }
    },
    // A refusal may follow what was done already.
    onSettled: () => client.invalidateQueries({ queryKey: ['environments'] }),
  });
}

/** Lets an agent in; the answer has its token, which is told this once. */
export function useAddAgent(environment: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => answer(api.POST('/api/v1/agents', { body: { name, environment } })),
    gcTime: 0, // the token is nowhere once it is off the screen
    onSuccess: () => client.invalidateQueries({ queryKey: ['agents'] }),
  });
}

export function useRemoveAgent(agent: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.DELETE('/api/v1/agents/{agent}', { params: { path: { agent } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['agents'] }),
  });
}
