/** What the chart draws: outcomes stacked by bucket, and below them durations on the same time axis. */
import type { BarSeriesOption, LineSeriesOption } from 'echarts/charts';
import type { AriaComponentOption, GridComponentOption, TooltipComponentOption } from 'echarts/components';
import type { ComposeOption } from 'echarts/core';
import { count } from '@/lib/format';
import { STATES } from '@/lib/outcome';
import { duration } from '@/lib/time';
import type { Outcomes, State } from '@/lib/types';
import { STACK, totals } from './buckets';
import { DECALS } from './patterns';
import type { Span } from './window';

export type ChartOption = ComposeOption<BarSeriesOption | LineSeriesOption | GridComponentOption | TooltipComponentOption | AriaComponentOption>;

/** Something that happened, drawn as a vertical line: a deployment, a pause. */
export interface Mark {
  at: string;
  label: string;
}

export interface Colours {
  outcome: (state: State) => string;
  ink: string;
  soft: string;
  line: string;
  accent: string;
  surface: string;
}

interface Drawn {
  outcomes: Outcomes;
  hidden: readonly State[];
  picked: Span | null;
  marks: readonly Mark[];
  colours: Colours;
  tell: (ms: number) => HTMLElement | string;
}

export const LEFT = 52;
export const RIGHT = 14;
const TOP = { top: 26, height: 188 };
const BELOW = { top: 266, height: 96 };
export const HEIGHT = 392;

export function optionFor({ outcomes, hidden, picked, marks, colours, tell }: Drawn): ChartOption {
  const half = outcomes.bucket_s * 500;
  const middle = (at: string) => Date.parse(at) + half;
  const end = Date.parse(outcomes.buckets.at(-1)?.at ?? outcomes.start) + 2 * half;
  const time = { type: 'time' as const, min: Date.parse(outcomes.buckets[0]?.at ?? outcomes.start), max: Math.max(end, Date.parse(outcomes.end)) };
  const axis = {
    axisLine: { lineStyle: { color: colours.line } },
    axisTick: { show: false },
    axisLabel: { color: colours.soft, fontSize: 11, hideOverlap: true },
    splitLine: { show: false },
  };
  const value = (name: string, words: (value: number) => string) => ({
    type: 'value' as const,
    name,
    nameLocation: 'end' as const,
    nameGap: 10,
    nameTextStyle: { color: colours.soft, fontSize: 11, align: 'left' as const, padding: [0, 0, 0, -LEFT + 6] },
    axisLabel: { color: colours.soft, fontSize: 11, formatter: words },
    splitLine: { lineStyle: { color: colours.line, type: 'dashed' as const } },
    splitNumber: 3,
    min: 0,
  });
  return {
    animation: false,
    textStyle: { fontFamily: 'inherit', color: colours.ink },
    aria: { enabled: false },
    grid: [
      { left: LEFT, right: RIGHT, ...TOP },
      { left: LEFT, right: RIGHT, ...BELOW },
    ],
    xAxis: [
      { ...time, ...axis, axisLabel: { show: false } },
      { ...time, ...axis, gridIndex: 1, axisLabel: { ...axis.axisLabel, formatter: AXIS_WORDS } },
    ],
    yAxis: [
      { ...value('Executions', count), minInterval: 1 },
      { ...value('Duration', (seconds) => (seconds === 0 ? '0' : duration(seconds))), gridIndex: 1, splitNumber: 2 },
    ],
    axisPointer: {
      link: [{ xAxisIndex: 'all' }],
      lineStyle: { color: colours.soft, type: 'solid', width: 1 },
      label: { show: false },
    },
    tooltip: {
      trigger: 'axis',
      confine: true,
      transitionDuration: 0,
      padding: [9, 12],
      backgroundColor: colours.surface,
      borderColor: colours.line,
      textStyle: { color: colours.ink, fontSize: 12, fontFamily: 'inherit' },
      formatter: (points) => {
        const first = Array.isArray(points) ? points[0] : points;
        const at = Array.isArray(first?.value) ? Number(first.value[0]) : NaN;
        return tell(at);
      },
    },
    series: [
      ...bars(outcomes, hidden, middle, colours),
      durations(outcomes, 'p50', colours, middle),
      durations(outcomes, 'p95', colours, middle),
      ...[0, 1].map((grid) => backdrop(grid, picked, marks, colours, time)),
    ],
  };
}

const AXIS_WORDS = {
  year: '{yyyy}',
  month: '{d} {MMM}',
  day: '{d} {MMM}',
  hour: '{HH}:{mm}',
  minute: '{HH}:{mm}',
  second: '{HH}:{mm}:{ss}',
  millisecond: '{HH}:{mm}:{ss}',
};

function bars(outcomes: Outcomes, hidden: readonly State[], middle: (at: string) => number, colours: Colours): BarSeriesOption[] {
  const present = new Set(totals(outcomes).map(([state]) => state));
  return STACK.filter((state) => present.has(state) && !hidden.includes(state)).map((state) => ({
    type: 'bar',
    id: state,
    name: STATES[state].label,
    stack: 'outcomes',
    barCategoryGap: '18%',
    barMinHeight: 2,
    emphasis: { disabled: true },
    itemStyle: { color: colours.outcome(state), decal: decalOf(state, colours) },
    data: outcomes.buckets.map((bucket) => [middle(bucket.at), bucket.counts[state] ?? null]),
  }));
}

function decalOf(state: State, colours: Colours) {
  const decal = DECALS[state];
  return decal ? { ...decal, color: colours.surface } : undefined;
}

function durations(outcomes: Outcomes, which: 'p50' | 'p95', colours: Colours, middle: (at: string) => number): LineSeriesOption {
  const points = outcomes.buckets.map((bucket): [number, number | null] => [
    middle(bucket.at),
    which === 'p50' ? bucket.duration_p50_s : bucket.duration_p95_s,
  ]);
  // A lone point between buckets in which nothing ran has no line to show it.
  const sparse = points.some(([, value]) => value === null);
  return {
    type: 'line',
    id: which,
    name: which,
    xAxisIndex: 1,
    yAxisIndex: 1,
    symbol: which === 'p50' ? 'circle' : 'emptyDiamond',
    symbolSize: 5,
    showSymbol: sparse,
    emphasis: { disabled: true },
    lineStyle: { color: colours.accent, width: which === 'p50' ? 2 : 1.5, type: which === 'p50' ? 'solid' : [5, 4] },
    itemStyle: { color: colours.accent },
    data: points,
  };
}

/** Not data: the bucket that was picked, and what happened when, behind both charts. */
function backdrop(grid: number, picked: Span | null, marks: readonly Mark[], colours: Colours, { min, max }: { min: number; max: number }): LineSeriesOption {
  const inside = marks.filter(({ at }) => Date.parse(at) >= min && Date.parse(at) <= max);
  return {
    type: 'line',
    id: `backdrop-${grid}`,
    xAxisIndex: grid,
    yAxisIndex: grid,
    data: [],
    silent: true,
    tooltip: { show: false },
    markArea: {
      silent: true,
      itemStyle: { color: colours.accent, opacity: 0.13 },
      data: picked ? [[{ xAxis: Date.parse(picked.start) }, { xAxis: Date.parse(picked.end) }]] : [],
    },
    markLine: {
      silent: true,
      symbol: 'none',
      lineStyle: { color: colours.accent, type: [3, 3], width: 1 },
      label: { show: grid === 0, color: colours.soft, fontSize: 11, formatter: '{b}', position: 'end' },
      data: inside.map(({ at, label }) => ({ xAxis: Date.parse(at), name: label })),
    },
  };
}
