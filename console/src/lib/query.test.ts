import { QueryObserver } from '@tanstack/react-query';
import { expect, test } from 'vitest';
import { ApiError } from './errors';
import { POLL_MS, createQueryClient, polling, refresh, type Topic } from './query';

/** A query that somebody looks at, and how often it was asked; each time it fails with this code. */
async function failing(code: 'not_found' | 'internal', topics: Topic[]) {
  const client = createQueryClient();
  let asked = 0;
  const queryFn = () => {
    asked += 1;
    return Promise.reject(new ApiError(code, 'No.'));
  };
  const seen = new QueryObserver(client, { queryKey: ['thing'], queryFn, meta: { topics }, refetchInterval: false });
  const leave = seen.subscribe(() => undefined);
  await expect.poll(() => seen.getCurrentResult().isError).toBe(true);
  return { client, asked: () => asked, leave, every: () => polling({ state: { error: seen.getCurrentResult().error } }) };
}

test('what is not found is not asked for at each hint', async () => {
  const { client, asked, leave, every } = await failing('not_found', ['executions', 'projects']);
  await refresh(client, new Set(['executions']));
  expect(asked()).toBe(1);
  expect(every()).toBe(false);
  await refresh(client, new Set(['projects'])); // it may have been made anew
  expect(asked()).toBe(2);
  leave();
});

test('what failed otherwise is asked for again', async () => {
  const { client, asked, leave, every } = await failing('internal', ['executions']);
  await refresh(client, new Set(['builds']));
  expect(asked()).toBe(1);
  await refresh(client, new Set(['executions']));
  expect(asked()).toBe(2);
  expect(every()).toBe(POLL_MS);
  leave();
});
