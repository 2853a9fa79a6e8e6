/** A run of a draft as it goes on: pure functions over what is told of it. */
import type { LogLine, Noted, TrialEnd, TrialNews } from '@/lib/types';

export interface Run {
  id: string;
  phase: TrialNews['phase'];
  /** Whose environment it has; null when one is made for it. */
  build: number | null;
  /** What ran, by path, with `\n` at the ends of lines. */
  texts: Readonly<Record<string, string>>;
  lines: readonly LogLine[];
  dropped: number;
  /** The newest of each statement, by its place. */
  notes: ReadonlyMap<string, Noted>;
  isWhole: boolean;
  end: TrialEnd | null;
}

const MOST_LINES = 2000;
const LOST = 'The server does not know this run any more: it was started again meanwhile. Run it again.';

export const begun = (id: string, build: number | null, texts: Run['texts']): Run => ({
  id,
  phase: 'preparing',
  build,
  texts,
  lines: [],
  dropped: 0,
  notes: new Map(),
  isWhole: true,
  end: null,
});

/** The run after some news; the first of a connection tells everything anew. */
export function told(run: Run, news: TrialNews, isFirst: boolean): Run {
  const before = isFirst ? begun(run.id, run.build, run.texts) : run;
  const all = [...before.lines, ...news.lines];
  const notes = new Map(before.notes);
  for (const note of news.notes) notes.set(`${note.path}:${note.line}:${note.column}`, note);
  return {
    ...before,
    phase: news.phase,
    lines: all.slice(-MOST_LINES),
    dropped: news.dropped + Math.max(0, all.length - MOST_LINES),
    notes,
    isWhole: news.is_whole,
    end: news.end,
  };
}

/** Nobody tells of it any more. */
export const lost = (run: Run): Run =>
  run.end ? run : { ...run, phase: 'over', end: { end: 'stopped', sentence: LOST, took_s: null, exit_code: null, failure: null } };
