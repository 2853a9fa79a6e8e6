/** The command line that does what a form does. */
import type { ComponentRef, Setting, Trigger } from '@/lib/types';
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
}

export function promoteCommand({ ref, source, target, settings, wish }: Promoting): string {
  return ['promote', nameOf(ref), '--from', source, '--to', target, ...options(settings, wish)].join(' ');
}

function options(settings: readonly Setting[], wish: Wish): string[] {
  const { time_out_s, retry } = wish;
  return [
    ...settings.flatMap((setting) => settingOptions(setting, wish.configuration[setting.name])),
    ...wish.schedules.flatMap(({ trigger }) => triggerOptions(trigger)),
    ...(time_out_s ? ['--time-out', `${time_out_s}s`] : []),
    ...(retry.attempts > 1 ? ['--attempts', String(retry.attempts), '--delay', `${retry.delay_s}s`] : []),
  ];
}

function settingOptions(setting: Setting, value: unknown): string[] {
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
