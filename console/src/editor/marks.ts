/** What a run says about steps, by their ids. */

export interface StepMark {
  state: 'ran' | 'failed' | 'not run';
  /** In a few letters, beside the icon: how often it ran. */
  short: string;
  /** All of it, for whoever points at it or listens. */
  words: string;
  /** The step was changed since. */
  isStale: boolean;
}

export type Marks = ReadonlyMap<string, StepMark>;
