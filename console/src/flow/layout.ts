/** Where the steps of a chart stand: a flow is a tree, so sizes go up, places come down, and nothing ever crosses. */
import type { Block, Branch, FlowNode, Path } from './model';
import type { Slot } from './steps';
import { branchLine } from './words';

export const STEP = { width: 244, height: 50 };
const END = { width: 88, height: 28 };
const LETTER = 7; // the width of one in an end, roughly
const GAP = 34; // between steps: room for an arrow and what is put in there
const ASIDE = 32; // between branches
const PAD = 16; // inside of a frame
const HEAD = 62; // from a step to its branches: room for their words
const TAIL = 30; // from branches to where they meet again
const EMPTY = 150; // the width of a branch without steps
const DOT = 8;
// How far below a step its branches part, their words stand, and the first step can be put in.
const TURN = 14;
const WORDS = 29;
const PLUS = 48;

export interface Point {
  x: number;
  y: number;
}

export interface Placed {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface PlacedStep extends Placed {
  node: FlowNode;
  /** How many steps are around it. */
  depth: number;
  isFolded: boolean;
  /** The first steps of the branches beside its own, left and right, if any. */
  beside: readonly [FlowNode | null, FlowNode | null];
}

export interface Link {
  points: readonly Point[];
  label: string;
  /** The middle of the label. */
  labelAt: Point;
  /** Null on the way past a branch that is not there. */
  slot: Slot | null;
  slotAt: Point;
  hasArrow: boolean;
}

export interface Layout {
  /** In order of the source. */
  steps: readonly PlacedStep[];
  frames: readonly Placed[];
  dots: readonly Point[];
  ends: readonly (Placed & { label: string })[];
  links: readonly Link[];
}

export interface Wish {
  title: string;
  /** Whether a step's branches are hidden. */
  isFolded: (node: FlowNode) => boolean;
}

interface Size {
  width: number;
  height: number;
}

interface Sized extends Size {
  node: FlowNode;
  columns: readonly Column[];
  isFramed: boolean;
}

interface Column extends Size {
  label: string;
  /** Null for the way past an if that has no else. */
  branch: Branch | null;
  steps: readonly Sized[];
}

const FRAMED: ReadonlySet<string> = new Set(['foreach', 'while', 'with', 'class', 'config', 'try']);
const LEAVES: ReadonlySet<string> = new Set(['return', 'raise', 'break', 'continue']);

/** What of a block is drawn: all but the words about it, which the page shows elsewhere. */
export const shown = (block: Block): FlowNode[] => block.nodes.filter((node) => node.kind !== 'doc');

export function layout(block: Block, wish: Wish): Layout {
  const steps = shown(block).map((node) => sized(node, wish));
  const drawing = new Drawing();
  drawing.ends.push(ended(wish.title, 0));
  const out = drawing.place(steps, block.path, indexes(block), { x: 0, y: END.height }, { x: 0, y: END.height + GAP }, '', 0);
  if (out) {
    const y = END.height + GAP + heightOf(steps) + (steps.length > 0 ? GAP : 0);
    drawing.link([out, { x: 0, y }], '', { block: block.path, index: block.nodes.length });
    drawing.ends.push(ended('End', y));
  }
  return drawing;
}

/** Where a chart begins or ends: as wide as its words, and no wider than a step. */
function ended(label: string, y: number): Placed & { label: string } {
  const width = Math.min(STEP.width, Math.max(END.width, label.length * LETTER + END.height));
  return { x: -width / 2, y, width, height: END.height, label };
}

/** All but the steps of a layout. */
export type Ways = Omit<Layout, 'steps'>;

/** Whether two layouts have the same ways: most of what is typed moves nothing. */
export function areSameWays(one: Ways, other: Ways): boolean {
  const same = <T>(some: readonly T[], others: readonly T[], is: (one: T, other: T) => boolean) => some.length === others.length && some.every((each, index) => is(each, others[index] as T));
  const samePoint = (a: Point, b: Point) => a.x === b.x && a.y === b.y;
  const sameBox = (a: Placed, b: Placed) => samePoint(a, b) && a.width === b.width && a.height === b.height;
  const sameSlot = (a: Slot | null, b: Slot | null) => a === b || (a !== null && b !== null && a.index === b.index && same(a.block, b.block, Object.is));
  return (
    one === other ||
    (same(one.links, other.links, (a, b) => a.label === b.label && a.hasArrow === b.hasArrow && samePoint(a.slotAt, b.slotAt) && samePoint(a.labelAt, b.labelAt) && sameSlot(a.slot, b.slot) && same(a.points, b.points, samePoint)) &&
      same(one.frames, other.frames, sameBox) &&
      same(one.dots, other.dots, samePoint) &&
      same(one.ends, other.ends, (a, b) => a.label === b.label && sameBox(a, b)))
  );
}

/** What of a layout's ways is in a part of it, in whole or not. */
export function waysIn(made: Ways, { x, y, width, height }: Placed): Ways {
  const isIn = (left: number, top: number, right: number, bottom: number) => right >= x && left <= x + width && bottom >= y && top <= y + height;
  const isBoxIn = (box: Placed) => isIn(box.x, box.y, box.x + box.width, box.y + box.height);
  return {
    frames: made.frames.filter(isBoxIn),
    dots: made.dots.filter((dot) => isIn(dot.x, dot.y, dot.x, dot.y)),
    ends: made.ends.filter(isBoxIn),
    links: made.links.filter(({ points }) => {
      const [across, down] = [points.map((point) => point.x), points.map((point) => point.y)];
      return isIn(Math.min(...across), Math.min(...down), Math.max(...across), Math.max(...down));
    }),
  };
}

function sized(node: FlowNode, wish: Wish): Sized {
  const isFramed = FRAMED.has(node.kind);
  if (node.kind === 'function' || node.branches.length === 0 || wish.isFolded(node)) return { ...STEP, node, columns: [], isFramed: false };
  const columns = node.branches.map((branch): Column => {
    const steps = shown(branch.body).map((each) => sized(each, wish));
    return { label: branchLine(node, branch), branch, steps, width: Math.max(EMPTY, ...steps.map((each) => each.width)), height: heightOf(steps) };
  });
  if (canPass(node)) columns.push({ label: 'else', branch: null, steps: [], width: EMPTY, height: 0 });
  const width = widthOf(columns) + (isFramed ? 2 * PAD : 0);
  const height = STEP.height + HEAD + Math.max(...columns.map((each) => each.height)) + TAIL + (isFramed ? PAD : 0);
  return { width: Math.max(STEP.width + (isFramed ? 2 * PAD : 0), width), height, node, columns, isFramed };
}

const heightOf = (steps: readonly Sized[]): number => steps.reduce((sum, each) => sum + each.height, 0) + GAP * Math.max(0, steps.length - 1);
const widthOf = (columns: readonly Column[]): number => columns.reduce((sum, each) => sum + each.width, 0) + ASIDE * (columns.length - 1);

/** Whether the flow may go on without taking any of the branches. */
const canPass = (node: FlowNode): boolean =>
  (node.kind === 'if' && !node.is_start && !node.branches.some((branch) => branch.label === 'else')) ||
  (node.kind === 'match' && !node.branches.some((branch) => branch.fields.length === 1 && branch.fields[0]?.text === '_'));

/** The places in a block that its drawn steps have. */
function indexes(block: Block): number[] {
  return shown(block).map((node) => block.nodes.indexOf(node));
}

class Drawing implements Layout {
  readonly steps: PlacedStep[] = [];
  readonly frames: Placed[] = [];
  readonly dots: Point[] = [];
  readonly ends: (Placed & { label: string })[] = [];
  readonly links: Link[] = [];

