/** Who is signed in, and what they may. */
import { queryOptions } from '@tanstack/react-query';
import { answer, api } from './api';
import { isUnauthenticated } from './errors';
import { SESSION_KEY } from './query';
import type { Session } from './types';

/** The session; null when nobody is signed in. */
export const sessionQuery = queryOptions({
  queryKey: SESSION_KEY,
  queryFn: async ({ signal }): Promise<Session | null> => {
    try {
      return await answer(api.GET('/api/v1/session', { signal }));
    } catch (error) {
      if (isUnauthenticated(error)) return null;
      throw error;
    }
  },
  staleTime: Infinity,
});
