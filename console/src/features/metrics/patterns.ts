/** A pattern for each outcome, so that colour is never alone; the legend's swatches show the same. */
import type { State } from '@/lib/types';

interface Decal {
  symbol: 'rect' | 'circle';
  symbolSize: number;
  dashArrayX: number[] | number[][];
  dashArrayY: number[];
  rotation: number;
}

const lines = (on: number, off: number, rotation: number): Decal => ({
  symbol: 'rect',
  symbolSize: 1,
  dashArrayX: [1, 0],
  dashArrayY: [on, off],
  rotation,
});

/** What went well is plain. */
export const DECALS: Readonly<Partial<Record<State, Decal>>> = {
  failed: lines(2, 5, -Math.PI / 4),
  timed_out: lines(2, 3, 0),
  lost: { symbol: 'circle', symbolSize: 0.7, dashArrayX: [[5, 5], [0, 5, 5, 0]], dashArrayY: [5, 0], rotation: 0 },
  cancelled: lines(1, 3, Math.PI / 4),
  skipped: lines(2, 4, Math.PI / 2),
  missed: { symbol: 'rect', symbolSize: 0.6, dashArrayX: [[4, 4], [0, 4, 4, 0]], dashArrayY: [4, 0], rotation: 0 },
  queued: { symbol: 'circle', symbolSize: 0.4, dashArrayX: [4, 4], dashArrayY: [4, 4], rotation: 0 },
  started: lines(3, 3, -Math.PI / 4),
};
