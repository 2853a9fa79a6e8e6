/** What the server knows about a field: what its step can use, what fits what is typed, and what is wrong with it. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import type { Drawn } from '@/flow/mapping';
import type { Path } from '@/flow/model';
import { answer, api } from '@/lib/api';
import type { FieldKind, Known } from '@/lib/types';

const PAUSE_MS = 250;

export interface Surroundings {
  /** All that the step can use, the nearest first; empty while it is not known. */
  known: readonly Known[];
  /** What may follow what is typed. */
  fitting: (typed: string) => Promise<readonly Known[]>;
}

/** What a step of this flow can use. */
export function useSurroundings(drawn: Drawn, path: Path): Surroundings {
  const { text, flow } = drawn;
  const key = path.join('.');
  const all = useQuery(
    queryOptions({
      queryKey: ['scope', text, key],
      queryFn: ({ signal }) => look(text, flow.anchors, path, null, signal),
      staleTime: Infinity,
      gcTime: 60_000,
      placeholderData: (before) => before,
    }),
  );
  return useMemo(
    () => ({ known: all.data ?? [], fitting: (typed: string) => look(text, flow.anchors, key.split('.').map(Number), typed).catch(() => []) }),
    [all.data, text, flow, key],
  );
}

function look(text: string, anchors: readonly number[], path: Path, typed: string | null, signal?: AbortSignal): Promise<Known[]> {
  return answer(api.POST('/api/v1/flows/scope', { body: { text, anchors: [...anchors], path: [...path], typed }, ...(signal && { signal }) }));
}

/** Why a text can't stand in such a field; null when it can. */
export async function faultOf(text: string, kind: FieldKind, role: 'argument' | 'keyword' | null, signal?: AbortSignal): Promise<string | null> {
  const found = await answer(api.POST('/api/v1/flows/check', { body: { text, kind, role }, ...(signal && { signal }) }));
  return found.problem;
}

/** The same as one types, after a pause; null while nothing is known. `text` of null is not looked at. */
export function useFault(text: string | null, kind: FieldKind, role: 'argument' | 'keyword' | null): string | null {
  const [found, setFound] = useState<{ text: string; problem: string | null } | null>(null);
  useEffect(() => {
    if (text === null) return;
    const asking = new AbortController();
    const timer = window.setTimeout(() => {
      faultOf(text, kind, role, asking.signal).then(
        (problem) => setFound({ text, problem }),
        // What could not be looked at is told when it is applied.
        () => undefined,
      );
    }, PAUSE_MS);
    return () => {
      window.clearTimeout(timer);
      asking.abort();
    };
  }, [text, kind, role]);
  return found !== null && found.text === text ? found.problem : null;
}
