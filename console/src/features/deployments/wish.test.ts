import { describe, expect, test } from 'vitest';
import type { Setting } from '@/lib/types';
import { deployment } from '@/test/values';
import { changesBetween, planOf, planOfWish, policyWords, retryWords } from './changes';
import { deployCommand, promoteCommand, quoted } from './command';
import { beginWith, carryOver, lacking, ownFirst, secretsOf, toConfiguration } from './wish';

const setting = (name: string, own: Partial<Setting> = {}): Setting => ({
  name,
  type: 'text',
  item_type: null,
  required: false,
  default: null,
  description: '',
  example: null,
  minimum: null,
  maximum: null,
  choices: null,
  pattern: null,
  ...own,
});

const SETTINGS = [
  setting('url', { required: true }),
  setting('expected', { type: 'integer', default: 200 }),
  setting('tags', { type: 'list', item_type: 'text', default: ['web'] }),
  setting('verify', { type: 'flag', required: true }),
  setting('token', { type: 'secret' }),
];
const NONE = new Set<string>();
const running = deployment({
  settings: SETTINGS,
  configuration: {
    url: { value: 'https://a.example', is_secret: false },
    expected: { value: 204, is_secret: false },
    token: { value: null, is_secret: true },
  },
});

describe('a form begins', () => {
  test('with the defaults where nothing was deployed', () => {
    expect(beginWith(SETTINGS, null, NONE, []).configuration).toEqual({
      url: '',
      expected: 200,
      tags: ['web'],
      verify: false,
      token: { secret: 'replace', text: '' },
    });
  });

  test('with the values of what is deployed, whose secrets stay', () => {
    const wish = beginWith(SETTINGS, running, secretsOf(running), []);
    expect(wish.configuration).toMatchObject({ url: 'https://a.example', expected: 204, token: { secret: 'keep' } });
    expect(wish.schedules.map((schedule) => schedule.trigger.kind)).toEqual(['interval']);
  });

  test('a promotion with what the target has of its own, and with the source’s of what is new', () => {
    const own = deployment({ id: 'dep_9', time_out_s: 60, configuration: { url: { value: 'https://prod.example', is_secret: false } } });
    expect(ownFirst(own, running)).toMatchObject({ id: 'dep_9', time_out_s: 60, configuration: { url: { value: 'https://prod.example' }, expected: { value: 204 } } });
    expect(ownFirst(null, running)).toBe(running);
  });

  test('without schedules that have ended', () => {
    const over = deployment({ schedules: running.schedules.map((schedule) => ({ ...schedule, ended_at: schedule.next_due_at })) });
    expect(beginWith([], over, NONE, []).schedules).toEqual([]);
  });
});

test('another build keeps what was filled in, unless the setting is of another type there', () => {
  const wish = beginWith(SETTINGS, running, NONE, []);
  const next = [setting('url', { required: true }), setting('expected', { type: 'list', default: ['200'] }), setting('region', { default: 'eu' })];
  expect(carryOver(wish, SETTINGS, next, null, NONE).configuration).toEqual({ url: 'https://a.example', expected: ['200'], region: 'eu' });
});

test('empty fields are sent as nothing, and a kept secret is not sent', () => {
  const sent = toConfiguration(SETTINGS, { url: '', expected: '', tags: [], verify: false, token: { secret: 'keep' } });
  expect(sent).toEqual({ url: null, expected: null, tags: [], verify: false });
  expect(toConfiguration(SETTINGS, { token: { secret: 'replace', text: 's3cret' } })).toMatchObject({ token: 's3cret' });
  expect(toConfiguration(SETTINGS, { token: { secret: 'remove' } })).toMatchObject({ token: null });
});

test('what another build needs and a deployment does not have is lacking', () => {
  expect(lacking([setting('region', { required: true }), setting('url', { required: true })], running).map((each) => each.name)).toEqual(['region']);
});

