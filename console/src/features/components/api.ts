/** Components, and the templates that they start from. */
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import { polling, type Topic } from '@/lib/query';
import type { ComponentRef, NewComponent } from '@/lib/types';

const TOPICS: readonly Topic[] = ['projects', 'deployments', 'executions'];

/** The components of a project, each with a card per environment. */
export const componentsQuery = (project: string) =>
  queryOptions({
    queryKey: ['components', project],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/projects/{project}/components', { params: { path: { project } }, signal })),
    meta: { topics: TOPICS },
    refetchInterval: polling,
  });

export const componentQuery = ({ project, component }: ComponentRef) =>
  queryOptions({
    queryKey: ['components', project, component],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/components/{component}', {
          params: { path: { project, component } },
          signal,
        }),
      ),
    meta: { topics: TOPICS },
    refetchInterval: polling,
  });

/** The newest commit of a component's source; null when there is none. */
const headQuery = ({ project, component }: ComponentRef) =>
  queryOptions({
    queryKey: ['commits', project, component, 'head'],
    queryFn: async ({ signal }) => {
      const commits = await answer(
        api.GET('/api/v1/projects/{project}/components/{component}/commits', {
          params: { path: { project, component }, query: { limit: 1 } },
          signal,
        }),
      );
      return commits[0] ?? null;
    },
    meta: { topics: ['builds'] },
    refetchInterval: polling,
  });

const templatesQuery = queryOptions({
  queryKey: ['templates'],
  queryFn: ({ signal }) => answer(api.GET('/api/v1/templates', { signal })),
  staleTime: Infinity,
});

export const useComponents = (project: string) => useQuery(componentsQuery(project));
export const useComponent = (ref: ComponentRef) => useQuery(componentQuery(ref));
export const useHead = (ref: ComponentRef) => useQuery(headQuery(ref));
export const useTemplates = () => useQuery(templatesQuery);

export function useCreateComponent(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewComponent) =>
      answer(api.POST('/api/v1/projects/{project}/components', { params: { path: { project } }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['components', project] }),
  });
}

export function useDeleteComponent({ project, component }: ComponentRef) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      answer(api.DELETE('/api/v1/projects/{project}/components/{component}', { params: { path: { project, component } } })),
    onSuccess: () => {
      client.removeQueries({ queryKey: ['components', project, component] });
      return client.invalidateQueries({ queryKey: ['components', project], exact: true });
    },
  });
}
