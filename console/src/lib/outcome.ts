/** The vocabulary of executions: how each state and origin is called, coloured and drawn, everywhere alike. */
import type { BuildStatus, Origin, State } from './types';

export type Shape = 'disc' | 'cross' | 'hourglass' | 'slash' | 'skip' | 'gap' | 'question' | 'ring' | 'dots' | 'dotted';

export interface Look {
  label: string;
  /** A CSS colour for marks and for text that stands beside one. */
  colour: string;
  shape: Shape;
}

export const STATES: Readonly<Record<State, Look>> = {
  planned: { label: 'Planned', colour: 'var(--outcome-planned)', shape: 'dotted' },
  queued: { label: 'Queued', colour: 'var(--outcome-queued)', shape: 'dots' },
  started: { label: 'Running', colour: 'var(--outcome-started)', shape: 'ring' },
  succeeded: { label: 'Succeeded', colour: 'var(--outcome-succeeded)', shape: 'disc' },
  failed: { label: 'Failed', colour: 'var(--outcome-failed)', shape: 'cross' },
  timed_out: { label: 'Timed out', colour: 'var(--outcome-timed-out)', shape: 'hourglass' },
  cancelled: { label: 'Cancelled', colour: 'var(--outcome-cancelled)', shape: 'slash' },
  skipped: { label: 'Skipped', colour: 'var(--outcome-skipped)', shape: 'skip' },
  missed: { label: 'Missed', colour: 'var(--outcome-missed)', shape: 'gap' },
  lost: { label: 'Lost', colour: 'var(--outcome-lost)', shape: 'question' },
};

/** In the order in which lists, filters and legends name them. */
export const STATE_ORDER: readonly State[] = [
  'started',
  'queued',
  'planned',
  'succeeded',
  'failed',
  'timed_out',
  'lost',
  'cancelled',
  'skipped',
  'missed',
];

export const ORIGINS: Readonly<Record<Origin, string>> = {
  schedule: 'Schedule',
  manual: 'Run by hand',
  catch_up: 'Catch-up',
  again: 'Run again',
  backfill: 'Backfill',
};

export const BUILD_STATUSES: Readonly<Record<BuildStatus, Look>> = {
  queued: STATES.queued,
  running: STATES.started,
  succeeded: STATES.succeeded,
  failed: STATES.failed,
  cancelled: STATES.cancelled,
  lost: STATES.lost,
};

/** Somebody wanted it long after its due time: it is not late. */
export const isAskedLater = ({ origin }: { origin: Origin }): boolean => origin === 'again' || origin === 'backfill';

export const isActive = (state: State): boolean => state === 'queued' || state === 'started';
export const isEnded = (state: State): boolean => !isActive(state) && state !== 'planned';

/** It ended, and not as it was promised: what asks for somebody's attention. */
export const isBad = (state: State): boolean =>
  state === 'failed' || state === 'timed_out' || state === 'lost' || state === 'missed';