describe('what changes', () => {
  const wish = beginWith(SETTINGS, running, secretsOf(running), []);
  const changes = (own: Partial<typeof wish>, build = 1) => changesBetween(planOf(running), planOfWish(build, SETTINGS.slice(0, 2).concat(SETTINGS.slice(4)), { ...wish, ...own })).map(({ name, before, after }) => [name, before, after]);

  test('is nothing when nothing was touched', () => {
    expect(changes({})).toEqual([]);
  });

  test('is told with before and after', () => {
    expect(changes({ configuration: { ...wish.configuration, url: 'https://b.example' }, time_out_s: 30, retry: { attempts: 3, delay_s: 5, backoff: 'fixed' }, at_once: 2 }, 2)).toEqual([
      ['Build', 'Build 1', 'Build 2'],
      ['url', 'https://a.example', 'https://b.example'],
      ['Time-out', 'none', '30 s'],
      ['Tries', '1 try', '3 tries, 5 s apart'],
      ['Most at once', 'no limit', '2'],
    ]);
  });

  test('never tells a secret', () => {
    const told = JSON.stringify(changes({ configuration: { ...wish.configuration, token: { secret: 'replace', text: 's3cret' } } }));
    expect(told).toContain('(new)');
    expect(told).not.toContain('s3cret');
  });

  test('is not the phase of an interval', () => {
    const [schedule] = wish.schedules;
    if (!schedule) throw new Error('There is a schedule.');
    expect(changes({ schedules: [{ ...schedule, trigger: { kind: 'interval', every_s: 10, start: '2026-01-01T00:00:00Z' } }] })).toEqual([]);
    expect(changes({ schedules: [{ ...schedule, trigger: { kind: 'interval', every_s: 20 } }] }).map(([name]) => name)).toEqual(['Schedule']);
    expect(changes({ schedules: [{ ...schedule, overlap: 'allow' }] }).map(([name]) => name)).toEqual(['Schedule']);
    expect(changes({ schedules: [{ ...schedule, max_count: 5 }] }).map(([name]) => name)).toEqual(['Schedule']);
    expect(changes({ schedules: [{ ...schedule, trigger: { ...schedule.trigger, jitter: { by_s: 5 } } }] }).map(([name]) => name)).toEqual(['Schedule']);
  });
});

test('policies are told where they are not as usual', () => {
  const trigger = { kind: 'interval', every_s: 10 } as const;
  expect(policyWords({ trigger, overlap: 'skip', catch_up: { mode: 'last', after_pause: false } })).toBe('');
  expect(policyWords({ trigger, overlap: 'allow', catch_up: { mode: 'all', within_s: 3600, after_pause: false } })).toBe('may overlap, catches up all within 1 h');
  expect(policyWords({ trigger, overlap: 'skip', catch_up: { mode: 'last', after_pause: true } })).toBe('catches up after a pause');
  expect(policyWords({ trigger, overlap: 'cancel_other', catch_up: { mode: 'last', after_pause: false } })).toBe('stops the one before');
  expect(policyWords({ trigger, overlap: 'skip', catch_up: { mode: 'last', after_pause: false }, max_count: 1, end_after_failures: 3 })).toBe('ends after 1 execution, ends after 3 failures in a row');
  expect(retryWords({ attempts: 3, delay_s: 5, backoff: 'exponential', max_delay_s: 60 })).toBe('3 tries, 5 s apart at first, then longer each time, 1 min at most');
});

