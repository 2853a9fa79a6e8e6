import { useComputedColorScheme } from '@mantine/core';
import { BarChart, LineChart } from 'echarts/charts';
import { AriaComponent, GridComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent } from 'echarts/components';
import { type EChartsType, init, use as register } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { useEffect, useRef, useState } from 'react';
import { count } from '@/lib/format';
import { STATES } from '@/lib/outcome';
import { duration } from '@/lib/time';
import type { Outcomes, State } from '@/lib/types';
import { bucketAt, snapped, spanInZone, spanOf, STACK } from './buckets';
import classes from './outcomes-chart.module.css';
import { type Colours, HEIGHT, LEFT, type Mark, optionFor, RIGHT } from './chart-option';
import type { Span } from './window';

register([BarChart, LineChart, GridComponent, TooltipComponent, AriaComponent, MarkAreaComponent, MarkLineComponent, SVGRenderer]);

interface OutcomesChartProps {
  outcomes: Outcomes;
  hidden: readonly State[];
  picked: Span | null;
  marks: readonly Mark[];
  /** A span was dragged over. */
  onZoom: (span: Span) => void;
  /** A bucket was clicked. */
  onPick: (span: Span) => void;
  /** What the chart shows, for those who cannot see it. */
  label: string;
}

/** Executions by outcome over time, and how long they took. Drag to zoom, click a bucket to pick it. */
export default function OutcomesChart({ outcomes, hidden, picked, marks, onZoom, onPick, label }: OutcomesChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<EChartsType | null>(null);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const scheme = useComputedColorScheme('light');

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    let made: EChartsType | null = null;
    // Only once it has a size: a chart without one cannot be laid out.
    const observer = new ResizeObserver(() => {
      if (element.clientWidth === 0) return;
      if (made) return made.resize();
      made = init(element, null, { renderer: 'svg' });
      setChart(made);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made?.dispose();
      setChart(null);
    };
  }, []);

  useEffect(() => {
    if (!chart || chart.isDisposed()) return;
    const tell = (ms: number) => about(ms, outcomes);
    // The scheme decides what the colours resolve to.
    const option = optionFor({ outcomes, hidden, picked, marks, colours: coloursOf(scheme), tell });
    chart.setOption(option);
  }, [chart, outcomes, hidden, picked, marks, scheme]);

  const within = (event: React.PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.min(box.width - RIGHT, Math.max(LEFT, event.clientX - box.left));
  };
  const instant = (x: number) => Number(chart?.convertFromPixel({ xAxisIndex: 0 }, x) ?? NaN);
  const begin = (event: React.PointerEvent) => {
    // A finger scrolls the page; zooming is what the ranges are for.
    if (event.button !== 0 || event.pointerType === 'touch') return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag({ from: within(event), to: within(event) });
  };
  const release = (event: React.PointerEvent) => {
    const [from, to] = [drag?.from ?? within(event), within(event)];
    setDrag(null);
    if (Math.abs(to - from) < 5) {
      const bucket = bucketAt(instant(to), outcomes);
      if (bucket) onPick(spanOf(bucket, outcomes));
      return;
    }
    const span = snapped(instant(from), instant(to), outcomes);
    if (span) onZoom(span);
  };
  return (
    <div
      className={classes['chart']}
      style={{ height: HEIGHT }}
      onPointerDown={begin}
      onPointerMove={(event) => drag && setDrag({ ...drag, to: within(event) })}
      onPointerUp={release}
      onPointerCancel={() => setDrag(null)}
    >
      <div ref={place} className={classes['canvas']} role="img" aria-label={label} />
      {drag && Math.abs(drag.to - drag.from) >= 5 && (
        <div className={classes['drag']} style={{ left: Math.min(drag.from, drag.to), width: Math.abs(drag.to - drag.from) }} />
      )}
    </div>
  );
}

/** The tooltip of the bucket at this instant. */
function about(ms: number, outcomes: Outcomes): HTMLElement | string {
  const bucket = bucketAt(ms, outcomes);
  if (!bucket) return '';
  const box = document.createElement('div');
  box.className = classes['about'] ?? '';
  const line = (kind: string, name: string, value: string, state?: State) => {
    const row = box.appendChild(document.createElement('div'));
    row.className = classes[kind] ?? '';
    const mark = row.appendChild(document.createElement('span'));
    if (state) {
      mark.className = `${classes['swatch'] ?? ''}`;
      mark.dataset['state'] = state;
      mark.style.setProperty('--colour', STATES[state].colour);
    }
    row.appendChild(document.createElement('span')).textContent = name;
    row.appendChild(document.createElement('b')).textContent = value;
  };
  box.appendChild(document.createElement('strong')).textContent = spanInZone(spanOf(bucket, outcomes));
  const present = STACK.filter((state) => (bucket.counts[state] ?? 0) > 0);
  present.toReversed().forEach((state) => line('row', STATES[state].label, count(bucket.counts[state] ?? 0), state));
  if (present.length === 0) line('row', 'Nothing was due', '');
  if (bucket.duration_p50_s !== null) line('rule', 'Duration p50', duration(bucket.duration_p50_s));
  if (bucket.duration_p95_s !== null) line('row', 'Duration p95', duration(bucket.duration_p95_s));
  return box;
}

/** The present colours, resolved: what draws cannot read CSS variables. */
function coloursOf(_scheme: 'light' | 'dark'): Colours {
  const style = getComputedStyle(document.documentElement);
  const resolve = (name: string) => style.getPropertyValue(name).trim();
  return {
    outcome: (state) => resolve(STATES[state].colour.slice(4, -1)),
    ink: resolve('--ink'),
    soft: resolve('--ink-soft'),
    line: resolve('--line'),
    accent: resolve('--accent-ink'),
    surface: resolve('--surface-raised'),
    font: getComputedStyle(document.body).fontFamily,
  };
}
