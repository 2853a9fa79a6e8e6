/** Who is signed in. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import { SESSION_KEY } from '@/lib/query';
import { sessionQuery } from '@/lib/session';

/** Asks for the session unless `enabled` is false; what is known of it is given in either case. */
export const useSession = (enabled = true) => useQuery({ ...sessionQuery, enabled });

/**
 * Exchanges a one-time token for a session, as soon as there is one. A query and not a mutation, so that a token is
 * sent once however often the page is mounted.
 */
export function useExchange(token: string | null) {
  const client = useQueryClient();
  return useQuery({
    queryKey: ['sign-in', token],
    queryFn: async () => {
      const session = await answer(api.POST('/api/v1/session', { body: { token: token ?? '' } }));
      client.setQueryData(SESSION_KEY, session);
      return session;
    },
    meta: { isSignIn: true },
    enabled: token !== null,
    retry: false,
    staleTime: Infinity,
    refetchOnReconnect: false,
    refetchOnWindowFocus: false,
  });
}

/** How people sign in here besides by a link. */
export const useWays = () =>
  useQuery({ queryKey: ['sign-in', 'ways'], queryFn: ({ signal }) => answer(api.GET('/api/v1/session/ways', { signal })), staleTime: Infinity });

export function usePasswordSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { login: string; password: string }) => answer(api.POST('/api/v1/session/password', { body })),
    gcTime: 0, // the password is nowhere once it is sent
    onSuccess: (session) => client.setQueryData(SESSION_KEY, session),
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.DELETE('/api/v1/session')),
    onSuccess: () => {
      // Null first: the frame leaves before anything it shows is asked for again without a session.
      client.setQueryData(SESSION_KEY, null);
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== SESSION_KEY[0] });
    },
  });
}
