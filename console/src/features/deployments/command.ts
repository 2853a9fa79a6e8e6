/** The command line that does what a form does. */
import type { ComponentRef, Container, NewSchedule, Retry, Setting, Trigger } from '@/lib/types';
import { apartFrom, type Part } from './changes';
import { isSecretWish, type Wish } from './wish';

export const nameOf = ({ project, component }: ComponentRef): string => `${project}/${component}`;

interface Deploying {
  ref: ComponentRef;
  environment: string;
  build: number;
  settings: readonly Setting[];
  wish: Wish;
}

export function deployCommand({ ref, environment, build, settings, wish }: Deploying): string {
  return ['deploy', nameOf(ref), '--environment', environment, '--build', String(build), ...options(settings, wish)].join(' ');
}

interface Promoting {
  ref: ComponentRef;
  source: string;
  target: string;
  settings: readonly Setting[];
  wish: Wish;
  /** What the source has: what is not named is taken over from there. */
  theirs: Wish;
}

export function promoteCommand({ ref, source, target, settings, wish, theirs }: Promoting): string {
  const apart = apartFrom(wish, theirs, settings);
  const differs = (part: Part) => apart.some((change) => change.part === part);
  const { time_out_s, retry, at_once } = wish;
  return [
    ...['promote', nameOf(ref), '--from', source, '--to', target],
    ...settings.flatMap((setting) => settingOptions({ ...setting, default: theirs.configuration[setting.name] }, wish.configuration[setting.name])),
    ...(differs('schedules') ? [...wish.schedules.flatMap(({ trigger }) => triggerOptions(trigger)), ...policyOptions(wish.schedules)] : []),
    ...(differs('time_out_s') ? ['--time-out', time_out_s ? `${time_out_s}s` : 'none'] : []),
    ...(differs('retry') ? retryOptions(retry) : []),
    ...(differs('container') ? containerOptions(wish.container, theirs.container) : []),
    ...(differs('at_once') ? ['--at-once', at_once ? String(at_once) : 'none'] : []),
  ].join(' ');
}

function options(settings: readonly Setting[], wish: Wish): string[] {
  const { time_out_s, retry, at_once } = wish;
  return [
    ...settings.flatMap((setting) => settingOptions(setting, wish.configuration[setting.name])),
    ...wish.schedules.flatMap(({ trigger }) => triggerOptions(trigger)),
    ...(time_out_s ? ['--time-out', `${time_out_s}s`] : []),
    ...policyOptions(wish.schedules),
    ...(retry.attempts > 1 ? retryOptions(retry) : []),
    ...(at_once ? ['--at-once', String(at_once)] : []),
    ...containerOptions(wish.container),
  ];
}

/** What is said, and what is not said any more. */
function containerOptions(wish: Container, before?: Container): string[] {
  const words = ({ memory_bytes, cpus, processes, network }: Container): [string, string | null][] => [
    ['memory', memory_bytes ? String(memory_bytes / (1024 * 1024)) : null],
    ['cpus', cpus ? String(cpus) : null],
    ['processes', processes ? String(processes) : null],
    ['network', network ?? null],
  ];
  const had = new Map(before ? words(before) : []);
  return words(wish).flatMap(([name, value]) => {
    if (value === (had.get(name) ?? null)) return [];
    return ['--container', quoted(`${name}=${value ?? (name === 'network' ? 'server' : 'none')}`)];
  });
}

/** Options speak for all schedules of a command: what these do not share is left out, for the console alone to say. */
function policyOptions(schedules: readonly NewSchedule[]): string[] {
  const overlap = shared(schedules.map((schedule) => schedule.overlap));
  const late = shared(schedules.map((schedule) => schedule.catch_up.mode));
  const afterPause = shared(schedules.map((schedule) => schedule.catch_up.after_pause ?? false));
  const count = shared(schedules.map((schedule) => schedule.max_count ?? null));
  const failures = shared(schedules.map((schedule) => schedule.end_after_failures ?? null));
  return [
    ...triggerExtras(schedules.map((schedule) => schedule.trigger)),
    ...(overlap && overlap !== 'skip' ? ['--overlap', overlap] : []),
    ...(late && late !== 'last' ? ['--catch-up', late] : []),
    ...(afterPause ? ['--after-pause'] : []),
    ...(count ? ['--max-count', String(count)] : []),
    ...(failures ? ['--end-after-failures', String(failures)] : []),
  ];
}

function triggerExtras(triggers: readonly Trigger[]): string[] {
  const end = shared(triggers.map((trigger) => (trigger.kind === 'once' ? null : (trigger.end ?? null))));
  const by = shared(triggers.map((trigger) => trigger.jitter?.by_s ?? null));
  const excluding = new Set(triggers.map((trigger) => JSON.stringify(trigger.excluding ?? []))).size === 1 ? (triggers[0]?.excluding ?? []) : [];
  return [
    ...(end ? ['--end', end] : []),
    ...(by ? ['--jitter', `${by}s`] : []),
    ...excluding.flatMap(({ country, subdivision }) => (country ? ['--holidays', subdivision ? `${country}-${subdivision}` : country] : [])),
    ...excluding.flatMap(({ dates }) => (dates ?? []).flatMap((date) => ['--exclude', date])),
  ];
}

const shared = <Value>(values: readonly Value[]): Value | undefined => (new Set(values).size === 1 ? values[0] : undefined);

function retryOptions({ attempts, delay_s, backoff, max_delay_s }: Retry): string[] {
  const growing = backoff === 'exponential' ? ['--backoff', backoff, ...(max_delay_s ? ['--longest-delay', `${max_delay_s}s`] : [])] : [];
  return ['--attempts', String(attempts), '--delay', `${delay_s}s`, ...growing];
}

/** As `--set` and `--secret` name a value that is not the default. */
export function settingOptions(setting: Setting, value: unknown): string[] {
  if (isSecretWish(value)) return value.secret === 'replace' && value.text ? ['--secret', setting.name] : [];
  if (value === '' || value === null || value === undefined || same(value, setting.default)) return [];
  return ['--set', quoted(`${setting.name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)];
}

function triggerOptions(trigger: Trigger): string[] {
  switch (trigger.kind) {
    case 'interval':
      return ['--every', `${trigger.every_s}s`];
    case 'cron':
      return ['--cron', quoted(trigger.expression), '--zone', trigger.zone];
    case 'once':
      return ['--at', trigger.at];
  }
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** As a shell takes it for one word. */
export const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
