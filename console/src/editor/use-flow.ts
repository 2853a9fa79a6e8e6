/** The flow of a text that is being typed: asked for when typing pauses, and kept while the next one is on its way. */
import { useEffect, useRef, useState } from 'react';
import { difference, type Drawn, drawn, mapAll } from '@/flow/mapping';
import { ApiError } from '@/lib/errors';
import { readFlow } from './flow-api';
import { asEdited } from './line-ends';

const PAUSE_MS = 120;

export interface LiveFlow {
  /** The newest that is known, perhaps of a text that was typed on since. */
  drawn: Drawn | null;
  /** Why there is no newer one. */
  problem: string | null;
}

const NOTHING: LiveFlow = { drawn: null, problem: null };

/** While nobody looks (`isWanted`), nothing is asked. */
export function useFlow(path: string, source: string, isWanted: boolean): LiveFlow {
  const text = asEdited(source);
  const [live, setLive] = useState<LiveFlow & { path: string }>({ ...NOTHING, path });
  const seen = useRef({ path, text, anchors: [] as readonly number[], isFirst: true });

  useEffect(() => {
    const last = seen.current;
    const isOther = last.path !== path;
    const isFirst = isOther || last.isFirst;
    seen.current = { path, text, anchors: isOther ? [] : mapAll(difference(last.text, text), last.anchors), isFirst };
    if (!isWanted) return;
    const asking = new AbortController();
    const ask = async () => {
      try {
        const flow = await readFlow(text, seen.current.anchors, asking.signal);
        if (asking.signal.aborted) return;
        // What does not compile keeps the anchors of what did.
        if (flow.valid) seen.current.anchors = flow.anchors;
        seen.current.isFirst = false;
        setLive((before) => ({ path, drawn: drawn(before.path === path ? before.drawn : null, text, flow), problem: null }));
      } catch (thrown) {
        if (asking.signal.aborted) return;
        const problem = thrown instanceof ApiError ? thrown.message : 'The flow could not be drawn.';
        setLive((before) => ({ path, drawn: before.path === path ? before.drawn : null, problem }));
      }
    };
    const timer = window.setTimeout(() => void ask(), isFirst ? 0 : PAUSE_MS);
    return () => {
      window.clearTimeout(timer);
      asking.abort();
    };
  }, [path, text, isWanted]);

  return live.path === path ? live : NOTHING;
}
