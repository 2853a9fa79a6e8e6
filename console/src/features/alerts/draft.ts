/** A rule on its way: what its form holds. */
import type { Alert, AlertCondition, NewAlert } from '@/lib/types';
import type { Kind, Rule, Wish } from './words';

export interface Draft {
  kind: Kind;
  /** Failures in a row; null while nothing is typed. */
  count: number | null;
  /** Seconds, for what asks for a time; null while nothing is typed. */
  limitS: number | null;
  component: string | null;
  environment: string | null;
  channels: string[];
  tellsEnd: boolean;
}

const LIMITS: Record<Kind, number | null> = { failures: null, did_not_happen: null, runs_longer: 600, starts_late: 300, no_success: 86_400 };

const MOST_FAILURES = 1000;
const LONGEST_S = 365 * 86_400;

interface Place {
  component: string | null;
  environment: string | null;
}

/** "When an execution fails": what most people want first. */
export const first = ({ component, environment }: Place, channels: readonly string[]): Draft => ({
  kind: 'failures',
  count: 1,
  limitS: null,
  component,
  environment,
  channels: [...channels],
  tellsEnd: true,
});

export const fromAlert = (alert: Alert): Draft => ({
  kind: alert.condition.kind,
  count: alert.condition.count ?? 1,
  limitS: alert.condition.limit_s,
  component: alert.component,
  environment: alert.environment,
  channels: [...alert.channels],
  tellsEnd: alert.tells_end,
});

/** Of another kind; a time that was said stays. */
export const ofKind = (draft: Draft, kind: Kind): Draft => ({
  ...draft,
  kind,
  limitS: draft.limitS ?? LIMITS[kind],
});

export const takesLimit = (kind: Kind): boolean => LIMITS[kind] !== null;

/** What is missing or out of bounds, as a sentence; null when the condition is whole. */
export function problem({ kind, count, limitS }: Draft): string | null {
  if (kind === 'failures' && (count === null || !Number.isInteger(count) || count < 1 || count > MOST_FAILURES)) return `Give between 1 and ${MOST_FAILURES} failures in a row.`;
  if (takesLimit(kind) && (limitS === null || limitS < 1 || limitS > LONGEST_S)) return 'Give a time between a second and a year.';
  return null;
}

export const conditionOf = ({ kind, count, limitS }: Draft): AlertCondition => ({
  kind,
  count: kind === 'failures' ? count : null,
  limit_s: takesLimit(kind) ? limitS : null,
});

/** What is tried: null while the condition is not whole. */
export const ruleOf = (draft: Draft): Rule | null =>
  problem(draft) ? null : { when: conditionOf(draft), component: draft.component, environment: draft.environment };

export const wishOf = (draft: Draft): Wish => ({
  condition: conditionOf(draft),
  component: draft.component,
  environment: draft.environment,
  channels: draft.channels,
  tells_end: draft.tellsEnd,
});

export const requestOf = (draft: Draft, isOn: boolean): NewAlert => ({
  when: conditionOf(draft),
  component: draft.component,
  environment: draft.environment,
  channels: draft.channels,
  tells_end: draft.tellsEnd,
  is_on: isOn,
});
