/** Projects. */
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import { polling, SESSION_KEY } from '@/lib/query';
import type { NewProject } from '@/lib/types';

export const projectsQuery = queryOptions({
  queryKey: ['projects'],
  queryFn: ({ signal }) => answer(api.GET('/api/v1/projects', { signal })),
  meta: { topics: ['projects'] },
  refetchInterval: polling,
});

export const projectQuery = (project: string) =>
  queryOptions({
    queryKey: ['projects', project],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/projects/{project}', { params: { path: { project } }, signal })),
    meta: { topics: ['projects'] },
  });

export const useProjects = () => useQuery(projectsQuery);
export const useProject = (project: string) => useQuery(projectQuery(project));

export function useCreateProject() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewProject) => answer(api.POST('/api/v1/projects', { body })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: SESSION_KEY, exact: true }); // whoever makes one administers it
      await client.invalidateQueries({ queryKey: ['projects'] });
    },
  });
}

/** Pauses all that a project has deployed. */
export function usePauseProject(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { note: string; until: string | null }) =>
      answer(api.POST('/api/v1/projects/{project}/pause', { params: { path: { project } }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['components', project] }),
  });
}

export function useResumeProject(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.POST('/api/v1/projects/{project}/resume', { params: { path: { project } }, body: {} })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['components', project] }),
  });
}

export function useDeleteProject() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (project: string) => answer(api.DELETE('/api/v1/projects/{project}', { params: { path: { project } } })),
    onSuccess: (_, project) => {
      client.removeQueries({ queryKey: ['projects', project] });
      return client.invalidateQueries({ queryKey: ['projects'], exact: true });
    },
  });
}