  /** Places steps from `at` (top, middle) on; where the flow leaves them, null when it does not. */
  place(
    steps: readonly Sized[],
    block: Path,
    places: readonly number[],
    from: Point | null,
    at: Point,
    label: string,
    depth: number,
    beside: PlacedStep['beside'] = [null, null],
  ): Point | null {
    let last = from;
    let { y } = at;
    steps.forEach((step, index) => {
      const top = { x: at.x, y };
      if (last) this.link(route(last, top), index === 0 ? label : '', { block, index: places[index] ?? 0 });
      last = this.step(step, top, depth, beside);
      y += step.height + GAP;
    });
    return last;
  }

  link(points: readonly Point[], label: string, slot: Slot): void {
    const start = points[0] ?? { x: 0, y: 0 };
    const end = points.at(-1) ?? start;
    const slotAt = label ? start.y + PLUS : end.y - GAP / 2 - 1;
    this.links.push({ points, label, labelAt: { x: end.x, y: start.y + WORDS }, slot, slotAt: { x: end.x, y: slotAt }, hasArrow: true });
  }

  private step(step: Sized, top: Point, depth: number, beside: PlacedStep['beside']): Point | null {
    const { node } = step;
    if (step.isFramed) this.frames.push({ x: top.x - step.width / 2, y: top.y - PAD / 2, width: step.width, height: step.height + PAD / 2 });
    const isFolded = step.columns.length === 0 && node.branches.length > 0;
    this.steps.push({ ...STEP, x: top.x - STEP.width / 2, y: top.y, node, depth, isFolded, beside });
    const bottom = { x: top.x, y: top.y + STEP.height };
    if (step.columns.length === 0) return LEAVES.has(node.kind) ? null : bottom;
    return this.columns(step, top, bottom, depth);
  }

