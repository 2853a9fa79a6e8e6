/** What stands in a cell of the matrix. */
import { quote } from '@/lib/shell';
import type { ComponentRef, Configuration, ConfigurationCell, ConfigurationRow, Deployment, NewValue, Setting, StoredValue } from '@/lib/types';
import type { Place } from './api';

export type State = ConfigurationCell['state'];

export const STATES: Record<State, string> = {
  said: 'said by the file',
  set: 'set here',
  inherited: 'from all',
  default: 'default',
  missing: 'missing',
  absent: 'not set',
};

/** A plain value in a few characters. */
export function plain(value: unknown): string {
  if (value === true) return 'yes';
  if (value === false) return 'no';
  if (Array.isArray(value)) return value.length > 0 ? value.map(String).join(', ') : 'empty list';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function stored(value: StoredValue): string {
  if (value.reference) return value.reference;
  if (value.is_secret) return value.fingerprint ? `•••• ${value.fingerprint}` : '••••';
  return plain(value.value);
}

/** What counts in a cell, in words; null where nothing does. */
export function counting(row: ConfigurationRow, cell: ConfigurationCell): string | null {
  if (cell.said) return plain(cell.said.value);
  if (cell.own && cell.state === 'set') return stored(cell.own);
  if (cell.state === 'inherited' && row.everywhere) return stored(row.everywhere);
  return cell.state === 'default' && row.setting ? plain(row.setting.default) : null;
}

/** The environments whose deployment has not yet what is set, and how many values that are. */
export function waiting(rows: readonly ConfigurationRow[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const cell of rows.flatMap(({ cells }) => cells)) {
    if (cell.waits) found.set(cell.environment, (found.get(cell.environment) ?? 0) + 1);
  }
  return found;
}

/** Those of `settings` that nothing is set for in an environment: a deployment there has them of its own, or not at all. */
export function unset(settings: readonly Setting[], configuration: Configuration | undefined, environment: string): Setting[] {
  const isSet = (name: string) => {
    const row = configuration?.rows.find((each) => each.name === name);
    return Boolean(row?.everywhere ?? row?.cells.find((cell) => cell.environment === environment)?.own);
  };
  return settings.filter(({ name }) => !isSet(name));
}

const where = ({ environment }: Place) => (environment === null ? '' : ` -e ${environment}`);

/** The same on the command line; a secret's value is asked for there. */
export function setCommand(ref: ComponentRef, place: Place, body: NewValue, isSecret: boolean): string {
  const value = body.value === undefined || body.value === null || isSecret ? '' : `=${typeof body.value === 'string' ? body.value : JSON.stringify(body.value)}`;
  const reference = body.reference ? ` --reference ${quote(body.reference)}` : '';
  const file = body.file === undefined ? '' : body.file === null ? '' : ` --file ${quote(body.file)}`;
  return `config set ${ref.project}/${ref.component} ${quote(`${place.name}${value}`)}${reference}${file}${where(place)}`;
}

export const unsetCommand = (ref: ComponentRef, place: Place) => `config unset ${ref.project}/${ref.component} ${quote(place.name)}${where(place)}`;

/** What a deployment to an environment starts from. */
export function valuesFor({ rows }: Configuration, environment: string): Deployment['configuration'] {
  return Object.fromEntries(
    rows.flatMap((row) => {
      const cell = row.cells.find((each) => each.environment === environment);
      if (cell?.said) return [[row.name, { value: cell.said.value, is_secret: false }]];
      const found = cell?.state === 'set' ? cell.own : cell?.state === 'inherited' ? row.everywhere : null;
      return found ? [[row.name, { value: found.value, is_secret: found.is_secret }]] : [];
    }),
  );
}
