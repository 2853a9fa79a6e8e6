/** What somebody wants deployed, while it is being filled in, and what is sent of it. */
import type { Container, Deployment, NewDeployment, NewSchedule, Retry, Setting } from '@/lib/types';
import type { Change } from './changes';

/** A secret's value never comes back from the server: it is kept, replaced or removed. */
export type SecretWish = { secret: 'keep' } | { secret: 'replace'; text: string } | { secret: 'remove' };

export interface Wish {
  /** By the setting's name: a field's value, or a `SecretWish`. */
  configuration: Record<string, unknown>;
  schedules: NewSchedule[];
  time_out_s: number | null;
  retry: Retry;
  at_once: number | null;
  container: Container;
}

const AS_THE_SERVER_SAYS: Container = { cpus: null, memory_bytes: null, processes: null, network: null };

const ONE_TRY: Retry = { attempts: 1, delay_s: 1, backoff: 'fixed', max_delay_s: null };

/** What a form begins with: `values`, which are those of `like` if not given, and where there is none, what the code gives. */
export function beginWith(settings: readonly Setting[], like: Deployment | null, kept: ReadonlySet<string>, fallback: NewSchedule[], values = like?.configuration): Wish {
  return {
    configuration: Object.fromEntries(settings.map((setting) => [setting.name, firstValue(setting, values, kept)])),
    schedules: like ? like.schedules.filter((schedule) => !schedule.ended_at).map(({ trigger, overlap, catch_up, max_count, end_after_failures }) => ({ trigger, overlap, catch_up, max_count, end_after_failures })) : fallback,
    time_out_s: like?.time_out_s ?? null,
    retry: like?.retry ?? ONE_TRY,
    at_once: like?.at_once ?? null,
    container: like?.container ?? AS_THE_SERVER_SAYS,
  };
}

/** What a promotion begins with: what the target has had of its own, and of what is new to it the source's. */
export function ownFirst(own: Deployment | null, source: Deployment): Deployment {
  return own ? { ...own, configuration: { ...source.configuration, ...own.configuration } } : source;
}

/** `wish` with one part of `theirs`. */
export function taking(wish: Wish, theirs: Wish, { part, name }: Pick<Change, 'part' | 'name'>): Wish {
  switch (part) {
    case 'setting':
      return { ...wish, configuration: { ...wish.configuration, [name]: theirs.configuration[name] } };
    case 'schedules':
      return { ...wish, schedules: theirs.schedules };
    case 'time_out_s':
      return { ...wish, time_out_s: theirs.time_out_s };
    case 'retry':
      return { ...wish, retry: theirs.retry };
    case 'at_once':
      return { ...wish, at_once: theirs.at_once };
    case 'container':
      return { ...wish, container: theirs.container };
    case 'build':
      return wish;
  }
}

function firstValue(setting: Setting, values: Deployment['configuration'] | null | undefined, kept: ReadonlySet<string>): unknown {
  if (setting.type === 'secret') {
    return (kept.has(setting.name) ? { secret: 'keep' } : { secret: 'replace', text: '' }) satisfies SecretWish;
  }
  const present = values?.[setting.name];
  const value = present && !present.is_secret ? present.value : setting.default;
  if (value !== null && value !== undefined) return value;
  if (setting.type === 'list') return [];
  if (setting.type === 'flag') return setting.required ? false : null;
  return '';
}

/** The fields of another build's settings, with what was filled in already where it still fits. */
export function carryOver(wish: Wish, before: readonly Setting[], settings: readonly Setting[], values: Deployment['configuration'] | null | undefined, kept: ReadonlySet<string>): Wish {
  const types = new Map(before.map((setting) => [setting.name, setting.type]));
  const stays = (setting: Setting) => types.get(setting.name) === setting.type;
  return {
    ...wish,
    configuration: Object.fromEntries(
      settings.map((setting) => [setting.name, stays(setting) ? wish.configuration[setting.name] : firstValue(setting, values, kept)]),
    ),
  };
}

/** The names of the secrets that have a value already. */
export function secretsOf(...deployments: (Deployment | null | undefined)[]): Set<string> {
  return new Set(
    deployments.flatMap((deployment) =>
      Object.entries(deployment?.configuration ?? {}).flatMap(([name, value]) => (value.is_secret ? [name] : [])),
    ),
  );
}

/** The names of the secrets among values. */
export const secretsIn = (values: Deployment['configuration']): Set<string> => new Set(Object.entries(values).flatMap(([name, each]) => (each.is_secret ? [name] : [])));

export const isSecretWish = (value: unknown): value is SecretWish => typeof value === 'object' && value !== null && 'secret' in value;

/** What is sent: an empty field is null, which stands for the default; a secret that is kept is left out. */
export function toConfiguration(settings: readonly Setting[], values: Wish['configuration']): NewDeployment['configuration'] {
  return Object.fromEntries(
    settings.flatMap(({ name, type, required, default: byDefault }): [string, unknown][] => {
      const value = values[name];
      if (isSecretWish(value)) {
        if (value.secret === 'keep') return [];
        return [[name, value.secret === 'replace' && value.text !== '' ? value.text : null]];
      }
      if (value === '' || value === undefined) return [[name, null]];
      // An empty list is a value, unless the setting was without one to begin with.
      if (type === 'list' && Array.isArray(value) && value.length === 0 && !required && byDefault === null) return [[name, null]];
      return [[name, value]];
    }),
  );
}

/** Settings that need a value and have none in `deployment`: what a deployment of theirs will have to be given. */
export function lacking(settings: readonly Setting[], deployment: Deployment | null): Setting[] {
  return settings.filter((setting) => setting.required && deployment?.configuration[setting.name] === undefined);
}
