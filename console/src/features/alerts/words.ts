/** Alerts in words: sentences for people, and the rules that the command line understands. */
import { count, plural } from '@/lib/format';
import { quote } from '@/lib/shell';
import { duration } from '@/lib/time';
import type { Alert, AlertCondition, Incident, NewAlert } from '@/lib/types';

/** The server counts no further. */
const MOST_COUNTED = 1000;

export type Kind = AlertCondition['kind'];
export type Rule = Pick<NewAlert, 'when' | 'component' | 'environment'>;
export type Wish = Pick<Alert, 'condition' | 'component' | 'environment' | 'channels' | 'tells_end'>;

/** The names by which people know components and environments; their addresses where they have none here. */
export interface Named {
  slug: string;
  name: string;
}

export const nameIn = (all: readonly Named[], slug: string): string => all.find((each) => each.slug === slug)?.name ?? slug;

/** "2 executions in a row fail" */
export function conditionWords({ kind, count: number, limit_s }: AlertCondition): string {
  const limit = duration(limit_s ?? 0);
  switch (kind) {
    case 'failures':
      return (number ?? 1) === 1 ? 'an execution fails' : `${number} executions in a row fail`;
    case 'did_not_happen':
      return 'an occurrence does not happen';
    case 'runs_longer':
      return `an execution runs longer than ${limit}`;
    case 'starts_late':
      return `an occurrence starts later than ${limit} after its due time`;
    case 'no_success':
      return `nothing has succeeded for ${limit}`;
  }
}

/** "ops", "ops and desk", "ops, desk and night" */
export function listed(names: readonly string[]): string {
  if (names.length === 0) return 'nobody';
  return names.length === 1 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** Where it looks, in words that follow the condition: "in Import in Production". */
export function placeWords({ component, environment }: Pick<Wish, 'component' | 'environment'>, components: readonly Named[], environments: readonly Named[], isOfOne = false): string {
  const where = environment === null ? 'in any environment' : `in ${nameIn(environments, environment)}`;
  if (isOfOne && component !== null) return where;
  return `in ${component === null ? 'any component' : nameIn(components, component)} ${where}`;
}

/** "90s", "10m", "1d": as the command line reads it. */
export function span(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
  ] as const;
  const found = units.find(([, size]) => seconds >= size && seconds % size === 0);
  return found ? `${seconds / found[1]}${found[0]}` : `${seconds}s`;
}

/** The condition as the command line and clockhouse.yaml write it. */
export function written({ kind, count: number, limit_s }: AlertCondition): string {
  const limit = span(limit_s ?? 0);
  switch (kind) {
    case 'failures':
      return (number ?? 1) === 1 ? 'a failure' : `${number} failures in a row`;
    case 'did_not_happen':
      return 'an occurrence did not happen';
    case 'runs_longer':
      return `it runs longer than ${limit}`;
    case 'starts_late':
      return `it starts later than ${limit} after its due time`;
    case 'no_success':
      return `no success for ${limit}`;
  }
}

export function addCommand(project: string, wish: Wish): string {
  return ['alert add', project, quote(written(wish.condition)), ...place(wish), ...told(wish), ...(wish.tells_end ? [] : ['--no-end'])].join(' ');
}

/** What of it is another one than before, as a command; null where nothing is. */
export function editCommand(project: string, alert: Alert, wish: Wish): string | null {
  const isOther = (name: keyof Wish) => JSON.stringify(wish[name]) !== JSON.stringify(alert[name]);
  const parts = [
    ...(written(wish.condition) !== written(alert.condition) ? ['--when', quote(written(wish.condition))] : []),
    ...(isOther('component') ? ['--component', wish.component ?? 'all'] : []),
    ...(isOther('environment') ? ['-e', wish.environment ?? 'all'] : []),
    ...(isOther('channels') ? told(wish) : []),
    ...(isOther('tells_end') ? [wish.tells_end ? '--end' : '--no-end'] : []),
  ];
  return parts.length === 0 ? null : ['alert edit', project, alert.number, ...parts].join(' ');
}

export const tryCommand = (project: string, wish: Wish): string => ['alert try', project, quote(written(wish.condition)), ...place(wish)].join(' ');

const place = ({ component, environment }: Pick<Wish, 'component' | 'environment'>): string[] => [
  ...(component === null ? [] : ['--component', component]),
  ...(environment === null ? [] : ['-e', environment]),
];

const told = ({ channels }: Pick<Wish, 'channels'>): string[] => (channels.length === 0 ? ['CHANNEL'] : channels).flatMap((each) => ['--tell', each]);

/** ", 4 executions": how many failed while it lasts; nothing where that is not counted, or they are gone for their age. */
export const failuresWords = ({ failures }: Pick<Incident, 'failures'>): string =>
  !failures ? '' : `, ${failures >= MOST_COUNTED ? `${count(MOST_COUNTED)} executions or more` : plural(failures, 'execution')}`;

/** What became of the messages of an incident, in a few words: "2 sent, 1 failed". */
export function messagesWords({ messages }: Pick<Incident, 'messages'>): string {
  if (messages.length === 0) return 'nobody was told';
  const words = { sent: 'sent', waiting: 'waiting', failed: 'failed', dropped: 'not sent' } as const;
  return (['sent', 'waiting', 'failed', 'dropped'] as const)
    .map((state) => [messages.filter((each) => each.state === state).length, words[state]] as const)
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${word}`)
    .join(', ');
}
