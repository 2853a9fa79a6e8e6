/** What is set for a component, in all environments and in each. */
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import { refresh } from '@/lib/query';
import type { ComponentRef, NewValue } from '@/lib/types';

export const configurationQuery = ({ project, component }: ComponentRef) =>
  queryOptions({
    queryKey: ['configuration', project, component],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/components/{component}/configuration', {
          params: { path: { project, component } },
          signal,
        }),
      ),
    meta: { topics: ['deployments', 'builds'] },
  });

export const useConfiguration = (ref: ComponentRef) => useQuery(configurationQuery(ref));

/** One setting in one place; `environment` is null for all. */
export interface Place {
  name: string;
  environment: string | null;
}

const queryOf = ({ environment }: Place) => (environment === null ? {} : { environment });

export function useSetValue(ref: ComponentRef) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ place, body }: { place: Place; body: NewValue }) =>
      answer(
        api.PUT('/api/v1/projects/{project}/components/{component}/configuration/{name}', {
          params: { path: { ...ref, name: place.name }, query: queryOf(place) },
          body,
        }),
      ),
    onSuccess: (found) => client.setQueryData(configurationQuery(ref).queryKey, found),
  });
}

export function useUnsetValue(ref: ComponentRef) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (place: Place) =>
      answer(
        api.DELETE('/api/v1/projects/{project}/components/{component}/configuration/{name}', {
          params: { path: { ...ref, name: place.name }, query: queryOf(place) },
        }),
      ),
    onSuccess: (found) => client.setQueryData(configurationQuery(ref).queryKey, found),
  });
}

/** Gives what is deployed in an environment the configuration that is set now. */
export function useRedeploy(ref: ComponentRef) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (environment: string) =>
      answer(
        api.POST('/api/v1/projects/{project}/components/{component}/environments/{environment}/redeploy', {
          params: { path: { ...ref, environment } },
        }),
      ),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['configuration', ref.project, ref.component] }),
        refresh(client, new Set(['deployments'])),
      ]),
  });
}

/** The same, once somebody has approved of it. */
export function useAskToRedeploy(ref: ComponentRef) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ environment, note }: { environment: string; note: string }) =>
      answer(
        api.POST('/api/v1/projects/{project}/components/{component}/requests', {
          params: { path: ref },
          body: { redeploy: { environment }, note },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ['requests'] }),
  });
}
