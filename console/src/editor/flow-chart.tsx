import '@xyflow/react/dist/base.css';
import { Background, Controls, type Edge, Panel, ReactFlow, type ReactFlowInstance, ReactFlowProvider, useReactFlow, ViewportPortal } from '@xyflow/react';
import { useCallback, useEffect, useEffectEvent, useMemo, useRef, useState } from 'react';
import { type Layout, layout, type PlacedStep } from '@/flow/layout';
import { type Drawn, idOf } from '@/flow/mapping';
import type { Chart, FlowNode } from '@/flow/model';
import type { Slot } from '@/flow/steps';
import { place as placeOf } from '@/flow/words';
import { isAsBefore, type StepBox, StepNode } from './flow-step';
import { Between } from './flow-ways';
import classes from './flow.module.css';
import type { Marks } from './marks';

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
  /** Why something that was typed into a step's form is not in the source, by the step's id. */
  refused: ReadonlyMap<string, string>;
  onSelect: (id: string) => void;
  /** The steps up to this one are wanted, too. */
  onExtend: (id: string) => void;
  onFold: (id: string) => void;
  /** Another chart is wanted. */
  onOpen: (name: string) => void;
  /** Something is to be put in; null where nothing is edited. */
  onInsert: ((slot: Slot) => void) | null;
  /** The form of the selected step is wanted; null where nothing is edited. */
  onForm: (() => void) | null;
  /** What can be done with what is chosen is asked for, at a place of the screen. */
  onMenu: ((at: { x: number; y: number }) => void) | null;
}

// Ways are drawn with the layout's own points.
const NO_EDGES: Edge[] = [];
const LEAST_ZOOM = 0.15;
/** A chart begins no smaller than this: its words can be read. */
const LEAST_READ = 0.7;
// So many steps are drawn at once, in view or not; of more, only those in view.
const MANY = 120;
const DOUBLE_CLICK_MS = 500;

/** A chart to move about in; for another one, another is made. */
export default function FlowChart(props: ChartProps) {
  return (
    <ReactFlowProvider>
      <Drawing {...props} />
    </ReactFlowProvider>
  );
}

function Drawing({ drawn, chart, title, selected, chosen, folded, marks, refused, onSelect, onExtend, onFold, onOpen, onInsert, onForm, onMenu }: ChartProps) {
  const made = useMemo(() => layout(chart.block, { title, isFolded: (node) => folded.has(idOf(drawn, node)) }), [chart, title, folded, drawn]);
  const ids = useMemo(() => made.steps.map((step) => idOf(drawn, step.node)), [made, drawn]);
  const isLong = made.steps.length > MANY;
  const isHere = selected !== null && ids.includes(selected);
  const tabStop = isHere ? selected : ids[0];
  const boxes = useMemo(
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
            refused: refused.get(id) ?? null,
            onSelect,
            onExtend,
            onFold,
            onOpen,
            onForm,
            onMenu,
          },
        };
      }),
    [made, ids, selected, tabStop, chosen, marks, refused, onSelect, onExtend, onFold, onOpen, onForm, onMenu],
  );
  const nodes = useAsBefore(boxes);
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
        onlyRenderVisibleElements={isLong}
        minZoom={LEAST_ZOOM}
        maxZoom={2}
        onInit={(instance) => begin(instance, place.current, made, made.steps[ids.indexOf(selected ?? '')])}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        elementsSelectable={false}
        deleteKeyCode={null}
        selectionKeyCode={null}
        multiSelectionKeyCode={null}
        disableKeyboardA11y
        zoomOnDoubleClick={false}
        panOnScroll
      >
        <ViewportPortal>
          <Between made={made} onInsert={onInsert} isLong={isLong} />
        </ViewportPortal>
        <Background gap={20} color="var(--line)" />
        <Controls showInteractive={false} />
        {made.steps.length === 0 && onInsert === null && <Panel position="top-center">There are no steps yet.</Panel>}
      </ReactFlow>
    </div>
  );
}

