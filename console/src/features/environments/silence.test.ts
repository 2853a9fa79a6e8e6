import { expect, test } from 'vitest';
import type { Agent } from '@/lib/types';
import { production } from '@/test/values';
import { silenceOf } from './silence';

const NOW = new Date('2026-11-22T08:10:00Z');
const onAgents = { ...production, data_plane: 'agents' as const };
const agent = (name: string, seen_at: string | null): Agent => ({
  name,
  environment: 'production',
  created_at: '2026-11-20T12:00:00Z',
  created_by: 'admin',
  seen_at,
  version: null,
  host: null,
  room: null,
  running: 0,
});

test('somebody who looked a moment ago is enough', () => {
  expect(silenceOf(onAgents, [agent('a', null), agent('b', '2026-11-22T08:09:50Z')], NOW)).toBeNull();
});

test('silence is told since the last word of anybody', () => {
  expect(silenceOf(onAgents, [agent('a', '2026-11-22T07:00:00Z'), agent('b', '2026-11-22T08:00:00Z')], NOW)).toEqual({ since: '2026-11-22T08:00:00Z', name: 'b' });
  expect(silenceOf(onAgents, [agent('a', null)], NOW)).toBe('never');
  expect(silenceOf(onAgents, [{ ...agent('a', null), environment: 'development' }], NOW)).toBe('no agent');
});

test('servers that do it themselves are never silent', () => {
  expect(silenceOf(production, [], NOW)).toBeNull();
});