  private columns(step: Sized, top: Point, from: Point, depth: number): Point | null {
    const meeting = { x: top.x, y: top.y + step.height - (step.isFramed ? PAD : 0) };
    let x = top.x - widthOf(step.columns) / 2;
    const firsts = step.columns.map((column) => column.steps[0]?.node ?? null);
    let meets = false;
    step.columns.forEach((column, number) => {
      const at = { x: x + column.width / 2, y: from.y + HEAD };
      x += column.width + ASIDE;
      const around = [firsts.slice(0, number).findLast(Boolean) ?? null, firsts.slice(number + 1).find(Boolean) ?? null] as const;
      const body = column.branch?.body;
      const out = this.place(column.steps, body?.path ?? [], body ? indexes(body) : [], from, at, column.label, depth + 1, around);
      if (!out) return;
      meets = true;
      const isEmpty = column.steps.length === 0;
      const down = { x: at.x, y: meeting.y - TAIL + 12 };
      const points = isEmpty ? [...route(from, down), ...route(down, meeting).slice(1)] : [out, down, { x: meeting.x, y: down.y }, meeting];
      const slot = body ? { block: body.path, index: body.nodes.length } : null;
      this.join(points, at.x, from, isEmpty ? column.label : '', slot, isEmpty ? from.y + PLUS : out.y + 14);
    });
    if (!meets) return null;
    this.dots.push(meeting);
    return { x: meeting.x, y: meeting.y + DOT / 2 };
  }

  /** The way from the end of a branch to where all of them meet. */
  private join(points: readonly Point[], x: number, from: Point, label: string, slot: Slot | null, y: number): void {
    this.links.push({ points, label, labelAt: { x, y: from.y + WORDS }, slot, slotAt: { x, y }, hasArrow: false });
  }
}

/** Down, across and down again; straight when it is right below. */
function route(from: Point, to: Point): Point[] {
  if (from.x === to.x) return [from, to];
  const turn = from.y + TURN;
  return [from, { x: from.x, y: turn }, { x: to.x, y: turn }, to];
}
