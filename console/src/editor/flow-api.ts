/** What the server knows of a source: its flow, the changes that an edit of it makes, and what there is to insert. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { Flow, Path } from '@/flow/model';
import { answer, api } from '@/lib/api';
import type { FlowEdited, Operation, Palette } from '@/lib/types';
import { useOwnConnectors } from './own-connectors';

interface Wish {
  /** The one function whose steps are wanted; all when null. */
  unfolded?: string | null;
  signal?: AbortSignal;
}

/** `anchors`: those of the last flow that was valid, mapped through what was typed since. */
export async function readFlow(text: string, anchors: readonly number[], { unfolded = null, signal }: Wish = {}): Promise<Flow> {
  const found = await answer(api.POST('/api/v1/flows/model', { body: { text, anchors: [...anchors], unfolded }, ...(signal && { signal }), fetch: atOnce }));
  // The schema cannot say that a range has two numbers.
  return found as unknown as Flow;
}

// Asked at each key, and again by whoever wants it: no copy of a long text is kept for that.
const atOnce = (request: Request): Promise<Response> => globalThis.fetch(request);

/** The changes of the text that an operation makes, or why it makes none. */
export const editFlow = (text: string, anchors: readonly number[], operation: Operation): Promise<FlowEdited> =>
  answer(api.POST('/api/v1/flows/edit', { body: { text, anchors: [...anchors], operation } }));

/** The code of some steps that stand beside each other, from column 0. */
export async function copySteps(text: string, anchors: readonly number[], path: Path, count: number): Promise<string> {
  const found = await answer(api.POST('/api/v1/flows/code', { body: { text, anchors: [...anchors], path: [...path], count } }));
  return found.code;
}

/** What there is to insert, and the forms of steps: the same for every source. */
const paletteQuery = queryOptions({
  queryKey: ['palette'],
  queryFn: ({ signal }) => answer(api.GET('/api/v1/flows/palette', { signal })),
  staleTime: Infinity,
});

/** What there is to insert into this component: also the operations of its own clients. */
export function usePalette() {
  const own = useOwnConnectors();
  const select = useCallback((found: Palette): Palette => (own.length > 0 ? { ...found, connectors: [...own, ...found.connectors] } : found), [own]);
  return useQuery({ ...paletteQuery, select });
}

/** What the configuration in a source declares, and what is wrong about it. */
export const settingsQuery = (text: string) =>
  queryOptions({
    queryKey: ['settings', text],
    // Else the whole text would be made into JSON whenever this is looked at.
    queryKeyHashFn: (key) => key.join(' '),
    queryFn: ({ signal }) => answer(api.POST('/api/v1/flows/settings', { body: { text }, signal })),
    staleTime: Infinity,
    gcTime: 60_000,
  });
