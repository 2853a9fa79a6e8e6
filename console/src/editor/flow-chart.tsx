import '@xyflow/react/dist/base.css';
import { Background, Controls, type Edge, type Node, type NodeProps, Panel, ReactFlow, type ReactFlowInstance, ReactFlowProvider, useReactFlow, ViewportPortal } from '@xyflow/react';
import { VisuallyHidden } from '@mantine/core';
import { IconCheck, IconDots, IconMinus, IconPlus, IconX } from '@tabler/icons-react';
import { memo, useCallback, useEffect, useMemo, useRef } from 'react';
import { type Layout, layout, type Link, type PlacedStep } from '@/flow/layout';
import { type Drawn, idOf } from '@/flow/mapping';
import { type Chart, type FlowNode, keyOf, opens } from '@/flow/model';
import type { Slot } from '@/flow/steps';
import { lineOf, place as placeOf, titleOf } from '@/flow/words';
import classes from './flow.module.css';
import type { Marks, StepMark } from './marks';
import { StepIcon } from './step-icon';

export interface ChartProps {
  drawn: Drawn;
  chart: Chart;
  title: string;
  selected: string | null;
  /** All that are chosen, when they are several. */
  chosen: ReadonlySet<string>;
  folded: ReadonlySet<string>;
  /** What the last run says about steps. */
  marks: Marks | null;
  onSelect: (id: string) => void;
  /** The steps up to this one are wanted, too. */
  onExtend: (id: string) => void;
  onFold: (id: string) => void;
  /** Another chart is wanted. */
  onOpen: (name: string) => void;
  /** Something is to be put in; null where nothing is edited. */
  onInsert: ((slot: Slot) => void) | null;
  /** What can be done with what is chosen is asked for, at a place of the screen. */
  onMenu: ((at: { x: number; y: number }) => void) | null;
}

interface StepData extends Record<string, unknown> {
  id: string;
  step: PlacedStep;
  /** Where it stands, for those who listen. */
  place: string;
  isSelected: boolean;
  /** The one step of the chart that Tab comes to. */
  isTabStop: boolean;
  isChosen: boolean;
  mark: StepMark | null;
  onSelect: (id: string) => void;
  onExtend: (id: string) => void;
  onFold: (id: string) => void;
  onOpen: (name: string) => void;
  onMenu: ChartProps['onMenu'];
}
type StepBox = Node<StepData, 'step'>;

// Ways are drawn with the layout's own points.
const NO_EDGES: Edge[] = [];
const LEAST_ZOOM = 0.15;
// So many steps are drawn at once, in view or not; of more, only those in view.
const MANY = 120;

/** A chart to move about in; for another one, another is made. */
export default function FlowChart(props: ChartProps) {
  return (
    <ReactFlowProvider>
      <Drawing {...props} />
    </ReactFlowProvider>
  );
}

