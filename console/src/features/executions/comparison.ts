/** What an execution did otherwise than another one of the same component. */
import { bytes, shortSha } from '@/lib/format';
import { duration } from '@/lib/time';
import type { Execution, LogLine } from '@/lib/types';

export interface Apart {
  name: string;
  /** Of the other one. */
  before: string;
  after: string;
}

/** What is not alike, the duration in any case, in the order of what explains most. */
export function apart(before: Execution, after: Execution): Apart[] {
  const rows: Apart[] = [
    { name: 'Build', before: `#${before.build}`, after: `#${after.build}` },
    { name: 'Commit', before: shortSha(before.commit), after: shortSha(after.commit) },
    { name: 'Deployment', before: `#${before.deployment}`, after: `#${after.deployment}` },
    { name: 'Ran on', before: before.ran_on ?? '–', after: after.ran_on ?? '–' },
    { name: 'With', before: givenWords(before), after: givenWords(after) },
  ];
  const took = { name: 'Duration', before: tookWords(before), after: tookWords(after) };
  const memory = { name: 'Peak memory', before: memoryWords(before), after: memoryWords(after) };
  return [...rows.filter((row) => row.before !== row.after), ...(isAnother(before.peak_bytes, after.peak_bytes) ? [memory] : []), took];
}

/** By so much that it is no chance. */
const isAnother = (before: number | null, after: number | null): boolean =>
  before !== null && after !== null && Math.max(before, after) > 1.25 * Math.min(before, after);

const tookWords = ({ duration_s }: Execution): string => (duration_s === null ? '–' : duration(duration_s));
const memoryWords = ({ peak_bytes }: Execution): string => (peak_bytes === null ? '–' : bytes(peak_bytes));

function givenWords({ arguments: given }: Execution): string {
  const said = Object.entries(given).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return said.length > 0 ? said.sort().join(', ') : 'the deployed values';
}

/** Where two logs part: the first line of each that the other does not have there; null for a log that was over. */
export interface Parting {
  before: LogLine | null;
  after: LogLine | null;
}

/**
 * Null while they say the same, apart from numbers; as far as the shorter is known, when it is not `complete`. How the
 * lines of two streams mix is left to chance, so that each is compared by itself; the first line that is new tells most.
 */
export function partingOf(before: readonly LogLine[], after: readonly LogLine[], complete: boolean): Parting | null {
  const streams = [...new Set([...after, ...before].map((line) => line.stream))];
  const of = (stream: string, lines: readonly LogLine[]) => lines.filter((line) => line.stream === stream);
  const partings = streams.flatMap((stream) => partingIn(of(stream, before), of(stream, after), complete) ?? []);
  return partings.sort((one, other) => (one.after?.seq ?? Infinity) - (other.after?.seq ?? Infinity))[0] ?? null;
}

function partingIn(before: readonly LogLine[], after: readonly LogLine[], complete: boolean): Parting | null {
  const shorter = Math.min(before.length, after.length);
  for (let index = 0; index < shorter; index += 1) {
    const [one, other] = [before[index], after[index]];
    if (one && other && alike(one) !== alike(other)) return { before: one, after: other };
  }
  if (!complete || before.length === after.length) return null;
  return { before: before[shorter] ?? null, after: after[shorter] ?? null };
}

/** Numbers, identifiers and times differ with every execution, and say nothing. */
const alike = ({ text, level }: LogLine): string => `${level ?? ''} ${text.replace(/\b(?=\w*\d)[\w.:-]+/g, '#')}`;
