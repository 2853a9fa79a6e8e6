/** What is typed and not saved, kept in this browser until it is saved or discarded: a crash, a closed tab or an ended session takes none of it. */
import { useEffect, useState } from 'react';
import type { ComponentRef, Source } from '@/lib/types';
import { changesOf, type Draft, isClean, rebase } from './draft';

export interface Unsaved {
  /** When it was kept last, in ISO 8601. */
  at: string;
  /** The commit that was being changed. */
  parent: string;
  edits: Draft['edits'];
}

const PAUSE_MS = 300;
// A browser keeps a few MB for all of a site.
const MOST_CHARACTERS = 1_000_000;

const keyOf = ({ project, component }: ComponentRef): string => `clockhouse-unsaved ${project}/${component}`;

/** What was kept of this component and is not in `source`; null when there is nothing. */
export function unsaved(ref: ComponentRef, source: Source): Unsaved | null {
  const kept = parsed(window.localStorage.getItem(keyOf(ref)));
  if (kept && isClean(rebase({ parent: kept.parent, base: {}, edits: kept.edits }, source))) return null;
  return kept;
}

export function keep(ref: ComponentRef, draft: Draft, at: Date): void {
  const kept: Unsaved = { at: at.toISOString(), parent: draft.parent, edits: changesOf(draft) };
  const text = JSON.stringify(kept);
  // An older state would be worse than none.
  if (text.length > MOST_CHARACTERS) return forget(ref);
  try {
    window.localStorage.setItem(keyOf(ref), text);
  } catch {
    forget(ref);
  }
}

export const forget = (ref: ComponentRef): void => window.localStorage.removeItem(keyOf(ref));

interface Found {
  /** What was left unsaved before, until `answered`. */
  found: Unsaved | null;
  answered: () => void;
}

/** Keeps the draft while it has changes. Nothing is kept before it is said what becomes of what was found. */
export function useUnsaved({ project, component }: ComponentRef, draft: Draft, source: Source): Found {
  const [found, setFound] = useState(() => unsaved({ project, component }, source));
  useEffect(() => {
    const ref = { project, component };
    if (found) return undefined;
    if (isClean(draft)) {
      forget(ref);
      return undefined;
    }
    const write = () => keep(ref, draft, new Date());
    const timer = window.setTimeout(write, PAUSE_MS);
    window.addEventListener('pagehide', write);
    return () => {
      window.clearTimeout(timer);
      window.removeEventListener('pagehide', write);
    };
  }, [draft, found, project, component]);
  return { found, answered: () => setFound(null) };
}

function parsed(text: string | null): Unsaved | null {
  try {
    const kept = JSON.parse(text ?? 'null') as Partial<Unsaved> | null;
    return kept && typeof kept.at === 'string' && typeof kept.parent === 'string' && typeof kept.edits === 'object' ? (kept as Unsaved) : null;
  } catch {
    return null;
  }
}
