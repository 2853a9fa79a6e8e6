/** Connected repositories: tested, connected, followed. */
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import { polling } from '@/lib/query';
import type { ChangedConnection, ChangedTrack, ComponentRef, NewConnection, NewSurvey, NewTrack } from '@/lib/types';

const connectionQuery = (ref: ComponentRef) =>
  queryOptions({
    queryKey: ['connection', ref.project, ref.component],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/projects/{project}/components/{component}/connection', { params: { path: ref }, signal })),
    meta: { topics: ['projects'] as const },
    refetchInterval: polling,
  });

export const useConnection = (ref: ComponentRef, enabled = true) => useQuery({ ...connectionQuery(ref), enabled });

/** What a repository holds; it may take minutes. */
export const useSurvey = () =>
  useMutation({ mutationFn: (body: NewSurvey) => answer(api.POST('/api/v1/surveys', { body })) });

export function useConnect(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewConnection) =>
      answer(api.POST('/api/v1/projects/{project}/connections', { params: { path: { project } }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['components', project] }),
  });
}

export function useChangeConnection(ref: ComponentRef) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: ChangedConnection) =>
      answer(api.PATCH('/api/v1/projects/{project}/components/{component}/connection', { params: { path: ref }, body })),
    onSuccess: (changed) => client.setQueryData(connectionQuery(ref).queryKey, changed),
  });
}

const TRACKS = '/api/v1/projects/{project}/components/{component}/connection/tracks';

/** Follows one more branch, once the repository has answered for it. */
export function useAddTrack(ref: ComponentRef) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewTrack) => answer(api.POST(TRACKS, { params: { path: ref }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: connectionQuery(ref).queryKey }),
  });
}

export function useChangeTrack(ref: ComponentRef, branch: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: ChangedTrack) => answer(api.PATCH(`${TRACKS}/{branch}`, { params: { path: { ...ref, branch } }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: connectionQuery(ref).queryKey }),
  });
}

export function useRemoveTrack(ref: ComponentRef, branch: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.DELETE(`${TRACKS}/{branch}`, { params: { path: { ...ref, branch } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: connectionQuery(ref).queryKey }),
  });
}

/** Looks for new commits now. */
export function useLook(ref: ComponentRef) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      answer(api.POST('/api/v1/projects/{project}/components/{component}/connection/look', { params: { path: ref } })),
    onSuccess: async (seen) => {
      client.setQueryData(connectionQuery(ref).queryKey, seen);
      await Promise.all(
        ['commits', 'source'].map((kind) => client.invalidateQueries({ queryKey: [kind, ref.project, ref.component] })),
      );
    },
  });
}

export const useNewHook = (ref: ComponentRef) =>
  useMutation({
    mutationFn: () =>
      answer(api.POST('/api/v1/projects/{project}/components/{component}/connection/hook', { params: { path: ref } })),
  });
