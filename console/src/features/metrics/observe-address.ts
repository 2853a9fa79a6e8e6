/** What the Observe page shows, kept in the address: the window, the bucket that was picked, the outcomes left out. */
import { useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { STATES } from '@/lib/outcome';
import type { State } from '@/lib/types';
import { isRange, parseSpan, type Range, type Span, type TimeWindow, writeSpan } from './window';

const DEFAULT_RANGE: Range = '24h';

interface Change {
  range?: Range;
  /** What was dragged over; null goes back to the range. */
  zoom?: Span | null;
  bucket?: Span | null;
  hidden?: readonly State[];
  view?: 'chart' | 'table';
  environment?: string | null;
}

export function useObserveAddress() {
  const [search, setSearch] = useSearchParams();
  const shown = useMemo(() => {
    const asked = search.get('range');
    const range = isRange(asked) ? asked : DEFAULT_RANGE;
    const zoom = parseSpan(search.get('zoom'));
    const window: TimeWindow = zoom ?? { range };
    return {
      range,
      zoom,
      window,
      bucket: parseSpan(search.get('bucket')),
      hidden: search.getAll('hide').filter((text): text is State => Object.hasOwn(STATES, text)),
      view: search.get('view') === 'table' ? ('table' as const) : ('chart' as const),
      environment: search.get('environment') || null,
    };
  }, [search]);

  const change = (to: Change) =>
    setSearch((present) => written(present, to), { replace: to.zoom === undefined && to.range === undefined, preventScrollReset: true });
  return [shown, change] as const;
}

function written(present: URLSearchParams, to: Change): URLSearchParams {
  const search = new URLSearchParams(present);
  const put = (name: string, value: string | null | undefined) => (value ? search.set(name, value) : search.delete(name));
  // Another window has other buckets.
  if (to.range || to.zoom !== undefined) search.delete('bucket');
  if (to.range) {
    put('range', to.range);
    search.delete('zoom');
  }
  if (to.zoom !== undefined) put('zoom', to.zoom && writeSpan(to.zoom));
  if (to.bucket !== undefined) put('bucket', to.bucket && writeSpan(to.bucket));
  if (to.environment !== undefined) put('environment', to.environment);
  if (to.view) put('view', to.view === 'table' ? 'table' : null);
  if (to.hidden) {
    search.delete('hide');
    to.hidden.forEach((state) => search.append('hide', state));
  }
  return search;
}
