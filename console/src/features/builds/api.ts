/** Builds, and the commits that they are made of. */
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import { polling } from '@/lib/query';
import type { ChangedRecipe, ComponentRef } from '@/lib/types';

/** A component's builds, newest first. */
export const buildsQuery = ({ project, component }: ComponentRef, limit = 50, branch: string | null = null) =>
  queryOptions({
    queryKey: ['builds', project, component, { limit, branch }],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/components/{component}/builds', {
          params: { path: { project, component }, query: { limit, ...(branch !== null && { branch }) } },
          signal,
        }),
      ),
    meta: { topics: ['builds'] },
    refetchInterval: polling,
  });

/** Those for one branch of a connected repository, or all. */
export const useBuilds = (ref: ComponentRef, limit?: number, branch?: string | null) => useQuery(buildsQuery(ref, limit, branch));

export const buildQuery = ({ project, component }: ComponentRef, number: number) =>
  queryOptions({
    queryKey: ['builds', project, component, number],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/components/{component}/builds/{number}', {
          params: { path: { project, component, number } },
          signal,
        }),
      ),
    meta: { topics: ['builds'] },
    refetchInterval: polling,
  });

export const useBuild = (ref: ComponentRef, number: number, enabled = true) => useQuery({ ...buildQuery(ref, number), enabled });

/** A component's commits, newest first. */
export const commitsQuery = ({ project, component }: ComponentRef, limit = 50, branch: string | null = null) =>
  queryOptions({
    queryKey: ['commits', project, component, { limit, branch }],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/components/{component}/commits', {
          params: { path: { project, component }, query: { limit, ...(branch !== null && { branch }) } },
          signal,
        }),
      ),
    meta: { topics: ['builds'] },
    refetchInterval: polling,
  });

/** Those of one of the branches of a connected repository that it follows; of the first one when none is named. */
export const useCommits = (ref: ComponentRef, limit?: number, branch?: string | null) => useQuery(commitsQuery(ref, limit, branch));

/** Builds a commit, or the newest one; a commit that has a build already answers with that one. */
export function useStartBuild(ref: ComponentRef) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (wish: { commit?: string; again: boolean; branch?: string }) =>
      answer(
        api.POST('/api/v1/projects/{project}/components/{component}/builds', {
          params: { path: ref },
          body: wish,
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ['builds', ref.project, ref.component] }),
  });
}

/** Builds the same commit in the same way. */
export function useRetryBuild(ref: ComponentRef, number: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      answer(
        api.POST('/api/v1/projects/{project}/components/{component}/builds/{number}/retry', {
          params: { path: { ...ref, number } },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ['builds', ref.project, ref.component] }),
  });
}

export const recipeQuery = ({ project, component }: ComponentRef) =>
  queryOptions({
    queryKey: ['recipe', project, component],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/components/{component}/build-settings', {
          params: { path: { project, component } },
          signal,
        }),
      ),
    meta: { topics: ['projects'] },
  });

/** How a component's next builds are made. */
export const useRecipe = (ref: ComponentRef) => useQuery(recipeQuery(ref));

export function useChangeRecipe(ref: ComponentRef) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: ChangedRecipe) =>
      answer(api.PATCH('/api/v1/projects/{project}/components/{component}/build-settings', { params: { path: ref }, body })),
    onSuccess: (recipe) => {
      client.setQueryData(recipeQuery(ref).queryKey, recipe);
      return client.invalidateQueries({ queryKey: ['connection', ref.project, ref.component] });
    },
  });
}

export function useCancelBuild(ref: ComponentRef, number: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      answer(
        api.POST('/api/v1/projects/{project}/components/{component}/builds/{number}/cancel', {
          params: { path: { ...ref, number } },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ['builds', ref.project, ref.component] }),
  });
}
