/** Two people's changes of one text, put together where they do not touch. */
import { diff3Merge } from 'node-diff3';

/** `base` with the changes of both; null where both changed the same lines, or lines beside each other, in different ways. */
export function merged(base: string, theirs: string, mine: string): string | null {
  const parts = diff3Merge(lines(mine), lines(base), lines(theirs), { excludeFalseConflicts: true });
  if (parts.some((part) => part.conflict)) return null;
  return parts.flatMap((part) => part.ok ?? []).join('\n');
}

const lines = (text: string): string[] => text.split('\n');
