/** The query cache: how queries say what they depend on, and how often they look by themselves. */
import { MutationCache, type Query, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError, isForbidden, isNotFound, isUnauthenticated } from './errors';

/** What the server says has changed; a query names the topics that it depends on in its `meta`. */
export type Topic = 'executions' | 'builds' | 'deployments' | 'projects' | 'alerts';

declare module '@tanstack/react-query' {
  interface Register {
    queryMeta: {
      topics?: readonly Topic[];
      /** Its refusal says nothing about the session that there is. */
      isSignIn?: boolean;
    };
  }
}

export const SESSION_KEY = ['session'] as const;

/** How often a list looks again even when no event came, in milliseconds: an event may be lost. */
export const POLL_MS = 20_000;

/** As often as that, until what is looked for is not there any more. */
export const polling = ({ state }: { state: { error: Error | null } }): number | false => (isNotFound(state.error) ? false : POLL_MS);

export function createQueryClient(): QueryClient {
  const onError = (error: unknown, query?: Pick<Query, 'meta'>) => {
    if (isUnauthenticated(error) && !query?.meta?.isSignIn) client.setQueryData(SESSION_KEY, null);
    // Somebody's role is another one by now: what they may is asked for again.
    if (isForbidden(error)) void client.invalidateQueries({ queryKey: SESSION_KEY, exact: true });
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: (error, query) => onError(error, query) }),
    mutationCache: new MutationCache({ onError: (error) => onError(error) }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (count, error) => count < 2 && (!(error instanceof ApiError) || isWorthRetrying(error)),
        retryDelay: (count) => 400 * 2 ** count,
      },
    },
  });
  return client;
}

function isWorthRetrying(error: ApiError): boolean {
  return error.code === 'offline' || error.code === 'unavailable';
}

/**
 * Refetches what is on screen, and marks stale what is not, of the queries that depend on one of `topics`. What was not
 * found is looked for again only where something was made: else a page of what was removed would ask at each hint.
 */
export async function refresh(client: QueryClient, topics: ReadonlySet<string>): Promise<void> {
  const depends = ({ meta, state }: Query) =>
    meta?.topics?.some((topic) => topics.has(topic) && (topic === 'projects' || !isNotFound(state.error))) ?? false;
  await client.invalidateQueries({ predicate: depends });
}
