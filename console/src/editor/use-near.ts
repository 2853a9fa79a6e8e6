/** What of a chart is looked at. */
import { type ReactFlowState, useStore } from '@xyflow/react';
import { useMemo } from 'react';
import type { Placed } from '@/flow/layout';

const TILE = 800;

/** The part of a chart that is in view and some way around it; it changes only now and then while one moves about. Null when all of it is wanted. */
export function useNear(isWanted: boolean): Placed | null {
  const key = useStore(isWanted ? tilesInView : nothing);
  return useMemo(() => {
    if (key === null) return null;
    const [left = 0, top = 0, right = 0, bottom = 0] = key.split(' ').map((tile) => Number(tile) * TILE);
    return { x: left, y: top, width: right - left, height: bottom - top };
  }, [key]);
}

function tilesInView({ transform: [x, y, zoom], width, height }: ReactFlowState): string {
  const tile = (place: number) => Math.floor(place / zoom / TILE);
  return [tile(-x) - 1, tile(-y) - 1, tile(width - x) + 2, tile(height - y) + 2].join(' ');
}

const nothing = (): null => null;
