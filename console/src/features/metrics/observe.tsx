import { Button, SegmentedControl, Select, Skeleton } from '@mantine/core';
import { IconChartHistogram, IconZoomReset } from '@tabler/icons-react';
import { lazy, Suspense } from 'react';
import type { Environment, Outcomes } from '@/lib/types';
import { Panel } from '@/ui/page';
import { Async, Empty } from '@/ui/states';
import { type Scope, useOutcomes } from './api';
import { spanInZone, totals } from './buckets';
import { BucketsTable } from './buckets-table';
import type { Mark } from './chart-option';
import { Legend } from './legend';
import type { useObserveAddress } from './observe-address';
import classes from './observe.module.css';
import { isRange, RANGE_WORDS, type Span } from './window';

// The charting library is the largest thing that the console loads, and only this page needs it.
const OutcomesChart = lazy(() => import('./outcomes-chart'));

type Address = ReturnType<typeof useObserveAddress>;

const RANGE_OPTIONS = Object.entries(RANGE_WORDS).map(([value, label]) => ({ value, label }));

/** Which environment, and which span of time. */
export function ObserveControls({ address: [shown, change], environments }: { address: Address; environments: readonly Environment[] }) {
  return (
    <>
      <Select
        size="xs"
        aria-label="Environment"
        w={160}
        data={[{ value: '', label: 'All environments' }, ...environments.map(({ slug, name }) => ({ value: slug, label: name }))]}
        value={shown.environment ?? ''}
        onChange={(value) => change({ environment: value || null })}
        allowDeselect={false}
      />
      <SegmentedControl
        size="xs"
        aria-label="Time range"
        data={RANGE_OPTIONS}
        value={shown.zoom ? '' : shown.range}
        onChange={(value) => isRange(value) && change({ range: value })}
      />
    </>
  );
}

interface ObserveChartProps {
  address: Address;
  scope: Scope;
  marks: readonly Mark[];
  /** What to do where nothing was due for as long as can be shown. */
  emptyAction: React.ReactNode;
}

/** The chart with its legend, or its numbers as a table. */
export function ObserveChart({ address: [shown, change], scope, marks, emptyAction }: ObserveChartProps) {
  const longest = shown.range === '30d' && shown.zoom === null;
  const query = useOutcomes(scope, shown.window);
  const pick = (span: Span) => change({ bucket: shown.bucket?.start === span.start ? null : span });
  return (
    <Panel>
      <Async query={query} loading={<Skeleton height={430} radius="sm" />} failed="The measurements could not be loaded.">
        {(outcomes) =>
          totals(outcomes).length === 0 ? (
            <Empty
              icon={<IconChartHistogram size={28} stroke={1.5} />}
              title="Nothing was due in this time"
              action={
                shown.zoom ? (
                  <Button onClick={() => change({ zoom: null })}>Zoom out</Button>
                ) : longest ? (
                  emptyAction
                ) : (
                  <Button onClick={() => change({ range: '30d' })}>Show the last 30 days</Button>
                )
              }
            >
              {longest ? 'A chart grows here with the first executions.' : 'Choose a longer range, or another environment.'}
            </Empty>
          ) : (
            <div className={classes['body']} data-stale={query.isPlaceholderData || undefined}>
              <div className={classes['head']}>
                <Legend outcomes={outcomes} hidden={shown.hidden} onHide={(hidden) => change({ hidden })} />
                <div className={classes['tools']}>
                  {shown.zoom && (
                    <Button variant="default" leftSection={<IconZoomReset size={14} aria-hidden />} onClick={() => change({ zoom: null })}>
                      {spanInZone(shown.zoom)}: zoom out
                    </Button>
                  )}
                  <SegmentedControl
                    size="xs"
                    aria-label="Shown as"
                    data={[
                      { value: 'chart', label: 'Chart' },
                      { value: 'table', label: 'Table' },
                    ]}
                    value={shown.view}
                    onChange={(view) => change({ view: view === 'table' ? 'table' : 'chart' })}
                  />
                </div>
              </div>
              {shown.view === 'table' ? (
                <BucketsTable outcomes={outcomes} hidden={shown.hidden} picked={shown.bucket} onPick={pick} />
              ) : (
                <Suspense fallback={<Skeleton height={392} radius="sm" />}>
                  <OutcomesChart
                    outcomes={outcomes}
                    hidden={shown.hidden}
                    picked={shown.bucket}
                    marks={marks}
                    onZoom={(zoom) => change({ zoom })}
                    onPick={pick}
                    label={labelOf(outcomes)}
                  />
                </Suspense>
              )}
            </div>
          )
        }
      </Async>
    </Panel>
  );
}

function labelOf(outcomes: Outcomes): string {
  const counts = totals(outcomes).map(([state, total]) => `${total} ${state.replace('_', ' ')}`);
  return `Executions by outcome and their durations over time: ${counts.join(', ')}. The same numbers are in the table.`;
}
