import { expect, test } from 'vitest';
import { execution } from '@/test/values';
import { scaleFor, share } from './bars-scale';
import { foremost, phasesOf } from './phases';

const at = (seconds: number) => new Date(Date.parse('2026-11-22T08:00:00Z') + seconds * 1000).toISOString();

test('each phase says how long it took to get there', () => {
  const phases = phasesOf(
    execution({ due_at: at(0), queued_at: at(0.5), claimed_at: at(2), started_at: at(2.25), finished_at: at(10) }),
  );
  expect(phases.map((each) => each.took)).toEqual([null, 0.5, 1.5, 0.25, 7.75]);
  expect(foremost(phases)?.name).toBe('Ended');
});

test('what is under way is the phase to be told apart', () => {
  const phases = phasesOf(execution({ state: 'queued', claimed_at: null, started_at: null, finished_at: null }));
  expect(foremost(phases)).toMatchObject({ name: 'Claimed', present: true });
});

test('what was skipped has no phases between due and ended', () => {
  const phases = phasesOf(execution({ state: 'skipped', queued_at: null, claimed_at: null, started_at: null }));
  expect(phases.filter((each) => each.at !== null).map((each) => each.name)).toEqual(['Due', 'Ended']);
  expect(phases.some((each) => each.present)).toBe(false);
});

test('the scale of the bars ends at a number that people count in, with lines that do not touch', () => {
  expect(scaleFor(4.1)).toEqual({ top: 5, ticks: [5, 2, 0.5] });
  for (const longest of [0.05, 0.4, 30, 5000]) {
    const { top, ticks } = scaleFor(longest);
    expect(top).toBeGreaterThanOrEqual(longest);
    const heights = ticks.map((tick) => share(tick, top));
    heights.slice(1).forEach((height, index) => expect((heights[index] ?? 0) - height).toBeGreaterThanOrEqual(0.3));
  }
});
