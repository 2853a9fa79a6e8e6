/** Environments: what they keep, how much runs in them at once, and where; and the agents that run it elsewhere. */
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import { POLL_MS } from '@/lib/query';
import type { Environment, Retention } from '@/lib/types';

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
  refetchInterval: POLL_MS,
});

export const useEnvironments = () => useQuery(environmentsQuery);
export const useRetention = (environment: string) => useQuery(retentionQuery(environment));
/** Every agent; not asked for while `wanted` is false. */
export const useAgents = (wanted = true) => useQuery({ ...agentsQuery, enabled: wanted });

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
