/** What differs between two deployments, or between one and what is wished: names with before and after. */
import { plural } from '@/lib/format';
import { duration } from '@/lib/time';
import type { Container, Deployment, NewSchedule, Retry, Setting } from '@/lib/types';
import { isSecretWish, type Wish } from './wish';

export interface Plan {
  build: number;
  /** In words; undefined where there is no value. */
  values: Readonly<Record<string, string | undefined>>;
  schedules: readonly NewSchedule[];
  timeOut: string;
  retry: string;
  atOnce: string;
  container: string;
}

/** What a difference is in; a setting goes by the name that it has in the code. */
export type Part = 'build' | 'setting' | 'schedules' | 'time_out_s' | 'retry' | 'at_once' | 'container';

export interface Change {
  part: Part;
  name: string;
  before: Shown;
  after: Shown;
}

export type Shown = string | readonly NewSchedule[] | undefined;

const HIDDEN = '••••••';

export function planOf(deployment: Deployment): Plan {
  return {
    build: deployment.release.build,
    values: Object.fromEntries(
      Object.entries(deployment.configuration).map(([name, { value, is_secret }]) => [name, is_secret ? HIDDEN : valueWords(value)]),
    ),
    schedules: deployment.schedules,
    timeOut: timeOutWords(deployment.time_out_s),
    retry: retryWords(deployment.retry),
    atOnce: atOnceWords(deployment.at_once),
    container: containerWords(deployment.container),
  };
}

export function planOfWish(build: number, settings: readonly Setting[], wish: Wish): Plan {
  return {
    build,
    values: Object.fromEntries(settings.map((setting) => [setting.name, wishedWords(setting, wish.configuration[setting.name])])),
    schedules: wish.schedules,
    timeOut: timeOutWords(wish.time_out_s),
    retry: retryWords(wish.retry),
    atOnce: atOnceWords(wish.at_once),
    container: containerWords(wish.container),
  };
}

function wishedWords(setting: Setting, value: unknown): string | undefined {
  if (!isSecretWish(value)) return valueWords(value === '' || value === undefined ? setting.default : value);
  if (value.secret === 'keep') return HIDDEN;
  return value.secret === 'replace' && value.text ? `${HIDDEN} (new)` : undefined;
}

/** Every part that is not the same, in the order in which a form asks for them. */
export function changesBetween(before: Plan | null, after: Plan): Change[] {
  const names = [...new Set([...Object.keys(after.values), ...Object.keys(before?.values ?? {})])];
  const rows: Change[] = [
    { part: 'build', name: 'Build', before: before ? `Build ${before.build}` : undefined, after: `Build ${after.build}` },
    ...names.map((name) => ({ part: 'setting' as const, name, before: before?.values[name], after: after.values[name] })),
    { part: 'schedules', name: 'Schedule', before: before?.schedules, after: after.schedules },
    { part: 'time_out_s', name: 'Time-out', before: before?.timeOut, after: after.timeOut },
    { part: 'retry', name: 'Tries', before: before?.retry, after: after.retry },
    { part: 'at_once', name: 'Most at once', before: before?.atOnce, after: after.atOnce },
    { part: 'container', name: 'Container', before: before?.container, after: after.container },
  ];
  return rows.filter((row) => canonical(row.before) !== canonical(row.after));
}

/** Where another deployment's values are not those of `wish`, which could take them over: `before` is wished, `after` is its own. */
export function apartFrom(wish: Wish, theirs: Wish, settings: readonly Setting[]): Change[] {
  // A secret's value is nowhere to be taken from.
  const plain = settings.filter((setting) => setting.type !== 'secret');
  return changesBetween(planOfWish(0, plain, wish), planOfWish(0, plain, theirs));
}

/** Two schedules are the same when they are due alike: an interval's phase is not a difference to a reader. */
function canonical(shown: Shown): string {
  if (shown === undefined || typeof shown === 'string') return shown ?? '';
  return JSON.stringify(
    shown.map(({ trigger, overlap, catch_up, max_count, end_after_failures }) => [
      trigger.kind === 'interval'
        ? [trigger.kind, trigger.every_s]
        : trigger.kind === 'cron'
          ? [trigger.expression.trim().replace(/\s+/g, ' '), trigger.zone, trigger.gap, trigger.fold]
          : Date.parse(trigger.at),
      overlap,
      catch_up.mode,
      catch_up.within_s ?? null,
      catch_up.mode !== 'none' && (catch_up.after_pause ?? false),
      max_count ?? null,
      end_after_failures ?? null,
      trigger.kind === 'once' ? null : [trigger.kind === 'cron' ? instantOf(trigger.start) : null, instantOf(trigger.end)],
      trigger.jitter?.by_s ?? null,
      (trigger.excluding ?? []).map((each) => [each.country ?? null, each.subdivision ?? null, [...(each.dates ?? [])].sort()]),
    ]),
  );
}

const instantOf = (at: string | null | undefined): number | null => (at ? Date.parse(at) : null);

/** A setting's value in words; undefined when there is none. */
export function valueWords(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'string') return value === '' ? '“”' : value;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(String).join(', ');
  return JSON.stringify(value);
}

const atOnceWords = (most: number | null): string => (most === null ? 'no limit' : String(most));

/** "512 MiB, 0.5 processors, network none"; what is not said is the server's to say. */
export function containerWords({ memory_bytes, cpus, processes, network }: Container): string {
  const said = [
    memory_bytes && `${memory_bytes / (1024 * 1024)} MiB`,
    cpus && plural(cpus, 'processor', 'processors'),
    processes && plural(processes, 'process', 'processes'),
    network && `network ${network}`,
  ].filter(Boolean);
  return said.join(', ') || 'as the server says';
}

export const timeOutWords = (seconds: number | null | undefined): string => (seconds ? duration(seconds) : 'none');

/** "1 try", "3 tries, 5 s apart", "3 tries, 5 s apart at first, then twice as long each time" */
export function retryWords({ attempts, delay_s, backoff, max_delay_s }: Retry): string {
  if (!(attempts > 1)) return '1 try';
  const tries = plural(attempts, 'try', 'tries');
  if (backoff === 'fixed') return `${tries}, ${duration(delay_s)} apart`;
  return `${tries}, ${duration(delay_s)} apart at first, then longer each time${max_delay_s ? `, ${duration(max_delay_s)} at most` : ''}`;
}

const OVERLAP_WORDS: Readonly<Record<NewSchedule['overlap'], string>> = {
  skip: '',
  allow: 'may overlap',
  buffer_one: 'one waits for the one before',
  buffer_all: 'all wait for those before',
  cancel_other: 'stops the one before',
};

/** What of a schedule's policies is not as usual; empty when all is. */
export function policyWords({ overlap, catch_up, max_count, end_after_failures }: NewSchedule): string {
  const within = catch_up.within_s ? ` within ${duration(catch_up.within_s)}` : '';
  const late = { last: within && `catches up the latest${within}`, all: `catches up all${within}`, none: 'catches up none' }[catch_up.mode];
  const paused = catch_up.after_pause && catch_up.mode !== 'none' ? 'catches up after a pause' : '';
  const count = max_count ? `ends after ${plural(max_count, 'execution')}` : '';
  const failures = end_after_failures ? `ends after ${plural(end_after_failures, 'failure')} in a row` : '';
  return [OVERLAP_WORDS[overlap], late, paused, count, failures].filter(Boolean).join(', ');
}
