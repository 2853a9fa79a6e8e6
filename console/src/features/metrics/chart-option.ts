/** What the chart draws: outcomes stacked by bucket, and below them durations on the same time axis. */
import type { BarSeriesOption, LineSeriesOption } from 'echarts/charts';
import type { AriaComponentOption, GridComponentOption, TooltipComponentOption } from 'echarts/components';
import type { ComposeOption } from 'echarts/core';
import { count } from '@/lib/format';
import { STATES } from '@/lib/outcome';
import { duration } from '@/lib/time';
import type { Outcomes, State } from '@/lib/types';
import { STACK } from './buckets';
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
  font: string;
}

interface Drawn {
  outcomes: Outcomes;
  hidden: readonly State[];
  picked: Span | null;
  marks: readonly Mark[];
  colours: Colours;
  tell: (ms: number) => HTMLElement | string;
}

export const LEFT = 68;
export const RIGHT = 20; // half of the last label of the axis
const TOP = { top: 26, height: 188 };
const BELOW = { top: 266, height: 96 };
export const HEIGHT = 392;

export function optionFor({ outcomes, hidden, picked, marks, colours, tell }: Drawn): ChartOption {
  const half = outcomes.bucket_s * 500;
  const middle = (at: string) => Date.parse(at) + half;
  const end = Date.parse(outcomes.buckets.at(-1)?.at ?? outcomes.start) + 2 * half;
  // Both axes end where the buckets do; by itself the one with bars would be widened by half a bar.
  const time = { type: 'time' as const, containShape: false, min: Date.parse(outcomes.buckets[0]?.at ?? outcomes.start), max: Math.max(end, Date.parse(outcomes.end)) };
  const most = longest(outcomes);
  const step = stepFor(most);
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
    textStyle: { fontFamily: colours.font, color: colours.ink },
    aria: { enabled: false },
    grid: [
      // Both keep the same left edge, whatever their labels need.
      { left: LEFT, right: RIGHT, ...TOP, outerBoundsMode: 'none' },
      { left: LEFT, right: RIGHT, ...BELOW, outerBoundsMode: 'none' },
    ],
    xAxis: [
      { ...time, ...axis, axisLabel: { show: false } },
      { ...time, ...axis, gridIndex: 1, axisLabel: { ...axis.axisLabel, formatter: AXIS_WORDS } },
    ],
    yAxis: [
      { ...value('Executions', count), minInterval: 1 },
      { ...value('Duration', (seconds) => (seconds === 0 ? '0' : duration(seconds))), gridIndex: 1, interval: step, max: Math.ceil(most / step) * step },
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
      textStyle: { color: colours.ink, fontSize: 12, fontFamily: colours.font },
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
      ...[0, 1].map((grid) => overlay(grid, picked, marks, colours, time)),
    ],
  };
}

const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];

/** Between two lines of the axis for durations, in seconds: a number that people count in, and at most three of them. */
export const stepFor = (seconds: number): number => STEPS.find((step) => step * 3 >= seconds) ?? seconds / 3;

const longest = (outcomes: Outcomes): number => Math.max(0.02, ...outcomes.buckets.map((each) => each.duration_p95_s ?? 0));

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
  // Every state has its series, be it without data: a series that goes while a tooltip is open crashes the library.
  return STACK.map((state) => ({
    type: 'bar',
    id: state,
    name: STATES[state].label,
    stack: 'outcomes',
    barCategoryGap: '18%',
    barMinHeight: 2,
    emphasis: { disabled: true },
    itemStyle: { color: colours.outcome(state), decal: decalOf(state, colours) },
    data: hidden.includes(state) ? [] : outcomes.buckets.map((bucket) => [middle(bucket.at), bucket.counts[state] ?? null]),
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

/** Not data: the bucket that was picked, and what happened when, across both charts. */
function overlay(grid: number, picked: Span | null, marks: readonly Mark[], colours: Colours, { min, max }: { min: number; max: number }): LineSeriesOption {
  return {
    type: 'line',
    id: `overlay-${grid}`,
    xAxisIndex: grid,
    yAxisIndex: grid,
    data: [],
    silent: true,
    z: 10,
    tooltip: { show: false },
    markArea: {
      silent: true,
      itemStyle: { color: colours.accent, opacity: 0.22 },
      data: picked ? [[{ xAxis: Date.parse(picked.start) }, { xAxis: Date.parse(picked.end) }]] : [],
    },
    markLine: {
      silent: true,
      symbol: 'none',
      lineStyle: { color: colours.accent, type: [3, 3], width: 1 },
      label: { show: grid === 0, color: colours.soft, fontSize: 11, formatter: '{b}', position: 'end' },
      data: gathered(marks, min, max).map(({ ms, label }) => ({ xAxis: ms, name: label })),
    },
  };
}

/** The marks between `min` and `max`; those that are too close to be told apart share a line. */
export function gathered(marks: readonly Mark[], min: number, max: number): { ms: number; label: string }[] {
  const inside = marks
    .map(({ at, label }) => ({ ms: Date.parse(at), label }))
    .filter(({ ms }) => ms >= min && ms <= max)
    .sort((a, b) => a.ms - b.ms);
  const found: typeof inside = [];
  for (const mark of inside) {
    const last = found.at(-1);
    if (last && mark.ms - last.ms < (max - min) * 0.025) last.label += `, ${mark.label}`;
    else found.push({ ...mark });
  }
  return found;
}
