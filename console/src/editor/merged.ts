/** Two people's changes of one text, put together where they do not touch. */
import { diff } from '@codemirror/merge';

interface Piece {
  /** Lines of the base, the last one not included. */
  from: number;
  to: number;
  lines: readonly string[];
}

// So many letters are before those of which two make one.
const MOST_LINES = 0xd800;

/** `base` with the changes of both; null where both changed the same lines, or lines beside each other, in different ways. */
export function merged(base: string, theirs: string, mine: string): string | null {
  const lines = base.split('\n');
  const ends = [theirs.split('\n'), mine.split('\n')] as const;
  if (lines.length + Math.max(...ends.map((each) => each.length)) > MOST_LINES) return null;
  const their = pieces(lines, ends[0]);
  const own = pieces(lines, ends[1]).filter((piece) => !their.some((other) => isSame(piece, other)));
  if (own.some((piece) => their.some((other) => piece.from <= other.to && other.from <= piece.to))) return null;
  const all = [...their, ...own].sort((one, other) => one.from - other.from);
  const made: string[] = [];
  let at = 0;
  for (const piece of all) {
    made.push(...lines.slice(at, piece.from), ...piece.lines);
    at = piece.to;
  }
  return [...made, ...lines.slice(at)].join('\n');
}

/** What changes between two texts, line by line: each line is one letter of what is compared. */
function pieces(before: readonly string[], after: readonly string[]): Piece[] {
  const letters = new Map<string, string>();
  const letter = (line: string) => {
    const known = letters.get(line) ?? String.fromCharCode(letters.size);
    letters.set(line, known);
    return known;
  };
  const changes = diff(before.map(letter).join(''), after.map(letter).join(''));
  return changes.map(({ fromA, toA, fromB, toB }) => ({ from: fromA, to: toA, lines: after.slice(fromB, toB) }));
}

const isSame = (one: Piece, other: Piece): boolean => one.from === other.from && one.to === other.to && one.lines.join('\n') === other.lines.join('\n');
