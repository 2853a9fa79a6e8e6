/** How high a bar is for a duration, and where the lines behind the bars stand. */

const NICE = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 28_800, 86_400, 172_800, 604_800];

export interface Scale {
  /** The duration at full height, in seconds. */
  top: number;
  /** Durations that get a line, the longest first. */
  ticks: number[];
}

/** `longest` is the longest duration shown, in seconds. */
export function scaleFor(longest: number): Scale {
  const top = NICE.find((each) => each >= longest) ?? longest;
  const ticks = [top];
  for (const each of NICE.toReversed()) {
    const last = ticks.at(-1) ?? top;
    if (ticks.length < 3 && share(last, top) - share(each, top) >= 0.3 && share(each, top) >= 0.2) ticks.push(each);
  }
  return { top, ticks };
}

/**
 * The share of the full height. By the square root: one execution that ran into its time-out must not flatten the
 * hundred that took a second.
 */
export const share = (seconds: number, top: number): number => Math.sqrt(Math.max(0, Math.min(seconds, top)) / top);
