/** The flow of a text that is being edited: asked for while one types, and kept while the next one is on its way. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { difference, type Drawn, drawn, mapAll } from '@/flow/mapping';
import type { Flow } from '@/flow/model';
import { ApiError } from '@/lib/errors';
import { Asking } from './asking';
import { readFlow } from './flow-api';
import { asEdited } from './line-ends';
import { useStable } from './use-stable';

// After so long a server that did not answer is asked again.
const AGAIN_MS = 3_000;
// Of a longer text, only one function is asked for: all of it is megabytes, and takes the server most of a second.
const LONG = 50_000;
// What no function is called: of the file itself, none is wanted.
const NONE = '-';

export interface LiveFlow {
  /** The newest that is known, perhaps of a text that was typed on since. */
  drawn: Drawn | null;
  /** Why there is no newer one. */
  problem: string | null;
  /** The flow of a text as it would be drawn now. */
  read: (text: string) => Promise<Flow>;
  /** Where logical lines of a text begin, as far as that is known from when it last was valid. */
  anchors: (text: string) => readonly number[];
  /** The next change is not typed: its flow is asked for at once. */
  hurry: () => void;
}

interface Known {
  drawn: Drawn | null;
  problem: string | null;
}

/** While nobody looks (`isWanted`), nothing is asked. `open` is the function that is looked at, null before one is. */
export function useFlow(path: string, source: string, isWanted: boolean, open: string | null): LiveFlow {
  const text = asEdited(source);
  const unfolded = text.length <= LONG ? null : (open ?? 'main') || NONE;
  // By path: a file that is opened again has the steps that it had, and what was typed into their forms.
  const [known, setKnown] = useState<ReadonlyMap<string, Known>>(new Map());
  const seen = useRef({ path, text, unfolded, anchors: [] as readonly number[], isSoon: true });

  const ask = useStable(async (signal: AbortSignal): Promise<number | null> => {
    const at = seen.current;
    try {
      const flow = await readFlow(at.text, at.anchors, { unfolded: at.unfolded, signal });
      if (signal.aborted) return null;
      // What does not compile keeps the anchors of what did.
      if (flow.valid) seen.current.anchors = mapAll(difference(at.text, seen.current.text), flow.anchors);
      setKnown((before) => new Map([...before, [at.path, { drawn: drawn(before.get(at.path)?.drawn ?? null, at.text, flow), problem: null }]]));
      return null;
    } catch (thrown) {
      if (signal.aborted) return null;
      const problem = thrown instanceof ApiError ? thrown.message : 'The flow could not be drawn.';
      setKnown((before) => new Map([...before, [at.path, { drawn: before.get(at.path)?.drawn ?? null, problem }]]));
      return isPassing(thrown) ? AGAIN_MS : null;
    }
  });
  const [asking] = useState(() => new Asking(ask));

  useEffect(() => {
    const last = seen.current;
    const isOther = last.path !== path;
    seen.current = { path, text, unfolded, anchors: isOther ? [] : mapAll(difference(last.text, text), last.anchors), isSoon: false };
    if (isWanted) asking.wake({ isSoon: isOther || last.isSoon || last.unfolded !== unfolded });
  }, [asking, path, text, unfolded, isWanted]);
  useEffect(() => (isWanted ? () => asking.stop() : undefined), [asking, isWanted]);

  const anchors = useCallback((of: string) => mapAll(difference(seen.current.text, of), seen.current.anchors), []);
  const read = useCallback((of: string) => readFlow(of, anchors(of), { unfolded: seen.current.unfolded }), [anchors]);
  const hurry = useCallback(() => {
    seen.current.isSoon = true;
  }, []);
  const { drawn: drawnNow, problem } = known.get(path) ?? NOTHING;
  return useMemo(() => ({ drawn: drawnNow, problem, read, anchors, hurry }), [drawnNow, problem, read, anchors, hurry]);
}

const NOTHING: Known = { drawn: null, problem: null };

const isPassing = (thrown: unknown): boolean => thrown instanceof ApiError && ['offline', 'unavailable', 'internal'].includes(thrown.code);
