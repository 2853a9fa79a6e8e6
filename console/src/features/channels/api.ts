/** Notification channels: where people are told of what happens in a project. */
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import { polling } from '@/lib/query';
import type { NewChannel } from '@/lib/types';

const CHANNEL = '/api/v1/projects/{project}/channels/{channel}';

/** By name. */
const channelsQuery = (project: string) =>
  queryOptions({
    queryKey: ['channels', project],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/projects/{project}/channels', { params: { path: { project } }, signal })),
    meta: { topics: ['projects', 'alerts'] as const },
    refetchInterval: polling,
  });

export const useChannels = (project: string) => useQuery(channelsQuery(project));

export function useAddChannel(project: string) {
  const changed = useChanged(project);
  return useMutation({
    mutationFn: (body: NewChannel) => answer(api.POST('/api/v1/projects/{project}/channels', { params: { path: { project } }, body })),
    onSuccess: changed,
  });
}

export function useReplaceAddress(project: string, channel: string) {
  const changed = useChanged(project);
  return useMutation({
    mutationFn: (address: string) => answer(api.PUT(`${CHANNEL}/address`, { params: { path: { project, channel } }, body: { address } })),
    onSuccess: changed,
  });
}

export function useRenameChannel(project: string, channel: string) {
  const changed = useChanged(project);
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => answer(api.PATCH(CHANNEL, { params: { path: { project, channel } }, body: { name } })),
    onSuccess: () => Promise.all([changed(), client.invalidateQueries({ queryKey: ['alerts', project] })]),
  });
}

export function useRemoveChannel(project: string, channel: string) {
  const changed = useChanged(project);
  return useMutation({
    mutationFn: () => answer(api.DELETE(CHANNEL, { params: { path: { project, channel } } })),
    onSuccess: changed,
  });
}

/** Sends a test message; it may take 15 seconds. */
export function useTestChannel(project: string, channel: string) {
  const changed = useChanged(project);
  return useMutation({
    mutationFn: () => answer(api.POST(`${CHANNEL}/test`, { params: { path: { project, channel } } })),
    onSuccess: changed,
  });
}

function useChanged(project: string) {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: ['channels', project] });
}
