import { expect, test } from 'vitest';
import { conditionOf, first, fromAlert, ofKind, problem, requestOf, ruleOf } from './draft';
import { alert, condition } from '@/test/values';

const draft = first({ component: null, environment: 'production' }, ['ops']);

test('the first rule is that an execution fails', () => {
  expect(requestOf(draft, true)).toEqual({
    when: { kind: 'failures', count: 1, limit_s: null },
    component: null,
    environment: 'production',
    channels: ['ops'],
    tells_end: true,
    is_on: true,
  });
});

test('another kind brings what it needs, and what was typed stays', () => {
  const late = ofKind(draft, 'starts_late');
  expect(conditionOf(late)).toEqual({ kind: 'starts_late', count: null, limit_s: 300 });
  expect(conditionOf(ofKind({ ...late, limitS: 42 }, 'runs_longer')).limit_s).toBe(42);
  expect(conditionOf(ofKind({ ...draft, count: 4 }, 'did_not_happen'))).toEqual({ kind: 'did_not_happen', count: null, limit_s: null });
});

test('what is not whole is not tried, and says why', () => {
  expect(problem(draft)).toBeNull();
  for (const count of [null, 0, 1001]) expect(ruleOf({ ...draft, count })).toBeNull();
  const late = ofKind(draft, 'starts_late');
  for (const limitS of [null, 0, 400 * 86_400]) expect(problem({ ...late, limitS })).toBe('Give a time between a second and a year.');
});

test('a rule that is there comes back as it is', () => {
  const there = alert({ condition: condition({ kind: 'no_success', count: null, limit_s: 3600 }), component: 'import', environment: null, tells_end: false });
  expect(requestOf(fromAlert(there), there.is_on)).toEqual({ when: there.condition, component: 'import', environment: null, channels: ['ops'], tells_end: false, is_on: true });
});
