/** Which executions a list shows, kept in the address. */
import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { ORIGINS, STATES } from '@/lib/outcome';
import type { Origin, State } from '@/lib/types';

export interface Chosen {
  states: State[];
  environment: string | null;
  origin: Origin | null;
  project: string | null;
  /** The id of the backfill that they are of. */
  backfill: string | null;
}

export const isState = (text: string): text is State => Object.hasOwn(STATES, text);
export const isOrigin = (text: string | null): text is Origin => text !== null && Object.hasOwn(ORIGINS, text);

export function readChosen(search: URLSearchParams): Chosen {
  const origin = search.get('origin');
  return {
    states: [...new Set(search.getAll('state'))].filter(isState),
    environment: search.get('environment') || null,
    origin: isOrigin(origin) ? origin : null,
    project: search.get('project') || null,
    backfill: search.get('backfill') || null,
  };
}

/** `search` with `change` in it; every other part of the address stays as it is. */
export function writeChosen(search: URLSearchParams, change: Partial<Chosen>): URLSearchParams {
  const changed = new URLSearchParams(search);
  if (change.states) {
    changed.delete('state');
    change.states.forEach((state) => changed.append('state', state));
  }
  for (const name of ['environment', 'origin', 'project', 'backfill'] as const) {
    const value = change[name];
    if (value === null) changed.delete(name);
    else if (value !== undefined) changed.set(name, value);
  }
  return changed;
}

export function useChosen(): readonly [Chosen, (change: Partial<Chosen>) => void] {
  const [search, setSearch] = useSearchParams();
  const chosen = useMemo(() => readChosen(search), [search]);
  const choose = useCallback(
    (change: Partial<Chosen>) =>
      setSearch((present) => writeChosen(present, change), { replace: true, preventScrollReset: true }),
    [setSearch],
  );
  return [chosen, choose];
}