describe('the command line of a form', () => {
  const ref = { project: 'example', component: 'health-check' };
  const wish = {
    configuration: { url: 'https://a.example/?a=1&b=2', expected: 200, tags: ['x'], token: { secret: 'replace' as const, text: 's3cret' } },
    schedules: [{ trigger: { kind: 'cron' as const, expression: '*/5 * * * *', zone: 'Asia/Colombo', gap: 'after' as const, fold: 'first' as const }, overlap: 'skip' as const, catch_up: { mode: 'last' as const, after_pause: false } }],
    time_out_s: 30,
    retry: { attempts: 3, delay_s: 5, backoff: 'fixed' as const },
    at_once: null,
    container: { cpus: null, memory_bytes: null, processes: null, network: null },
  };

  test('says what differs from the defaults, and never a secret', () => {
    expect(deployCommand({ ref, environment: 'development', build: 3, settings: SETTINGS, wish })).toBe(
      `deploy example/health-check --environment development --build 3 --set 'url=https://a.example/?a=1&b=2' --set 'tags=["x"]' --secret token --cron '*/5 * * * *' --zone Asia/Colombo --time-out 30s --attempts 3 --delay 5s`,
    );
    expect(promoteCommand({ ref, source: 'development', target: 'production', settings: SETTINGS, wish, theirs: wish })).toBe(
      'promote example/health-check --from development --to production --secret token',
    );
  });

  test('of a promotion says what the source has otherwise', () => {
    const theirs = { ...wish, configuration: { ...wish.configuration, url: 'https://dev.example', expected: 204 }, time_out_s: 60 };
    const own = { ...wish, configuration: { ...wish.configuration, token: { secret: 'keep' as const } }, time_out_s: null, at_once: 2 };
    expect(promoteCommand({ ref, source: 'development', target: 'production', settings: SETTINGS, wish: own, theirs })).toBe(
      `promote example/health-check --from development --to production --set 'url=https://a.example/?a=1&b=2' --set expected=200 --time-out none --at-once 2`,
    );
  });

  test('says how several run beside each other', () => {
    const [schedule] = wish.schedules;
    if (!schedule) throw new Error('There is a schedule.');
    const retry = { attempts: 3, delay_s: 5, backoff: 'exponential' as const, max_delay_s: 60 };
    const one = { ...wish, configuration: {}, time_out_s: null, retry, at_once: 2, schedules: [{ ...schedule, overlap: 'buffer_all' as const, catch_up: { mode: 'all' as const, after_pause: false } }] };
    expect(promoteCommand({ ref, source: 'development', target: 'production', settings: [], wish: one, theirs: { ...wish, schedules: [] } })).toBe(
      `promote example/health-check --from development --to production --cron '*/5 * * * *' --zone Asia/Colombo --overlap buffer_all --catch-up all --time-out none --attempts 3 --delay 5s --backoff exponential --longest-delay 60s --at-once 2`,
    );
  });

  test('says what a container has, and what it has no more', () => {
    const container = { cpus: 0.5, memory_bytes: 64 * 1024 * 1024, processes: null, network: 'none' };
    const plain = { ...wish, configuration: {}, schedules: [], time_out_s: null, retry: { ...wish.retry, attempts: 1 } };
    const options = '--container memory=64 --container cpus=0.5 --container network=none';
    expect(deployCommand({ ref, environment: 'development', build: 3, settings: [], wish: { ...plain, container } })).toBe(
      `deploy example/health-check --environment development --build 3 ${options}`,
    );
    expect(promoteCommand({ ref, source: 'development', target: 'production', settings: [], wish: plain, theirs: { ...plain, container } })).toBe(
      'promote example/health-check --from development --to production --container memory=none --container cpus=none --container network=server',
    );
  });

  test('says what all schedules share', () => {
    const trigger = { kind: 'interval' as const, every_s: 10, end: '2030-01-01T00:00:00Z', jitter: { by_s: 5 }, excluding: [{ country: 'DE', subdivision: 'BE' }, { dates: ['2026-12-24'] }] };
    const schedule = { trigger, overlap: 'skip' as const, catch_up: { mode: 'last' as const, after_pause: false }, max_count: 5, end_after_failures: 3 };
    const one = { ...wish, configuration: {}, time_out_s: null, retry: { ...wish.retry, attempts: 1 }, schedules: [schedule] };
    expect(promoteCommand({ ref, source: 'development', target: 'production', settings: [], wish: one, theirs: { ...one, schedules: [] } })).toBe(
      'promote example/health-check --from development --to production --every 10s --end 2030-01-01T00:00:00Z --jitter 5s --holidays DE-BE --exclude 2026-12-24 --max-count 5 --end-after-failures 3',
    );
  });

  test('is quoted for a shell', () => {
    expect(quoted('plain-1.0')).toBe('plain-1.0');
    expect(quoted("it's")).toBe("'it'\\''s'");
  });
});
