import { describe, expect, test } from 'vitest';
import { about } from './draft';

describe('what is wrong with a field', () => {
  const wrong = { 'schedules.0.trigger.excluding.0.zone': 'There is no such zone.', 'schedules.0.trigger.expression': 'Five fields, or six.' };

  test('is found wherever the form is', () => {
    expect(about(wrong, 'expression')).toBe('Five fields, or six.');
    expect(about(wrong, 'excluding.0.zone')).toBe('There is no such zone.');
  });

  test('is not said of the schedule’s zone when it is of the zone of a day left out', () => {
    expect(about(wrong, 'zone')).toBeUndefined();
    expect(about({ ...wrong, 'schedules.0.trigger.zone': 'Unknown.' }, 'zone')).toBe('Unknown.');
  });
});
