import { expect, test } from 'vitest';
import { development, production } from '@/test/values';
import { moved } from './words';

const staging = { ...development, slug: 'staging', name: 'Staging' };
const order = [development, staging, production];
const slugs = (environment: string, before: string | null) => moved(order, { environment, before }).map((each) => each.slug);

test('a move puts one right before another, or to the end, and keeps the rest in order', () => {
  expect(slugs('production', 'development')).toEqual(['production', 'development', 'staging']);
  expect(slugs('development', null)).toEqual(['staging', 'production', 'development']);
  expect(slugs('staging', 'staging')).toEqual(['development', 'staging', 'production']);
  expect(slugs('gone', 'staging')).toEqual(['development', 'staging', 'production']);
});
