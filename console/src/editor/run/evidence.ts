/** What a run has shown of a source: how each step fared, found again in the text as it is by now. */
import { type Drawn, idOf } from '@/flow/mapping';
import { type FlowNode, walk } from '@/flow/model';
import type { Failure, Frame, Noted, TrialEnd } from '@/lib/types';
import type { Marks, StepMark } from '../marks';

export interface Evidence {
  /** The texts that ran, by path, with `\n` at the ends of lines. */
  texts: Readonly<Record<string, string>>;
  notes: readonly Noted[];
  /** Null while it runs. */
  end: Pick<TrialEnd, 'end' | 'sentence'> | null;
  failure: Failure | null;
}

/** All that is known of one step. */
export interface StepEvidence {
  mark: StepMark;
  note: Noted | null;
  /** Where the failure passed through this step, with the variables there. */
  frame: Frame | null;
}

const SILENT: ReadonlySet<FlowNode['kind']> = new Set(['doc', 'comment', 'config', 'setting', 'class', 'import']);

/** What a run says about the steps of one file, by their ids. */
export function evidenceOf(drawn: Drawn, path: string, evidence: Evidence): ReadonlyMap<string, StepEvidence> {
  const ran = evidence.texts[path];
  const found = new Map<string, StepEvidence>();
  const notes = evidence.notes.filter((note) => note.path === path);
  const frames = (evidence.failure?.frames ?? []).filter((frame) => frame.path === path);
  if (ran === undefined || (notes.length === 0 && frames.length === 0)) return found;
  const places = new Places(ran, drawn.text);
  for (const node of walk(drawn.flow.body)) {
    const own = places.own(node);
    const note = own && (notes.find((each) => isIn(each, own)) ?? null);
    const frame = own && (frames.findLast((each) => own.from.line <= each.line && each.line <= own.to.line) ?? null);
    const mark = own && markOf(node, note, frame, evidence, own.isStale, notes.length > 0);
    if (mark) found.set(idOf(drawn, node), { mark, note, frame });
  }
  return found;
}

export const marksOf = (known: ReadonlyMap<string, StepEvidence>): Marks | null =>
  known.size === 0 ? null : new Map([...known].map(([id, { mark }]) => [id, mark]));

function markOf(node: FlowNode, note: Noted | null, frame: Frame | null, evidence: Evidence, isStale: boolean, isTraced: boolean): StepMark | null {
  const { end, failure } = evidence;
  const since = isStale ? '. Changed since' : '';
  if (frame && failure) {
    const isLast = failure.frames.at(-1) === frame;
    const words = `${isLast ? 'Failed here' : 'The failure came through here'}: ${failure.error}${since}`;
    return { state: 'failed', short: isLast ? 'failed' : '', words, isStale };
  }
  if (!note) {
    if (!isTraced || end === null || SILENT.has(node.kind)) return null;
    return { state: 'not run', short: '', words: `Not run${since}`, isStale };
  }
  const isOpen = note.begun > note.ended;
  if (isOpen && end && (end.end === 'timed_out' || end.end === 'stopped')) {
    return { state: 'failed', short: 'ended here', words: `It was at this step when it was ended${since}`, isStale };
  }
  const words = [[times(note.begun), took(note)].filter(Boolean).join(', '), isOpen && end ? 'It raised an error that was caught' : isOpen ? 'Running now' : null, valueWords(node, note)];
  return { state: 'ran', short: note.begun > 1 ? `${note.begun}×` : '', words: `${words.filter(Boolean).join('. ')}${since}`, isStale };
}

const times = (count: number): string => (count === 1 ? 'Ran once' : `Ran ${count.toLocaleString('en')} times`);

/** How long all its runs took; null when that says nothing. */
export function took({ took_s, ended }: Noted): string | null {
  if (ended === 0 || took_s === 0) return null;
  if (took_s < 0.001) return 'took less than 1 ms';
  return took_s < 1 ? `took ${Math.round(took_s * 1000)} ms` : `took ${took_s.toFixed(1)} s`;
}

function valueWords(node: FlowNode, note: Noted): string | null {
  const value = valueOf(node, note);
  return value === null ? null : `Value: ${value}`;
}

