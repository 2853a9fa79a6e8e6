/** Alerts of projects, what a rule would have told, and what came of those there are. */
import { infiniteQueryOptions, keepPreviousData, queryOptions, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import { polling, type Topic } from '@/lib/query';
import type { NewAlert } from '@/lib/types';
import type { Rule } from './words';

const TOPICS: readonly Topic[] = ['alerts', 'projects'];
const PAGE = 50;
const MOST_OPEN = 200;
const TRIED_AGAIN_MS = 60_000;

/** By their numbers. */
const alertsQuery = (project: string) =>
  queryOptions({
    queryKey: ['alerts', project],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/projects/{project}/alerts', { params: { path: { project } }, signal })),
    meta: { topics: TOPICS },
    refetchInterval: polling,
  });

/** Those that last, of a project or of one component of it. */
const openQuery = (project: string, component?: string) =>
  queryOptions({
    queryKey: ['incidents', project, 'open', component ?? null],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/incidents', {
          params: { path: { project }, query: { is_open: true, limit: MOST_OPEN, ...(component !== undefined && { component }) } },
          signal,
        }),
      ),
    meta: { topics: TOPICS },
    refetchInterval: polling,
  });

export interface ChosenIncidents {
  alert: number | null;
  component: string | null;
  open: boolean;
}

/** Those noticed last first, page by page. */
const incidentsQuery = (project: string, { alert, component, open }: ChosenIncidents) =>
  infiniteQueryOptions({
    queryKey: ['incidents', project, { alert, component, open }],
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/incidents', {
          params: {
            path: { project },
            query: {
              limit: PAGE,
              is_open: open,
              ...(alert !== null && { alert }),
              ...(component !== null && { component }),
              ...(pageParam !== null && { before: pageParam }),
            },
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => (last.length < PAGE ? null : (last.at(-1)?.id ?? null)),
    meta: { topics: TOPICS },
    refetchInterval: polling,
  });

export const useAlerts = (project: string) => useQuery(alertsQuery(project));
export const useOpenIncidents = (project: string, component?: string) => useQuery(openQuery(project, component));
export const useIncidents = (project: string, chosen: ChosenIncidents) => useInfiniteQuery(incidentsQuery(project, chosen));

/** What a rule would have told in the last 30 days; null: there is no rule yet. */
export const useTrial = (project: string, rule: Rule | null) =>
  useQuery({
    queryKey: ['alerts', project, 'trial', rule],
    queryFn: ({ signal }) =>
      answer(
        api.POST('/api/v1/projects/{project}/alerts/try', {
          params: { path: { project } },
          body: rule ?? { when: { kind: 'failures' } },
          signal,
        }),
      ),
    enabled: rule !== null,
    placeholderData: keepPreviousData,
    staleTime: TRIED_AGAIN_MS,
  });

export function useAddAlert(project: string) {
  const changed = useChanged(project);
  return useMutation({
    mutationFn: (body: NewAlert) => answer(api.POST('/api/v1/projects/{project}/alerts', { params: { path: { project } }, body })),
    onSuccess: changed,
  });
}

export function useChangeAlert(project: string, number: number) {
  const changed = useChanged(project);
  return useMutation({
    mutationFn: (body: NewAlert) =>
      answer(api.PUT('/api/v1/projects/{project}/alerts/{number}', { params: { path: { project, number } }, body })),
    onSuccess: changed,
  });
}

export function useSwitchAlert(project: string, number: number) {
  const changed = useChanged(project);
  return useMutation({
    mutationFn: (isOn: boolean) =>
      answer(api.POST('/api/v1/projects/{project}/alerts/{number}/switch', { params: { path: { project, number } }, body: { is_on: isOn } })),
    onSuccess: changed,
  });
}

export function useRemoveAlert(project: string, number: number) {
  const changed = useChanged(project);
  return useMutation({
    mutationFn: () => answer(api.DELETE('/api/v1/projects/{project}/alerts/{number}', { params: { path: { project, number } } })),
    onSuccess: changed,
  });
}

function useChanged(project: string) {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['alerts', project], exact: true }),
      client.invalidateQueries({ queryKey: ['incidents', project] }),
    ]);
}
