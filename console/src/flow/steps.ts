/** Which steps an edit is about, and where they and new ones can go. */
import { type Drawn, idOf, nodeOf } from './mapping';
import { blockIn, type Flow, type FlowNode, keyOf, ownerOf, type Path } from './model';

/** Where a step can be put in. */
export interface Slot {
  block: Path;
  index: number;
}

/** Steps that stand beside each other. */
export interface Chosen {
  nodes: readonly FlowNode[];
  path: Path;
  count: number;
}

/** The steps from `anchor` to `selected`, when those are of one block; else the selected one alone. Null for none. */
export function chosenOf(drawn: Drawn, selected: string | null, anchor: string | null): Chosen | null {
  const node = nodeOf(drawn, selected);
  if (!node) return null;
  const block = blockIn(drawn.flow, node.path.slice(0, -1));
  const far = anchor === null ? undefined : block?.nodes.findIndex((each) => idOf(drawn, each) === anchor);
  const near = block?.nodes.indexOf(node) ?? -1;
  if (!block || far === undefined || far < 0) return { nodes: [node], path: node.path, count: 1 };
  const nodes = block.nodes.slice(Math.min(near, far), Math.max(near, far) + 1);
  return { nodes, path: nodes[0]?.path ?? node.path, count: nodes.length };
}

/** The step beside another one in its block, above (-1) or below (1); null when there is none. */
export function besideIn(flow: Flow, node: FlowNode, by: -1 | 1): FlowNode | null {
  const nodes = blockIn(flow, node.path.slice(0, -1))?.nodes ?? [];
  const found = nodes[nodes.findIndex((each) => keyOf(each.path) === keyOf(node.path)) + by];
  return found && found.kind !== 'doc' ? found : null;
}

const indexIn = (path: Path): number => path.at(-1) ?? 0;
const blockOf = (path: Path): Path => path.slice(0, -1);

/** Right below the steps. */
export const below = ({ path, count }: Chosen): Slot => ({ block: blockOf(path), index: indexIn(path) + count });

/** Right above them. */
export const above = ({ path }: Chosen): Slot => ({ block: blockOf(path), index: indexIn(path) });

/** Where steps go when they move up or down by one: past the next, or out of the branch that they are the end of. */
export function moved(flow: Flow, chosen: Chosen, by: -1 | 1): Slot | null {
  const [first] = chosen.nodes;
  const last = chosen.nodes.at(-1);
  const end = by === -1 ? first : last;
  if (!end) return null;
  const beside = besideIn(flow, end, by);
  // “Before the step that is there now”: past the one below is before the one after that.
  if (beside) return { block: blockOf(chosen.path), index: indexIn(beside.path) + (by === 1 ? 1 : 0) };
  const owner = ownerOf(flow, blockOf(chosen.path));
  if (!owner || SCOPES.has(owner.node.kind)) return null;
  return { block: blockOf(owner.node.path), index: indexIn(owner.node.path) + (by === 1 ? 1 : 0) };
}

const SCOPES: ReadonlySet<string> = new Set(['function', 'class', 'config']);
const LOOPS: ReadonlySet<string> = new Set(['foreach', 'while']);

export interface Around {
  isInLoop: boolean;
  isInFunction: boolean;
  isInConfig: boolean;
  isInClass: boolean;
  isModule: boolean;
}

/** What is around a block. */
export function around(flow: Flow, block: Path): Around {
  let isInLoop = false;
  for (let owner = ownerOf(flow, block); owner; owner = ownerOf(flow, blockOf(owner.node.path))) {
    const { kind } = owner.node;
    if (LOOPS.has(kind)) isInLoop = true;
    if (SCOPES.has(kind)) {
      return { isInLoop, isInFunction: kind === 'function', isInConfig: kind === 'config', isInClass: kind === 'class', isModule: false };
    }
  }
  return { isInLoop, isInFunction: false, isInConfig: false, isInClass: false, isModule: block.length === 0 };
}

/** Where something of the file itself goes when it is put in from a place inside of it: above what that is in. */
export const aboveAll = (block: Path): Slot => ({ block: [], index: block[0] ?? 0 });

/** The functions of the file, by name. */
export function functionsOf(flow: Flow): FlowNode[] {
  return flow.body.nodes.filter((node) => node.kind === 'function' && node.name);
}

/** Whether the platform finds something to call. */
export const hasEntry = (flow: Flow): boolean => functionsOf(flow).some((node) => node.is_entry || node.name === 'main');