function Drawing({ drawn, chart, title, selected, chosen, folded, marks, onSelect, onExtend, onFold, onOpen, onInsert, onMenu }: ChartProps) {
  const made = useMemo(() => layout(chart.block, { title, isFolded: (node) => folded.has(idOf(drawn, node)) }), [chart, title, folded, drawn]);
  const ids = useMemo(() => made.steps.map((step) => idOf(drawn, step.node)), [made, drawn]);
  const isHere = selected !== null && ids.includes(selected);
  const tabStop = isHere ? selected : ids[0];
  const nodes = useMemo(
    () =>
      made.steps.map((step, index): StepBox => {
        const id = ids[index] ?? '';
        return {
          id,
          type: 'step',
          position: { x: step.x, y: step.y },
          width: step.width,
          height: step.height,
          measured: { width: step.width, height: step.height },
          data: {
            id,
            step,
            place: placeOf(step.node, { step: index + 1, of: ids.length, depth: step.depth }),
            isSelected: id === selected,
            isTabStop: id === tabStop,
            isChosen: chosen.has(id),
            mark: marks?.get(id) ?? null,
            onSelect,
            onExtend,
            onFold,
            onOpen,
            onMenu,
          },
        };
      }),
    [made, ids, selected, tabStop, chosen, marks, onSelect, onExtend, onFold, onOpen, onMenu],
  );
  const place = useRef<HTMLDivElement>(null);
  const focus = useCallback(
    (id: string | undefined) => {
      if (id === undefined) return;
      const find = () => place.current?.querySelector<HTMLElement>(`[data-step="${CSS.escape(id)}"]`);
      const found = find();
      if (found) return found.focus();
      // It is not in view, and therefore not drawn yet.
      onSelect(id);
      window.requestAnimationFrame(() => window.requestAnimationFrame(() => find()?.focus()));
    },
    [onSelect],
  );
  useInView(place, made, isHere ? selected : null, ids);

  const onKeyDown = (event: React.KeyboardEvent) => {
    const id = (event.target as HTMLElement).dataset['step'];
    const index = id === undefined ? -1 : ids.indexOf(id);
    const step = made.steps[index];
    if (id === undefined || !step || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const beside = (node: FlowNode | null) => (node ? idOf(drawn, node) : undefined);
    const go: Record<string, () => void> = {
      ArrowDown: () => focus(ids[index + 1]),
      ArrowUp: () => focus(ids[index - 1]),
      ArrowLeft: () => focus(beside(step.beside[0])),
      ArrowRight: () => focus(beside(step.beside[1])),
      Home: () => focus(ids[0]),
      End: () => focus(ids.at(-1)),
    };
    const action = go[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };

  return (
    <div ref={place} className={classes['chart']} role="group" aria-label={`Flow of ${title}`} onKeyDown={onKeyDown}>
      <ReactFlow
        nodes={nodes}
        edges={NO_EDGES}
        nodeTypes={KINDS}
        onlyRenderVisibleElements={made.steps.length > MANY}
        minZoom={LEAST_ZOOM}
        maxZoom={2}
        onInit={(instance) => begin(instance, place.current, made)}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        elementsSelectable={false}
        deleteKeyCode={null}
        selectionKeyCode={null}
        multiSelectionKeyCode={null}
        disableKeyboardA11y
        panOnScroll
      >
        <ViewportPortal>
          <Ways made={made} />
          {onInsert && <Pluses made={made} onInsert={onInsert} isTabStop={made.steps.length === 0} />}
        </ViewportPortal>
        <Background gap={20} color="var(--line)" />
        <Controls showInteractive={false} />
        {made.steps.length === 0 && onInsert === null && <Panel position="top-center">There are no steps yet.</Panel>}
      </ReactFlow>
    </div>
  );
}

/** Everything at a size that can be read, from the top. */
function begin(instance: Pick<ReactFlowInstance, 'setViewport'>, place: HTMLElement | null, made: Layout): void {
  const all = [...made.steps, ...made.ends, ...made.frames];
  const left = Math.min(...all.map((box) => box.x));
  const right = Math.max(...all.map((box) => box.x + box.width));
  const width = place?.clientWidth ?? 0;
  const zoom = Math.min(1, Math.max(0.55, (width - 48) / (right - left)));
  const isAllSeen = (right - left) * zoom <= width;
  // Too wide a chart begins with its start in the middle.
  const middle = isAllSeen ? (left + right) / 2 : 0;
  void instance.setViewport({ x: width / 2 - middle * zoom, y: 20, zoom });
}

/** Brings the selected step into view when it is not in it. */
function useInView(place: React.RefObject<HTMLDivElement | null>, made: Layout, selected: string | null, ids: readonly string[]): void {
  const { getViewport, setViewport } = useReactFlow();
  const step = selected === null ? undefined : made.steps[ids.indexOf(selected)];
  const x = step?.x;
  const y = step?.y;
  useEffect(() => {
    const box = place.current?.getBoundingClientRect();
    if (x === undefined || y === undefined || !step || !box || box.width === 0) return;
    const view = getViewport();
    const moved = {
      ...view,
      x: within(view.x, x * view.zoom, step.width * view.zoom, box.width),
      y: within(view.y, y * view.zoom, step.height * view.zoom, box.height),
    };
    if (moved.x !== view.x || moved.y !== view.y) void setViewport(moved);
    // Only a step that is newly selected, or that has moved, is followed: not the reader who looks elsewhere.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [selected, x, y]);
}

/** How far to shift so that a stretch is in view, in the middle when it was not. */
function within(shift: number, start: number, length: number, room: number): number {
  const from = start + shift;
  return from >= 12 && from + length <= room - 12 ? shift : room / 2 - start - length / 2;
}

function Step({ data }: NodeProps<StepBox>) {
  const { id, step, isSelected, mark, onMenu } = data;
  const { node } = step;
  const opened = opens(node);
  const canFold = node.branches.length > 0 && opened === null;
  const line = lineOf(node);
  return (
    <div
      className={classes['step']}
      data-kind={node.kind}
      data-chosen={data.isChosen || undefined}
      data-selected={isSelected || undefined}
      data-wrong={Boolean(node.problem) || undefined}
      data-off={node.is_off || undefined}
      data-run={mark?.state}
      data-stale={mark?.isStale || undefined}
      onContextMenu={(event) => {
        if (!onMenu) return;
        event.preventDefault();
        if (!data.isChosen) data.onSelect(id);
        onMenu({ x: event.clientX, y: event.clientY });
      }}
    >
      <button
        type="button"
        className={`${classes['step-main'] ?? ''} nopan`}
        data-step={id}
        tabIndex={data.isTabStop ? 0 : -1}
        aria-current={isSelected ? 'step' : undefined}
        title={node.problem ?? (node.note ? `${node.note.text}\n${node.label}` : node.label)}
        // The focus comes before the click, and would choose this one alone.
        onMouseDown={(event) => {
          if (!event.shiftKey) return;
          event.preventDefault();
          data.onExtend(id);
        }}
        onClick={(event) => !event.shiftKey && data.onSelect(id)}
        onFocus={() => data.onSelect(id)}
        onDoubleClick={() => opened !== null && data.onOpen(opened)}
      >
        <StepIcon kind={node.kind} />
        <span className={classes['words']}>
          <span className={classes['title']}>
            {titleOf(node)}
            {node.problem && ' · not Python yet'}
          </span>{' '}
          {line && <span className={classes['line']}>{line}</span>}
        </span>
        <VisuallyHidden>
          . {data.place}
          {mark && `. ${mark.words}`}
          {data.isChosen && '. Chosen'}
        </VisuallyHidden>
        {mark && <RunMark mark={mark} />}
      </button>
      {opened !== null && (
        <button type="button" className={`${classes['fold'] ?? ''} nopan`} tabIndex={-1} onClick={() => data.onOpen(opened)}>
          Open
        </button>
      )}
      {canFold && (
        <button type="button" className={`${classes['fold'] ?? ''} nopan`} tabIndex={-1} aria-label={step.isFolded ? `Unfold ${line || node.label}` : `Fold ${line || node.label}`} onClick={() => data.onFold(id)}>
          <span aria-hidden>{step.isFolded ? '+' : '−'}</span>
        </button>
      )}
      {onMenu && (
        <button
          type="button"
          className={`${classes['more'] ?? ''} nopan`}
          tabIndex={-1}
          aria-label={`What can be done with ${titleOf(node)} ${line}`.trim()}
          onClick={(event) => {
            const { left, bottom } = event.currentTarget.getBoundingClientRect();
            data.onSelect(id);
            onMenu({ x: left, y: bottom });
          }}
        >
          <IconDots size={15} aria-hidden />
        </button>
      )}
    </div>
  );
}

const KINDS = {
  // Typing changes few steps: all others stay as they are.
  step: memo(Step, ({ data: before }, { data: now }) => looks(before) === looks(now) && before.onSelect === now.onSelect && before.onFold === now.onFold && before.onOpen === now.onOpen && before.onExtend === now.onExtend && before.onMenu === now.onMenu && before.mark === now.mark),
};

const looks = ({ id, step: { node, isFolded }, place, isSelected, isTabStop, isChosen }: StepData): string =>
  [id, node.kind, node.label, titleOf(node), lineOf(node), node.problem, node.note?.text, node.is_off, opens(node), node.branches.length > 0, isFolded, place, isSelected, isTabStop, isChosen].join('\n');

/** What the last run says, at the end of a step's line. */
function RunMark({ mark }: { mark: StepMark }) {
  const Shown = { ran: IconCheck, failed: IconX, 'not run': IconMinus }[mark.state];
  return (
    <span className={classes['run']} title={mark.words} aria-hidden>
      <Shown size={13} stroke={2.2} />
      {mark.short}
    </span>
  );
}

interface PlusesProps {
  made: Layout;
  onInsert: (slot: Slot) => void;
  /** Without a step to come from, Tab comes to them. */
  isTabStop: boolean;
}

/** A plus wherever a step can be put in. By keyboard, `+` on a step does the same. */
function Pluses({ made, onInsert, isTabStop }: PlusesProps) {
  return (
    <div className={classes['ways']}>
      {made.links.map(({ slot, slotAt }, index) =>
        slot ? (
          <button
            key={index}
            type="button"
            className={`${classes['plus'] ?? ''} nopan`}
            style={{ left: slotAt.x, top: slotAt.y }}
            tabIndex={isTabStop ? 0 : -1}
            aria-label={nameOf(made, slot)}
            onClick={() => onInsert(slot)}
          >
            <IconPlus size={12} stroke={2.4} aria-hidden />
          </button>
        ) : null,
      )}
    </div>
  );
}

/** The plus of a place, as it is called: by the step that it is above. */
function nameOf(made: Layout, { block, index }: Slot): string {
  const key = keyOf([...block, index]);
  const next = made.steps.find((step) => keyOf(step.node.path) === key)?.node;
  return next ? `Insert above ${titleOf(next)} ${lineOf(next)}`.trim() : 'Insert at the end';
}

/** What is drawn between and around steps; their order is read from the steps themselves. */
function Ways({ made }: { made: Layout }) {
  return (
    <div aria-hidden className={classes['ways']}>
      <svg width="1" height="1">
        <defs>
          <marker id="flow-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0 0.5 L7 4 L0 7.5 z" />
          </marker>
        </defs>
        {made.frames.map((frame) => (
          <rect key={`${frame.x} ${frame.y}`} className={classes['frame']} rx={8} x={frame.x} y={frame.y} width={frame.width} height={frame.height} />
        ))}
        {made.links.map((link, index) => (
          <path key={index} d={rounded(link)} {...(link.hasArrow && { markerEnd: 'url(#flow-arrow)' })} />
        ))}
        {made.dots.map((dot) => (
          <circle key={`${dot.x} ${dot.y}`} className={classes['dot']} cx={dot.x} cy={dot.y} r={4} />
        ))}
      </svg>
      {made.links.map((link, index) => link.label && <span key={index} className={classes['way']} style={{ left: link.labelAt.x, top: link.labelAt.y }}>{link.label}</span>)}
      {made.ends.map((end, index) => (
        <span key={index} className={classes['end']} style={{ left: end.x, top: end.y, width: end.width, height: end.height }}>
          {end.label}
        </span>
      ))}
    </div>
  );
}

const CORNER = 6;

/** A way with round corners; its parts are level or upright. */
function rounded({ points }: Link): string {
  return points
    .map((point, index) => {
      const before = points[index - 1];
      const after = points[index + 1];
      if (!before) return `M${point.x} ${point.y}`;
      if (!after) return `L${point.x} ${point.y}`;
      const turn = (other: typeof point) => {
        const dx = Math.sign(other.x - point.x) * Math.min(CORNER, Math.abs(other.x - point.x) / 2);
        const dy = Math.sign(other.y - point.y) * Math.min(CORNER, Math.abs(other.y - point.y) / 2);
        return `${point.x + dx} ${point.y + dy}`;
      };
      return `L${turn(before)} Q${point.x} ${point.y} ${turn(after)}`;
    })
    .join(' ');
}
