/** A list that grows at both ends: new executions come on top, older pages are added below. */
import type { Execution, ExecutionPage, State } from '@/lib/types';

export interface Rows {
  /** Newest first, without a gap. */
  items: Execution[];
  /** Where the next older page begins; null when there is none. */
  next: string | null;
  counts: ExecutionPage['counts'];
  /** Whether older pages than the newest one were loaded. */
  deep: boolean;
}

/** What is known below the newest page; nothing when the two do not meet, for then rows between them may be missing. */
export function beyondHead(known: Rows | undefined, head: ExecutionPage): Execution[] {
  if (!known?.deep || head.next === null) return [];
  const fresh = new Set(head.items.map((each) => each.id));
  const seam = known.items.findLastIndex((each) => fresh.has(each.id));
  return seam < 0 ? [] : known.items.slice(seam + 1);
}

/** The newest page has been fetched again: it is the truth about its range, what lies below it is kept. */
export function withHead(known: Rows | undefined, head: ExecutionPage): Rows {
  const older = beyondHead(known, head);
  const deep = older.length > 0 && known !== undefined;
  return { items: [...head.items, ...older], next: deep ? known.next : head.next, counts: head.counts, deep };
}

/** The next older page has come. */
export function withOlder(known: Rows, page: ExecutionPage): Rows {
  const have = new Set(known.items.map((each) => each.id));
  const older = page.items.filter((each) => !have.has(each.id));
  return { ...known, items: [...known.items, ...older], next: page.next, deep: true };
}

/** Single rows have been fetched again; those that no longer are in one of `states` leave the list. */
export function withLater(rows: Rows, later: readonly Execution[], states: readonly State[] | undefined): Rows {
  if (later.length === 0) return rows;
  const byId = new Map(later.map((each) => [each.id, each]));
  const items = rows.items
    .map((each) => byId.get(each.id) ?? each)
    .filter((each) => !byId.has(each.id) || !states?.length || states.includes(each.state));
  return { ...rows, items };
}

/** How many rows of `after` stand above the row that was first in `before`; 0 when that row is gone. */
export function addedOnTop(before: readonly Execution[], after: readonly Execution[]): number {
  const first = before[0];
  if (!first || first.id === after[0]?.id) return 0;
  return Math.max(0, after.findIndex((each) => each.id === first.id));
}

/** Whether they ran in more than one place, so that it is worth telling which did where. */
export const ranApart = (items: readonly Execution[]): boolean => new Set(items.flatMap(({ ran_on }) => ran_on ?? [])).size > 1;