/** The last value of a step; null when it has none worth telling. */
export function valueOf(node: FlowNode, note: Noted): string | null {
  // A call for its effect has nothing to show.
  const isEffect = note.type === 'NoneType' && !['variable', 'assign', 'return'].includes(node.kind);
  return note.text === null || isEffect ? null : note.text;
}

interface Place {
  line: number;
  column: number;
}

interface Own {
  from: Place;
  to: Place;
  isStale: boolean;
}

const isIn = (note: Noted, { from, to }: Own): boolean =>
  (note.line > from.line || (note.line === from.line && note.column >= from.column)) && (note.line < to.line || (note.line === to.line && note.column < to.column));

/** Where the steps of the present text were in the text that ran. */
class Places {
  private readonly starts: readonly number[];
  private readonly lines: ReadonlyMap<number, Match>;

  constructor(ran: string, text: string) {
    this.starts = startsOf(text);
    this.lines = matched(ran.split('\n'), text.split('\n'));
  }

  /** What a step is by itself: all of it, or of one with branches its head. Null when it was not there. */
  own(node: FlowNode): Own | null {
    const [start] = node.range;
    const end = node.branches[0]?.header[1] ?? node.range[1];
    const from = this.before(start);
    const to = this.before(Math.max(start, end - 1));
    if (!from || !to) return null;
    const first = this.lineOf(start);
    const last = this.lineOf(Math.max(start, end - 1));
    let isStale = false;
    for (let line = first; line <= last; line += 1) isStale ||= this.lines.get(line)?.isSame !== true;
    return { from, to: { line: to.line, column: to.column + 1 }, isStale };
  }

  private before(place: number): Place | null {
    const line = this.lineOf(place);
    const match = this.lines.get(line);
    return match ? { line: match.line, column: place - (this.starts[line - 1] ?? 0) } : null;
  }

  private lineOf(place: number): number {
    let low = 0;
    let high = this.starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.starts[middle] ?? 0) <= place) low = middle;
      else high = middle;
    }
    return low + 1;
  }
}

interface Match {
  line: number;
  isSame: boolean;
}

function startsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

// Beyond so many comparisons, what is between the first and the last difference counts as changed.
const MOST_COMPARED = 1_000_000;

/** For lines of `now`, counted from 1, which line of `ran` each was: the same, or what stands in its place. */
export function matched(ran: readonly string[], now: readonly string[]): ReadonlyMap<number, Match> {
  const found = new Map<number, Match>();
  const most = Math.min(ran.length, now.length);
  let head = 0;
  while (head < most && ran[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < most - head && ran[ran.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
  for (let line = 0; line < head; line += 1) found.set(line + 1, { line: line + 1, isSame: true });
  for (let line = 0; line < tail; line += 1) found.set(now.length - line, { line: ran.length - line, isSame: true });

  const pairs = common(ran.slice(head, ran.length - tail), now.slice(head, now.length - tail));
  let before = { ran: head - 1, now: head - 1 };
  for (const [atRan, atNow] of [...pairs, [ran.length - tail - head, now.length - tail - head] as const]) {
    const next = { ran: atRan + head, now: atNow + head };
    // As many lines in the place of as many others: each is what became of the one before.
    if (next.ran - before.ran === next.now - before.now) {
      for (let step = 1; before.now + step < next.now; step += 1) found.set(before.now + step + 1, { line: before.ran + step + 1, isSame: false });
    }
    if (next.now < now.length - tail) found.set(next.now + 1, { line: next.ran + 1, isSame: true });
    before = next;
  }
  return found;
}

/** The longest series of lines that both have in this order, as pairs of places. */
function common(one: readonly string[], other: readonly string[]): [number, number][] {
  if (one.length * other.length > MOST_COMPARED) return [];
  const width = other.length + 1;
  const lengths = new Uint16Array((one.length + 1) * width);
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0;
  for (let i = one.length - 1; i >= 0; i -= 1) {
    for (let j = other.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] = one[i] === other[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < one.length && j < other.length; ) {
    if (one[i] === other[j]) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return pairs;
}
