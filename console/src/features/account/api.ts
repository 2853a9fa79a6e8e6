/** One's own account: name, password, sessions and tokens. */
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import { SESSION_KEY } from '@/lib/query';
import type { NewToken } from '@/lib/types';

export const accountQuery = queryOptions({
  queryKey: ['account'],
  queryFn: ({ signal }) => answer(api.GET('/api/v1/account', { signal })),
});

const sessionsQuery = queryOptions({
  queryKey: ['account', 'sessions'],
  queryFn: ({ signal }) => answer(api.GET('/api/v1/account/sessions', { signal })),
});

const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: ({ signal }) => answer(api.GET('/api/v1/tokens', { signal })),
});

const allTokensQuery = queryOptions({
  queryKey: ['tokens', 'all'],
  queryFn: ({ signal }) => answer(api.GET('/api/v1/tokens/all', { signal })),
});

/** Those that a token may be bound to. */
const projectsQuery = queryOptions({
  queryKey: ['tokens', 'projects'],
  queryFn: ({ signal }) => answer(api.GET('/api/v1/projects', { signal })),
});

export const useProjects = () => useQuery(projectsQuery);
export const useAllTokens = () => useQuery(allTokensQuery);
export const useAccount = () => useQuery(accountQuery);
export const useSessions = () => useQuery(sessionsQuery);
export const useTokens = () => useQuery(tokensQuery);

export interface AccountChange {
  name?: string;
  login?: string;
}

export function useChangeAccount() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: AccountChange) => answer(api.PATCH('/api/v1/account', { body })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['account'] });
      await client.invalidateQueries({ queryKey: SESSION_KEY });
    },
  });
}

export interface PasswordChange {
  old: string | null;
  new: string;
  login: string | null;
  withdraw_tokens?: boolean;
}

export function useChangePassword() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: PasswordChange) => answer(api.POST('/api/v1/account/password', { body: { withdraw_tokens: false, ...body } })),
    gcTime: 0, // the password is nowhere once it is sent
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['account'] });
      await client.invalidateQueries({ queryKey: ['tokens'] });
    },
  });
}

export function useEndSession() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (session: string) => answer(api.DELETE('/api/v1/account/sessions/{session}', { params: { path: { session } } })),
    onSettled: () => client.invalidateQueries({ queryKey: ['account', 'sessions'] }),
  });
}

export function useEndOthers() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.POST('/api/v1/account/sessions/end-others')),
    onSettled: () => client.invalidateQueries({ queryKey: ['account', 'sessions'] }),
  });
}

/** The answer has the token, which is told this once. */
export function useMakeToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewToken) => answer(api.POST('/api/v1/tokens', { body })),
    gcTime: 0, // the token is nowhere once it is off the screen
    onSuccess: () => client.invalidateQueries({ queryKey: ['tokens'] }),
  });
}

export function useWithdrawToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (token: string) => answer(api.DELETE('/api/v1/tokens/{token}', { params: { path: { token } } })),
    onSettled: () => client.invalidateQueries({ queryKey: ['tokens'] }),
  });
}
