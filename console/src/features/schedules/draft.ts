/** A schedule while it is being chosen: the API's own shape, whose values may still be missing. */
import { toDate } from '@/lib/time';
import type { NewSchedule, Schedule, Trigger } from '@/lib/types';

export type Kind = Trigger['kind'];

/** A first trigger of its kind, to begin from. */
export function newTrigger(kind: Kind, zone: string): Trigger {
  switch (kind) {
    case 'interval':
      return { kind, every_s: 60 };
    case 'cron':
      return { kind, expression: '0 8 * * *', zone, gap: 'after', fold: 'first' };
    case 'once':
      return { kind, at: '' };
  }
}

export function newSchedule(kind: Kind, zone: string): NewSchedule {
  return { trigger: newTrigger(kind, zone), overlap: 'skip', catch_up: { mode: 'last', after_pause: false } };
}

/** What is missing before the trigger can be asked about: a sentence by field. */
export function missing(trigger: Trigger): Readonly<Record<string, string>> {
  if (trigger.kind === 'interval' && !(trigger.every_s > 0)) return { every_s: 'Write a number above zero.' };
  if (trigger.kind === 'cron' && !trigger.expression.trim()) return { expression: 'Write five fields, such as 0 8 * * 1-5.' };
  if (trigger.kind === 'once' && Number.isNaN(toDate(trigger.at).getTime())) return { at: 'Choose a day and a time.' };
  return {};
}

/** The sentence about `field` among a server's, whose names end in it: `schedules.0.trigger.expression`. */
export function about(errors: Readonly<Record<string, string>>, field: string): string | undefined {
  const name = Object.keys(errors).find((each) => each === field || (each.endsWith(`.${field}`) && !isOfADay(each, field)));
  return name === undefined ? undefined : errors[name];
}

/** A day left out has a zone, too: what is wrong with that one says nothing of the schedule's. */
const isOfADay = (path: string, field: string): boolean => path.includes('excluding.') && !field.startsWith('excluding');

/** A deployed schedule as one to deploy; the first due time of an interval stays, so that its phase does. */
export function fromSchedule({ trigger, overlap, catch_up, max_count, end_after_failures }: Schedule): NewSchedule {
  return { trigger, overlap, catch_up, max_count, end_after_failures };
}