/** The same boxes, each as it was when nothing of it is another: what draws them then leaves it alone. */
function useAsBefore(boxes: readonly StepBox[]): StepBox[] {
  const [seen, setSeen] = useState({ boxes, kept: [...boxes] });
  if (seen.boxes === boxes) return seen.kept;
  const known = new Map(seen.kept.map((box) => [box.id, box]));
  const kept = boxes.map((box) => asKnown(box, known.get(box.id)));
  setSeen({ boxes, kept });
  return kept;
}

const asKnown = (box: StepBox, known: StepBox | undefined): StepBox => (known && known.position.x === box.position.x && known.position.y === box.position.y && isAsBefore(known, box) ? known : box);

/** Everything at a size that can be read, from the top; further down where the selected step is out of view. */
function begin(instance: Pick<ReactFlowInstance, 'setViewport'>, place: HTMLElement | null, made: Layout, step: PlacedStep | undefined): void {
  const all = [...made.steps, ...made.ends, ...made.frames];
  const left = Math.min(...all.map((box) => box.x));
  const right = Math.max(...all.map((box) => box.x + box.width));
  const width = place?.clientWidth ?? 0;
  const zoom = Math.min(1, Math.max(LEAST_READ, (width - 48) / (right - left)));
  const isAllSeen = (right - left) * zoom <= width;
  // Too wide a chart begins with its start in the middle.
  const middle = isAllSeen ? (left + right) / 2 : 0;
  const [x, y] = [width / 2 - middle * zoom, 20];
  const view = step && { x: within(x, step.x * zoom, step.width * zoom, width), y: within(y, step.y * zoom, step.height * zoom, place?.clientHeight ?? 0), zoom };
  void instance.setViewport(view ?? { x, y, zoom });
}

/** Brings the selected step into view when it is not in it. */
function useInView(place: React.RefObject<HTMLDivElement | null>, made: Layout, selected: string | null, ids: readonly string[]): void {
  const { getViewport, setViewport } = useReactFlow();
  const step = selected === null ? undefined : made.steps[ids.indexOf(selected)];
  const x = step?.x;
  const y = step?.y;
  const pressedAt = useRef(-Infinity);
  const show = useEffectEvent((isPressed: boolean) => {
    const box = place.current?.getBoundingClientRect();
    if (!step || !box || box.width === 0) return;
    const view = getViewport();
    // What is clicked stays where it is: the second half of a double click is for the same step.
    if (isPressed && isPartIn(view.x, step.x * view.zoom, step.width * view.zoom, box.width) && isPartIn(view.y, step.y * view.zoom, step.height * view.zoom, box.height)) return;
    const moved = {
      ...view,
      x: within(view.x, step.x * view.zoom, step.width * view.zoom, box.width),
      y: within(view.y, step.y * view.zoom, step.height * view.zoom, box.height),
    };
    if (moved.x !== view.x || moved.y !== view.y) void setViewport(moved);
  });
  // Only a step that is newly selected, or that has moved, is followed: not the reader who looks elsewhere.
  useEffect(() => show(performance.now() - pressedAt.current < DOUBLE_CLICK_MS), [selected, x, y]);
  useEffect(() => {
    const box = place.current;
    if (!box) return;
    const watching = new ResizeObserver(() => show(false));
    watching.observe(box);
    const press = () => {
      pressedAt.current = performance.now();
    };
    box.addEventListener('pointerdown', press, true);
    return () => {
      watching.disconnect();
      box.removeEventListener('pointerdown', press, true);
    };
  }, [place]);
}

const isPartIn = (shift: number, start: number, length: number, room: number): boolean => start + shift + length > 0 && start + shift < room;

/** How far to shift so that a stretch is in view, in the middle when it was not. */
function within(shift: number, start: number, length: number, room: number): number {
  const from = start + shift;
  return from >= 12 && from + length <= room - 12 ? shift : room / 2 - start - length / 2;
}

const KINDS = { step: StepNode };
