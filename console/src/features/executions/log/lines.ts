/** What can be told from the lines of a log. */
import type { LogLine } from '@/lib/types';

export type Level = NonNullable<LogLine['level']>;

export const LEVELS: readonly Level[] = ['debug', 'info', 'warning', 'error'];

/** The word that stands for a level in the log's margin. */
export const LEVEL_WORDS: Readonly<Record<Level, string>> = { debug: 'DEBUG', info: 'INFO', warning: 'WARN', error: 'ERROR' };

export const isLevel = (text: string | null): text is Level => LEVELS.some((level) => level === text);

const rank = (level: Level | null): number => (level === null ? LEVELS.indexOf('info') : LEVELS.indexOf(level));

type LineAt = (seq: number) => LogLine | undefined;

/**
 * The numbers of the lines that are at least of `level`, in order. A line without a level belongs to the one before it
 * on the same stream: that is how a traceback stays together.
 */
export function linesFrom(level: Level, last: number, lineAt: LineAt): number[] {
  const found: number[] = [];
  const present = new Map<string, Level | null>();
  for (let seq = 1; seq <= last; seq += 1) {
    const line = lineAt(seq);
    if (!line) continue;
    if (line.level) present.set(line.stream, line.level);
    if (rank(present.get(line.stream) ?? null) >= rank(level)) found.push(seq);
  }
  return found;
}

/** Which of the lines hold `text`, whatever its case; `among` is null for all lines up to `last`. */
export function linesWith(text: string, last: number, among: readonly number[] | null, lineAt: LineAt): number[] {
  const wanted = text.toLowerCase();
  const found: number[] = [];
  const count = among ? among.length : last;
  for (let index = 0; index < count; index += 1) {
    const seq = among ? (among[index] ?? 0) : index + 1;
    if (lineAt(seq)?.text.toLowerCase().includes(wanted)) found.push(seq);
  }
  return found;
}

// Colours and cursor moves for a terminal, which are noise here.
// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001b\[[0-9;?]*[ -/]*[@-~]/g;

/** The line's text as it is shown: without terminal codes, and without the level's word, which stands in the margin. */
export function shownText(line: LogLine): string {
  const text = line.text.replace(ESCAPES, '');
  if (!line.level) return text;
  return text.replace(/^\s*[[<(]?(debug|trace|info|notice|warn|warning|err|error|critical|fatal|panic)[\])>]?:?(?:[ \t]|$)/i, '');
}

/** `text` cut where `wanted` begins and ends: every second part is a match. */
export function cut(text: string, wanted: string): string[] {
  if (!wanted) return [text];
  const parts: string[] = [];
  const [low, needle] = [text.toLowerCase(), wanted.toLowerCase()];
  let from = 0;
  for (let at = low.indexOf(needle); at >= 0; at = low.indexOf(needle, from)) {
    parts.push(text.slice(from, at), text.slice(at, at + needle.length));
    from = at + needle.length;
  }
  return [...parts, text.slice(from)];
}

/** The line that an address's fragment names: "#L12" is 12; null when it names none. */
export function lineOf(hash: string): number | null {
  const found = /^#L(\d{1,9})$/.exec(hash);
  return found ? Number(found[1]) : null;
}

/** The place of `seq` in a sorted list, or of the first that is greater. */
export function placeOf(seq: number, sorted: readonly number[]): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
