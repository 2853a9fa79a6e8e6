/** What a call takes, by the signature of what is called; and which of it a cursor is in. */
import { splitAt } from './literals';

export interface Parameter {
  name: string;
  /** As Python writes it; empty when it is not told. */
  type: string;
  /** As Python; null when it must be given. */
  default: string | null;
  documentation: string;
  is_keyword: boolean;
  /** It can't be given by its name. */
  is_placed?: boolean;
}

export interface Signature {
  parameters: readonly Parameter[];
  /** What it does. */
  documentation: string;
  returns: string;
  /** It takes names that its parameters do not tell. */
  is_open?: boolean;
}

/** The signature that `def`'s brackets tell: `url: str, *, timeout: float = 5`. Null for what can't be read. */
export function signatureOf(parameters: string, returns = '', documentation = ''): Signature | null {
  const parts = splitAt(parameters, ',');
  if (parts === null) return null;
  const found: Parameter[] = [];
  let isKeyword = false;
  let isOpen = false;
  for (const part of parts.map((each) => each.trim()).filter(Boolean)) {
    if (part === '/') {
      for (const each of found) each.is_placed = true;
    } else if (part.startsWith('*')) {
      isKeyword = true;
      isOpen ||= part !== '*';
    } else {
      found.push(parameterOf(part, isKeyword));
    }
  }
  return { parameters: found, documentation, returns, ...(isOpen && { is_open: true }) };
}

function parameterOf(part: string, isKeyword: boolean): Parameter {
  const [head = '', ...rest] = splitAt(part, '=') ?? [part];
  const [name = '', ...type] = head.split(':');
  return {
    name: name.trim(),
    type: type.join(':').trim(),
    default: rest.length > 0 ? rest.join('=').trim() : null,
    documentation: '',
    is_keyword: isKeyword,
  };
}

/** The signature behind `(url: str) -> int`, as a list of what is known tells it. */
export function signatureOfDetail(detail: string, documentation = ''): Signature | null {
  const found = /^\((.*)\)(?:\s*->\s*(.*))?$/s.exec(detail.trim());
  return found ? signatureOf(found[1] ?? '', found[2] ?? '', documentation) : null;
}

/** The innermost call that the place is in, and the number of its argument or, given by name, that name. */
export function callAt(text: string, place: number): { name: string; argument: number | string } | null {
  let open: number[] = [];
  for (let at = 0; at < place; at += 1) {
    const letter = text[at] ?? '';
    if (letter === '"' || letter === "'") {
      const end = afterString(text, at, place);
      if (end === null) break;
      at = end - 1;
    } else if ('([{'.includes(letter)) open = [...open, at];
    else if (')]}'.includes(letter)) open = open.slice(0, -1);
  }
  for (const start of open.toReversed()) {
    const called = text[start] === '(' ? /([^\W\d][\w.]*)\s*$/.exec(text.slice(0, start)) : null;
    if (!called?.[1]) continue;
    const parts = argumentsUpTo(text.slice(start + 1, place));
    const named = /^\s*([^\W\d]\w*)\s*=(?!=)/.exec(parts.at(-1) ?? '');
    return { name: called[1], argument: named?.[1] ?? parts.length - 1 };
  }
  return null;
}

function afterString(text: string, start: number, limit: number): number | null {
  for (let at = start + 1; at < limit; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === text[start]) return at + 1;
  }
  return null;
}

/** The arguments of an unfinished call: what still stands open belongs to the last. */
function argumentsUpTo(text: string): string[] {
  for (const ending of ['', '"', "'", ')', ']', '}', '")', "')", '"]', '))', '])', ')]']) {
    const parts = splitAt(text + ending, ',');
    if (parts) return parts;
  }
  return [text];
}
