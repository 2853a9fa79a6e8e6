/** Plain values as Python writes them, and back: what a form can edit as a text, a number, a choice or a list. */

export type Plain = string | number | boolean | null;
export type Literal = Plain | readonly Plain[];

/** What values a field takes, as far as its type tells. */
export type Takes =
  | { kind: 'text' | 'integer' | 'number' | 'flag' }
  | { kind: 'choice'; choices: readonly Plain[] }
  | { kind: 'list'; of: 'text' | 'integer' | 'number' | 'flag' };

const SIMPLE: Record<string, 'text' | 'integer' | 'number' | 'flag'> = { str: 'text', int: 'integer', float: 'number', bool: 'flag' };
const NUMBER = /^-?(?:\d[\d_]*)(?:\.[\d_]*)?(?:[eE][+-]?\d+)?$/;
const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', '\\': '\\', "'": "'", '"': '"', b: '\b', f: '\f', '0': '\0' };

/** What a type as Python writes it takes; null for a type whose values a form has no field for. */
export function takesOf(type: string | null): Takes | null {
  if (type === null) return null;
  const words = withoutNone(type);
  const simple = SIMPLE[words];
  if (simple) return { kind: simple };
  const choices = inside(words, 'Literal');
  if (choices !== null) {
    const found = literalOf(`[${choices}]`);
    return Array.isArray(found) && found.length > 0 ? { kind: 'choice', choices: found } : null;
  }
  const item = SIMPLE[inside(words, 'list') ?? ''];
  return item ? { kind: 'list', of: item } : null;
}

function withoutNone(type: string): string {
  const words = type.trim();
  const optional = inside(words, 'Optional');
  if (optional !== null) return optional.trim();
  return words.replace(/\s*\|\s*None$/, '').replace(/^None\s*\|\s*/, '');
}

function inside(words: string, name: string): string | null {
  const found = /^([\w.]+)\[(.*)\]$/s.exec(words);
  return found?.[1]?.split('.').at(-1) === name ? (found[2] ?? '') : null;
}

/** The value of a plain literal; undefined for everything else, such as names, calls and texts with a prefix. */
export function literalOf(text: string): Literal | undefined {
  const words = text.trim();
  if (words.startsWith('[')) return listOf(words);
  return plainOf(words);
}

function plainOf(words: string): Plain | undefined {
  if (words === 'None') return null;
  if (words === 'True') return true;
  if (words === 'False') return false;
  if (NUMBER.test(words)) return numberOf(words);
  const read = stringAt(words, 0);
  return read?.end === words.length ? read.value : undefined;
}

/** A number only where JavaScript holds it exactly: `007` is none, and of 2**60 the end would be lost. */
function numberOf(words: string): number | undefined {
  if (/^-?0\d/.test(words)) return undefined;
  const value = Number(words.replaceAll('_', ''));
  return Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : undefined;
}

function listOf(words: string): readonly Plain[] | undefined {
  if (!words.endsWith(']')) return undefined;
  const parts = splitAt(words.slice(1, -1), ',');
  if (parts === null) return undefined;
  if (parts.at(-1)?.trim() === '') parts.pop();
  const found = parts.map((part) => plainOf(part.trim()));
  return found.every((each) => each !== undefined) ? found : undefined;
}

/** The pieces between separators that stand in no brackets and no text; null when brackets or a text stay open. */
export function splitAt(words: string, separator: string): string[] | null {
  const parts: string[] = [];
  let [from, depth, at] = [0, 0, 0];
  while (at < words.length) {
    const letter = words[at] ?? '';
    if (letter === '"' || letter === "'") {
      const end = endOfString(words, at);
      if (end === null) return null;
      at = end;
      continue;
    }
    if ('([{'.includes(letter)) depth += 1;
    if (')]}'.includes(letter)) depth -= 1;
    if (depth < 0) return null;
    if (letter === separator && depth === 0) {
      parts.push(words.slice(from, at));
      from = at + 1;
    }
    at += 1;
  }
  return depth === 0 ? [...parts, words.slice(from)] : null;
}

function endOfString(words: string, start: number): number | null {
  const quote = words[start];
  for (let at = start + 1; at < words.length; at += 1) {
    if (words[at] === '\\') at += 1;
    else if (words[at] === quote) return at + 1;
  }
  return null;
}

function stringAt(words: string, start: number): { value: string; end: number } | null {
  const quote = words[start];
  if (quote !== '"' && quote !== "'") return null;
  let value = '';
  for (let at = start + 1; at < words.length; at += 1) {
    const letter = words[at] ?? '';
    if (letter === quote) return { value, end: at + 1 };
    if (letter === '\n') return null;
    if (letter !== '\\') {
      value += letter;
      continue;
    }
    const next = words[at + 1] ?? '';
    const code = { x: 2, u: 4, U: 8 }[next];
    if (code !== undefined) {
      const digits = words.slice(at + 2, at + 2 + code);
      const point = /^[\da-fA-F]+$/.test(digits) && digits.length === code ? parseInt(digits, 16) : Infinity;
      if (point > 0x10ffff) return null;
      value += String.fromCodePoint(point);
      at += 1 + code;
      continue;
    }
    const escaped = ESCAPES[next];
    // An escape that is not known here means what only Python knows.
    if (escaped === undefined || (next === '0' && /\d/.test(words[at + 2] ?? ''))) return null;
    value += escaped;
    at += 1;
  }
  return null;
}

/** A value as Python writes it; texts keep the quotes of `like`, the source that they replace. */
export function written(value: Literal, like = ''): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return `[${value.map((each) => written(each, like.replace(/^\[\s*/, ''))).join(', ')}]`;
  return quoted(value, like.startsWith("'") ? "'" : '"');
}

function quoted(text: string, wanted: '"' | "'"): string {
  const other = wanted === '"' ? "'" : '"';
  const quote = text.includes(wanted) && !text.includes(other) ? other : wanted;
  const escaped = text.replace(/[\\\n\r\t]/g, (letter) => ({ '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' })[letter] ?? letter);
  // eslint-disable-next-line no-control-regex -- letters that a source may not hold, or that can't be seen in it
  const visible = escaped.replace(/[\u0000-\u001f\u007f\u2028\u2029\ufeff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return quote + visible.replaceAll(quote, `\\${quote}`) + quote;
}

/** What a form's field holds for a literal of this type; undefined when the field can't show it. */
export function fits(value: Literal | undefined, takes: Takes): boolean {
  if (value === undefined) return false;
  switch (takes.kind) {
    case 'text':
      return typeof value === 'string';
    case 'flag':
      return typeof value === 'boolean';
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value);
    case 'number':
      return typeof value === 'number';
    case 'choice':
      return takes.choices.includes(value as Plain);
    case 'list':
      return Array.isArray(value) && value.every((each: Plain) => fits(each, { kind: takes.of }));
  }
}

/** The kind of field that shows a literal whose type is not known; null for what is only an expression. */
export function takesLike(text: string | null): Takes | null {
  const value = text === null ? undefined : literalOf(text);
  if (typeof value === 'string') return { kind: 'text' };
  if (typeof value === 'boolean') return { kind: 'flag' };
  if (typeof value === 'number') return { kind: 'number' };
  return null;
}
