/** People, service accounts and the roles that they have. */
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import type { NewPerson, Person, Role } from '@/lib/types';

const peopleQuery = queryOptions({
  queryKey: ['people'],
  queryFn: ({ signal }) => answer(api.GET('/api/v1/people', { signal })),
});

const membersQuery = (project: string) =>
  queryOptions({
    queryKey: ['people', 'members', project],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/projects/{project}/members', { params: { path: { project } }, signal })),
  });

/** Where a role can be given. */
const placesQuery = queryOptions({
  queryKey: ['people', 'places'],
  queryFn: async ({ signal }) => {
    const [projects, environments] = await Promise.all([
      answer(api.GET('/api/v1/projects', { signal })),
      answer(api.GET('/api/v1/environments', { signal })),
    ]);
    return { projects, environments };
  },
});

export const usePeople = () => useQuery(peopleQuery);
export const useMembers = (project: string) => useQuery(membersQuery(project));
export const usePlaces = () => useQuery(placesQuery);

/** What commands and requests name somebody by. */
export const called = (person: Pick<Person, 'id' | 'login'>): string => person.login ?? person.id;

export interface Wanted {
  role: Role;
  project: string | null;
  environment: string | null;
  production: boolean;
}

/** The answer has the link of the first sign-in, which is told this once. */
export function useInvite() {
  return useChange((body: NewPerson) => answer(api.POST('/api/v1/people', { body })));
}

/** As `useInvite`, for somebody who lost the link or the password. */
export function useNewLink() {
  return useChange(({ person, ...body }: { person: string; withdraw_tokens: boolean }) =>
    answer(api.POST('/api/v1/people/{person}/link', { params: { path: { person } }, body })),
  );
}

export function useGrant() {
  return useChange(({ person, ...body }: Wanted & { person: string }) =>
    answer(api.POST('/api/v1/people/{person}/grants', { params: { path: { person } }, body })),
  );
}

export function useRevoke() {
  return useChange((path: { person: string; grant: string }) =>
    answer(api.DELETE('/api/v1/people/{person}/grants/{grant}', { params: { path } })),
  );
}

export function useSetDisabled() {
  return useChange(({ person, disabled }: { person: string; disabled: boolean }) => {
    const path = { params: { path: { person } } };
    return answer(disabled ? api.POST('/api/v1/people/{person}/disable', path) : api.POST('/api/v1/people/{person}/enable', path));
  });
}

export function useRemove() {
  return useChange((person: string) => answer(api.DELETE('/api/v1/people/{person}', { params: { path: { person } } })));
}

function useChange<Asked, Answer>(mutationFn: (asked: Asked) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    gcTime: 0, // a link is nowhere once it is off the screen
    onSettled: () => client.invalidateQueries({ queryKey: ['people'] }),
  });
}
