/** The phases of an execution: what it waited for, and for how long. */
import { isActive, isAskedLater } from '@/lib/outcome';
import { secondsBetween } from '@/lib/time';
import type { Execution } from '@/lib/types';

export interface Phase {
  /** What happened at this instant. */
  name: string;
  /** null when it did not happen, or has not yet. */
  at: string | null;
  /** What the time since the instant before was spent on. */
  spent: string;
  /** In seconds; null for the first one and for what did not happen. */
  took: number | null;
  /** It is what the execution is doing right now. */
  present: boolean;
}

export function phasesOf(execution: Execution): Phase[] {
  const steps = [
    // Nobody waited since then for what was asked for later.
    ...(isAskedLater(execution) ? [] : [{ name: 'Due', at: execution.due_at, spent: '' }]),
    { name: 'Queued', at: execution.queued_at, spent: 'planning' },
    { name: 'Claimed', at: execution.claimed_at, spent: 'waiting' },
    { name: 'Started', at: execution.started_at, spent: 'starting' },
    { name: 'Ended', at: execution.finished_at, spent: 'running' },
  ];
  let before: string | null = null;
  let reached = true;
  return steps.map(({ name, at, spent }) => {
    const took = at !== null && before !== null ? secondsBetween(before, at) : null;
    const present = at === null && reached && isActive(execution.state);
    reached &&= at !== null;
    before = at ?? before;
    return { name, at, spent, took, present };
  });
}

/** The phase to be told apart: the one under way, or else the one that took longest; null when nothing took time. */
export function foremost(phases: readonly Phase[]): Phase | null {
  const present = phases.find((each) => each.present);
  if (present) return present;
  return phases.reduce<Phase | null>((most, each) => ((each.took ?? 0) > (most?.took ?? 0) ? each : most), null);
}
