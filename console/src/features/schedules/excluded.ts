/** The days on which nothing is due, as a form changes them: the API's list, in which each entry is one of two things. */
import type { Exclusion, Trigger } from '@/lib/types';

/** The countries whose public holidays are left out, each with its place in the list. */
export const countriesOf = (trigger: Trigger) =>
  (trigger.excluding ?? []).flatMap((each, index) => (typeof each.country === 'string' ? [{ index, country: each.country, subdivision: each.subdivision ?? null }] : []));

/** All single days, each once, in their order. */
export const datesOf = (trigger: Trigger): string[] => [...new Set((trigger.excluding ?? []).flatMap((each) => each.dates ?? []))].sort();

/** The same trigger with these single days, by the clock of `zone`. */
export function withDates(trigger: Trigger, dates: readonly string[], zone: string): Trigger {
  const others = (trigger.excluding ?? []).filter((each) => !each.dates);
  const known = trigger.excluding?.find((each) => each.dates);
  return excluding(trigger, dates.length > 0 ? [...others, { ...(known ?? zoned(trigger, zone)), dates: [...dates].sort() }] : others);
}

export function withCountry(trigger: Trigger, country: string, zone: string): Trigger {
  return excluding(trigger, [...(trigger.excluding ?? []), { ...zoned(trigger, zone), country }]);
}

/** The entry at `index` with another country or subdivision; null removes it. */
export function changed(trigger: Trigger, index: number, own: Pick<Exclusion, 'country' | 'subdivision'> | null): Trigger {
  const before = trigger.excluding ?? [];
  return excluding(trigger, before.flatMap((each, at) => (at !== index ? [each] : own ? [{ ...each, ...own }] : [])));
}

const excluding = <Kind extends Trigger>(trigger: Kind, list: Exclusion[]): Kind => ({ ...trigger, excluding: list.length > 0 ? list : null });

/** A cron's days are its own zone's. */
const zoned = (trigger: Trigger, zone: string): Exclusion => (trigger.kind === 'cron' ? {} : { zone });

/** "public holidays (DE, BE) and 2 days"; empty when nothing is left out. */
export function excludedWords(trigger: Trigger): string {
  const dates = datesOf(trigger);
  return [
    ...countriesOf(trigger).map(({ country, subdivision }) => `public holidays (${subdivision ? `${country}, ${subdivision}` : country})`),
    ...(dates.length > 0 ? [dates.length === 1 ? (dates[0] ?? '') : `${dates.length} days`] : []),
  ].join(' and ');
}
