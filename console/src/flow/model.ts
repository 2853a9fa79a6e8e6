/** A source as a flow of steps: its shape as the server tells it, and how steps are found in it. */

/** From, and to (exclusive), in UTF-16 units of the source. */
export type Span = readonly [number, number];
/** Item, clause, item, clause, … from the module down; a block's ends in a clause. */
export type Path = readonly number[];

export type Kind =
  | 'doc' | 'comment' | 'import' | 'config' | 'setting' | 'connection' | 'function' | 'class'
  | 'variable' | 'assign' | 'call' | 'data_map_call' | 'connector_call' | 'http_call' | 'log' | 'wait'
  | 'if' | 'match' | 'foreach' | 'while' | 'try' | 'with'
  | 'return' | 'yield' | 'delete' | 'raise' | 'break' | 'continue' | 'pass' | 'check' | 'code';

export interface Field {
  name: string;
  kind: string;
  range: Span;
  text: string;
  /** Of what is passed to a call. */
  role?: 'argument' | 'keyword' | null;
}

export interface Branch {
  label: string;
  header: Span;
  fields: readonly Field[];
  body: Block;
  problem?: string | null;
}

export interface Block {
  path: Path;
  /** Where the first step would go. */
  at: number;
  nodes: readonly FlowNode[];
}

export interface FlowNode {
  kind: Kind;
  label: string;
  range: Span;
  /** Its whole lines, the comment right above included. */
  full: Span;
  path: Path;
  fields: readonly Field[];
  branches: readonly Branch[];
  note?: { text: string } | null;
  problem?: string | null;
  /** Why it will fail when it runs. */
  warning?: string | null;
  callee?: string | null;
  /** The function of this source that is called. */
  function?: string | null;
  connection?: string | null;
  /** The full name of the connection's class. */
  connector?: string | null;
  operation?: string | null;
  method?: string | null;
  level?: string | null;
  name?: string | null;
  qualname?: string | null;
  decorators?: readonly string[] | null;
  is_entry?: true | null;
  is_start?: true | null;
  is_off?: true | null;
  /** A function whose steps were not asked for. */
  is_folded?: true | null;
}

export interface Flow {
  valid: boolean;
  body: Block;
  /** Starts of logical lines; empty when the source is not valid. */
  anchors: readonly number[];
  /** The class of each variable that holds a connection. */
  connections?: Readonly<Record<string, string>>;
  problem?: { message: string; line: number | null; at?: number | null } | null;
}

/** All steps below, in order of the source. */
export function* walk(block: Block): Generator<FlowNode> {
  for (const node of block.nodes) {
    yield node;
    for (const branch of node.branches) yield* walk(branch.body);
  }
}

export const keyOf = (path: Path): string => path.join('.');

/** The step at a path; null when it leads nowhere. */
export function nodeIn(flow: Flow, path: Path): FlowNode | null {
  const key = keyOf(path);
  return blockIn(flow, path.slice(0, -1))?.nodes.find((node) => keyOf(node.path) === key) ?? null;
}

/** The block at a path; null when it leads nowhere. */
export const blockIn = (flow: Flow, path: Path): Block | null => (path.length === 0 ? flow.body : (ownerOf(flow, path)?.branch.body ?? null));

export interface Owner {
  node: FlowNode;
  branch: Branch;
  /** The number of the branch. */
  number: number;
}

/** The step and its branch that have the block at a path; null for that of the file, and when it leads nowhere. */
export function ownerOf(flow: Flow, path: Path): Owner | null {
  const isAbove = (other: Path) => other.every((part, level) => part === path[level]);
  let { nodes } = flow.body;
  for (;;) {
    const node = nodes.find((each) => isAbove(each.path));
    const number = node?.branches.findIndex((each) => isAbove(each.body.path)) ?? -1;
    const branch = node?.branches[number];
    if (!node || !branch) return null;
    if (branch.body.path.length === path.length) return { node, branch, number };
    ({ nodes } = branch.body);
  }
}

/** The step that a step is in; null at the top of the file. */
export const parentOf = (flow: Flow, path: Path): FlowNode | null => ownerOf(flow, path.slice(0, -1))?.node ?? null;

/** The innermost step that the place in the source belongs to; null for a place between steps. */
export function nodeAt(block: Block, place: number): FlowNode | null {
  const around = block.nodes.filter((node) => node.full[0] <= place && place <= Math.max(node.full[1] - 1, node.range[1]));
  // Steps that share a line share its comment, too: the last that begins here or before is meant.
  const node = around.findLast((each) => each.range[0] <= place) ?? around[0];
  if (!node) return null;
  for (const branch of node.branches) {
    const inner = nodeAt(branch.body, place);
    if (inner) return inner;
  }
  return node;
}

/** A part of a source that is drawn on its own. */
export interface Chart {
  /** The qualified name of the function; empty for the file itself. */
  name: string;
  block: Block;
  /** Its steps are not known yet. */
  isFolded: boolean;
}

const isOpened = (node: FlowNode): boolean => node.kind === 'function';

/** The file and its functions, in order of the source, as charts. */
export function charts(flow: Flow): Chart[] {
  const found: Chart[] = [{ name: '', block: flow.body, isFolded: false }];
  for (const node of walk(flow.body)) {
    const [branch] = node.branches;
    if (isOpened(node) && branch) found.push({ name: chartName(node), block: branch.body, isFolded: node.is_folded === true });
  }
  return found;
}

const chartName = (node: FlowNode): string => node.qualname ?? node.name ?? node.label;

/** The name of the chart that a click on a step opens; null when it opens none. */
export const opens = (node: FlowNode): string | null => (isOpened(node) && node.branches.length > 0 ? chartName(node) : null);

/** The chart to begin with: what the platform calls, else the file. */
export function firstChart(flow: Flow): string {
  for (const node of walk(flow.body)) if (node.is_entry) return chartName(node);
  return '';
}

/** The name of the innermost chart in which a step of this path is drawn. */
export function chartOf(flow: Flow, path: Path): string {
  for (let owner = ownerOf(flow, path.slice(0, -1)); owner; owner = ownerOf(flow, owner.node.path.slice(0, -1))) {
    if (isOpened(owner.node)) return chartName(owner.node);
  }
  return '';
}
