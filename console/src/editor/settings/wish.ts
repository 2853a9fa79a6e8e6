/** A setting as its form has it, made from what the code declares and written back to it. */
import type { DeclaredSetting, Setting } from '@/lib/types';

/** The types of the form; of a list, that of its items too. */
export const KINDS = [
  { value: 'text', label: 'Text' },
  { value: 'integer', label: 'Whole number' },
  { value: 'number', label: 'Number' },
  { value: 'flag', label: 'Yes or no' },
  { value: 'secret', label: 'Secret' },
  { value: 'choice', label: 'One of several' },
  { value: 'list text', label: 'List of texts' },
  { value: 'list integer', label: 'List of whole numbers' },
  { value: 'list number', label: 'List of numbers' },
] as const;

export type Kind = (typeof KINDS)[number]['value'] | 'list flag';
export type Need = 'required' | 'default' | 'optional';
type Plain = string | number | boolean;

export interface SettingWish {
  name: string;
  kind: Kind;
  description: string;
  need: Need;
  /** As it is typed. */
  byDefault: Plain | readonly string[];
  example: string;
  minimum: string;
  maximum: string;
  choices: readonly Plain[];
  pattern: string;
}

export const NEW: SettingWish = { name: '', kind: 'text', description: '', need: 'required', byDefault: '', example: '', minimum: '', maximum: '', choices: [], pattern: '' };

export function wishOf(setting: Setting): SettingWish {
  const kind = (setting.type === 'list' ? `list ${setting.item_type ?? 'text'}` : setting.type) as Kind;
  return {
    name: setting.name,
    kind,
    description: setting.description,
    need: setting.required ? 'required' : setting.default === null ? 'optional' : 'default',
    byDefault: setting.default === null ? emptyOf(kind) : Array.isArray(setting.default) ? setting.default.map(String) : (setting.default as Plain),
    example: wordsOf(setting.example),
    minimum: wordsOf(setting.minimum),
    maximum: wordsOf(setting.maximum),
    choices: (setting.choices ?? []) as Plain[],
    pattern: setting.pattern ?? '',
  };
}

/** The same setting as another type: what does not fit that is left out. */
export function retyped(wish: SettingWish, kind: Kind): SettingWish {
  const need = kind === 'secret' && wish.need === 'default' ? 'required' : wish.need;
  return { ...wish, kind, need, byDefault: emptyOf(kind), example: '', ...(!isNumber(kind) && { minimum: '', maximum: '' }), ...(kind !== 'text' && { pattern: '' }), choices: kind === 'choice' ? wish.choices : [] };
}

export const emptyOf = (kind: Kind): SettingWish['byDefault'] => (kind === 'flag' ? false : kind.startsWith('list') ? [] : '');

export const isNumber = (kind: Kind): boolean => kind === 'integer' || kind === 'number';

export function settingOf(wish: SettingWish): DeclaredSetting {
  const [type, item] = wish.kind.split(' ') as [DeclaredSetting['type'], NonNullable<DeclaredSetting['item_type']> | undefined];
  return {
    name: wish.name.trim(),
    type,
    item_type: item ?? null,
    required: wish.need === 'required',
    description: wish.description.trim(),
    default: wish.need === 'default' ? valueOf(wish.byDefault, wish) : null,
    example: wish.example.trim() ? exampleOf(wish) : null,
    minimum: numberOf(wish.minimum),
    maximum: numberOf(wish.maximum),
    choices: wish.choices.length > 0 ? [...wish.choices] : null,
    pattern: wish.pattern || null,
  };
}

function exampleOf(wish: SettingWish): unknown {
  if (wish.kind.startsWith('list')) return wish.example.split(',').map((item) => itemOf(item.trim(), wish.kind));
  return valueOf(wish.example, wish);
}

function valueOf(value: SettingWish['byDefault'], { kind, choices }: SettingWish): unknown {
  if (Array.isArray(value)) return value.map((item: string) => itemOf(item, kind));
  if (kind === 'flag') return value === true || value === 'true' || value === 'True' || value === 'yes';
  if (kind === 'choice') return choices.find((choice) => String(choice) === String(value)) ?? value;
  return isNumber(kind) ? (numberOf(String(value)) ?? value) : value;
}

function itemOf(item: string, kind: Kind): unknown {
  if (kind === 'list flag') return /^(true|yes)$/i.test(item);
  return kind === 'list text' ? item : (numberOf(item) ?? item);
}

/** What is no number stays text, and the server says what is wrong with it. */
function numberOf(text: string): number | null {
  const value = Number(text);
  return text.trim() && Number.isFinite(value) ? value : null;
}

function wordsOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return Array.isArray(value) ? value.join(', ') : String(value);
}

/** A setting's type in words. */
export function typeWords(setting: Setting): string {
  const { kind } = wishOf(setting);
  if (kind === 'choice') return (setting.choices ?? []).map(String).join(' or ');
  return (KINDS.find((each) => each.value === kind)?.label ?? 'List of yes or no').toLowerCase();
}

/** What holds when nothing is given, in words. */
export function needWords(setting: Setting): string {
  if (setting.required) return 'required';
  if (setting.default === null) return 'optional';
  return `default ${setting.default === true ? 'yes' : setting.default === false ? 'no' : wordsOf(setting.default) || 'empty'}`;
}
