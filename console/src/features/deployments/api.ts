/** Deployments, and what is done with the one that an environment has. */
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import { polling } from '@/lib/query';
import type { ComponentRef, NewDeployment, NewPromotion, NewRequest } from '@/lib/types';

/** Every deployment that a component has had, in all environments, newest first. */
export const deploymentsQuery = ({ project, component }: ComponentRef, limit = 100) =>
  queryOptions({
    queryKey: ['deployments', project, component, { limit }],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/components/{component}/deployments', {
          params: { path: { project, component }, query: { limit } },
          signal,
        }),
      ),
    meta: { topics: ['deployments'] },
    refetchInterval: polling,
  });

export const useDeployments = (ref: ComponentRef) => useQuery(deploymentsQuery(ref));

/** Cards are a part of the component; both show what was changed. */
function useChanged({ project, component }: ComponentRef) {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['deployments', project, component] }),
      client.invalidateQueries({ queryKey: ['components', project] }),
    ]);
}

export function useDeploy(ref: ComponentRef) {
  const changed = useChanged(ref);
  return useMutation({
    mutationFn: (body: NewDeployment) =>
      answer(api.POST('/api/v1/projects/{project}/components/{component}/deployments', { params: { path: ref }, body })),
    onSuccess: changed,
  });
}

export function usePromote(ref: ComponentRef) {
  const changed = useChanged(ref);
  return useMutation({
    mutationFn: (body: NewPromotion) =>
      answer(api.POST('/api/v1/projects/{project}/components/{component}/promotions', { params: { path: ref }, body })),
    onSuccess: changed,
  });
}

/** Asks for a deployment where others have to approve of it. */
export function useAsk(ref: ComponentRef) {
  const changed = useChanged(ref);
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewRequest) =>
      answer(api.POST('/api/v1/projects/{project}/components/{component}/requests', { params: { path: ref }, body })),
    onSuccess: () => Promise.all([changed(), client.invalidateQueries({ queryKey: ['requests'] })]),
  });
}

/** Deploys an earlier deployment of an environment once more. */
export function useRollBack(ref: ComponentRef) {
  const changed = useChanged(ref);
  return useMutation({
    mutationFn: ({ environment, to }: { environment: string; to: number }) =>
      answer(
        api.POST('/api/v1/projects/{project}/components/{component}/environments/{environment}/rollback', {
          params: { path: { ...ref, environment } },
          body: { to },
        }),
      ),
    onSuccess: changed,
  });
}

export function usePause(ref: ComponentRef, environment: string) {
  const changed = useChanged(ref);
  return useMutation({
    mutationFn: (wish: { note: string; until: string | null }) =>
      answer(
        api.POST('/api/v1/projects/{project}/components/{component}/environments/{environment}/pause', {
          params: { path: { ...ref, environment } },
          body: wish,
        }),
      ),
    onSuccess: changed,
  });
}

export function useResume(ref: ComponentRef, environment: string) {
  const changed = useChanged(ref);
  return useMutation({
    mutationFn: () =>
      answer(
        api.POST('/api/v1/projects/{project}/components/{component}/environments/{environment}/resume', {
          params: { path: { ...ref, environment } },
        }),
      ),
    onSuccess: changed,
  });
}

export function useStop(ref: ComponentRef, environment: string) {
  const changed = useChanged(ref);
  return useMutation({
    mutationFn: () =>
      answer(
        api.POST('/api/v1/projects/{project}/components/{component}/environments/{environment}/stop', {
          params: { path: { ...ref, environment } },
        }),
      ),
    onSuccess: changed,
  });
}

/** Queues an execution beside the schedule, with other values for this one start. */
export function useRunNow(ref: ComponentRef, environment: string) {
  const changed = useChanged(ref);
  return useMutation({
    mutationFn: (given: Record<string, unknown>) =>
      answer(
        api.POST('/api/v1/projects/{project}/components/{component}/environments/{environment}/run', {
          params: { path: { ...ref, environment } },
          body: { arguments: given },
        }),
      ),
    onSuccess: changed,
  });
}
