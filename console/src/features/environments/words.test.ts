import { expect, test } from 'vitest';
import { development, production } from '@/test/values';
import { commands, moved } from './words';

const staging = { ...development, slug: 'staging', name: 'Staging' };
const order = [development, staging, production];
const slugs = (environment: string, before: string | null) => moved(order, { environment, before }).map((each) => each.slug);

test('a move puts one right before another, or to the end, and keeps the rest in order', () => {
  expect(slugs('production', 'development')).toEqual(['production', 'development', 'staging']);
  expect(slugs('development', null)).toEqual(['staging', 'production', 'development']);
  expect(slugs('staging', 'staging')).toEqual(['development', 'staging', 'production']);
  expect(slugs('gone', 'staging')).toEqual(['development', 'staging', 'production']);
});

test('what is changed has its commands', () => {
  expect(commands('uat', {})).toEqual([]);
  const all = { dataPlane: 'process', atOnce: { at_once: null }, retention: { days: null, last: 5 } } as const;
  expect(commands('uat', all)).toEqual(['environment run-on uat servers', 'environment limit uat --at-once none', 'environment keep uat --for-ever --last 5']);
});
