import { describe, expect, test } from 'vitest';
import { asKind, fromExpression, MINUTE_STEPS, type Preset, toExpression } from './cron';

const PRESETS: Preset[] = [
  ...MINUTE_STEPS.map((every): Preset => ({ kind: 'minutes', every })),
  { kind: 'hourly', minute: 17 },
  { kind: 'daily', hour: 8, minute: 0 },
  { kind: 'weekdays', hour: 23, minute: 59 },
  { kind: 'weekly', days: [0, 3], hour: 6, minute: 30 },
  { kind: 'monthly', day: 31, hour: 0, minute: 5 },
  { kind: 'monthly', day: 'last', hour: 12, minute: 0 },
];

test.each(PRESETS.map((preset) => [toExpression(preset), preset] as const))('%s is read back as what was picked', (expression, preset) => {
  expect(fromExpression(expression)).toEqual(preset);
});

describe('an expression that is none of the choices stays as it was written', () => {
  test.each(['*/7 * * * *', '0 8 1 1 *', '0 8 1 * 1', '0 8-17 * * *', '0 0 8 * * *', '60 * * * *', 'H 8 * * *', '', 'nonsense'])(
    '%j',
    (expression) => expect(fromExpression(expression)).toBeNull(),
  );
});

test('names, aliases and the two Sundays are understood', () => {
  expect(fromExpression('0 8 * * MON-FRI')).toEqual({ kind: 'weekdays', hour: 8, minute: 0 });
  expect(fromExpression('0 8 * * 7,sun')).toEqual({ kind: 'weekly', days: [0], hour: 8, minute: 0 });
  expect(fromExpression('@daily')).toEqual({ kind: 'daily', hour: 0, minute: 0 });
});

test('another choice keeps the time of day', () => {
  expect(asKind('monthly', { kind: 'daily', hour: 6, minute: 45 })).toEqual({ kind: 'monthly', day: 1, hour: 6, minute: 45 });
});
