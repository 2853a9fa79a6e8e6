/** How places and steps of a source are followed through what is typed. */
import { type Flow, type FlowNode, keyOf, nodeIn, ownerOf, type Path, walk } from './model';

/** One replaced piece: the text from `from` to `to` gave way to `insert` units. */
export interface Replaced {
  from: number;
  to: number;
  insert: number;
}

/** The smallest single piece in which two texts differ; null when they do not. */
export function difference(before: string, after: string): Replaced | null {
  if (before === after) return null;
  const most = Math.min(before.length, after.length);
  let from = 0;
  while (from < most && before.charCodeAt(from) === after.charCodeAt(from)) from += 1;
  let same = 0;
  while (same < most - from && before.charCodeAt(before.length - 1 - same) === after.charCodeAt(after.length - 1 - same)) same += 1;
  return { from, to: before.length - same, insert: after.length - same - from };
}

/** Where a place is after the change; null when it was inside of what was replaced. */
export function mapped(change: Replaced | null, place: number): number | null {
  if (!change || place < change.from) return place;
  // What begins where something was only put in has moved along; what was replaced is gone.
  if (place >= change.to) return place + change.insert - (change.to - change.from);
  return place === change.from ? place : null;
}

/** Places after the change, in order; those inside of what was replaced are left out. */
export function mapAll(change: Replaced | null, places: readonly number[]): readonly number[] {
  if (!change) return places;
  return places.map((place) => mapped(change, place)).filter((place) => place !== null);
}

/** A flow of a text with a name for each step that lasts as long as the step does. */
export interface Drawn {
  text: string;
  flow: Flow;
  /** By path, as `keyOf` writes it. */
  ids: ReadonlyMap<string, string>;
  /** The number that the next new step gets. */
  next: number;
}

export const idOf = (drawn: Drawn, node: FlowNode): string => drawn.ids.get(keyOf(node.path)) ?? keyOf(node.path);

/** The step of this id, if it is there. */
export function nodeOf(drawn: Drawn, id: string | null): FlowNode | null {
  if (id === null) return null;
  for (const node of walk(drawn.flow.body)) if (idOf(drawn, node) === id) return node;
  return null;
}

/** Draws a new flow; steps that were there keep their ids: by place, else by text, else by place alone. */
export function drawn(before: Drawn | null, text: string, flow: Flow): Drawn {
  const change = before && difference(before.text, text);
  const byPlace = new Map<string, string>();
  const bySlot = new Map<number, string>();
  const old = before ? [...walk(before.flow.body)].map((node) => ({ node, id: idOf(before, node) })) : [];
  for (const { node, id } of old) {
    const at = mapped(change, node.range[0]);
    if (at === null) continue;
    // What begins where something was replaced may be another step by now.
    if (!change || change.to === change.from || node.range[0] !== change.from) byPlace.set(`${node.kind} ${at}`, id);
    bySlot.set(at, id);
  }

  const used = new Set<string>();
  const ids = new Map<string, string>();
  const claim = (node: FlowNode, id: string | undefined) => {
    if (id === undefined || used.has(id) || ids.has(keyOf(node.path))) return;
    used.add(id);
    ids.set(keyOf(node.path), id);
  };
  const nodes = [...walk(flow.body)];
  for (const node of nodes) claim(node, byPlace.get(`${node.kind} ${node.range[0]}`));
  // Nearly all are found by now: only of the others are texts compared.
  const lost = new Map<string, string[]>();
  for (const { node, id } of old) {
    if (used.has(id)) continue;
    const key = likeness(before?.text ?? '', node);
    lost.set(key, [...(lost.get(key) ?? []), id]);
  }
  for (const node of nodes) {
    if (!ids.has(keyOf(node.path))) claim(node, lost.get(likeness(text, node))?.find((id) => !used.has(id)));
  }
  for (const node of nodes) claim(node, bySlot.get(node.range[0]));
  let next = before?.next ?? 0;
  for (const node of nodes) {
    if (ids.has(keyOf(node.path))) continue;
    ids.set(keyOf(node.path), `step-${next}`);
    next += 1;
  }
  return { text, flow, ids, next };
}

const likeness = (text: string, node: FlowNode): string => node.kind + text.slice(node.range[0], node.range[1]).replace(/\s+/g, '');

/** The path of the same step in a newer flow; null when it is gone. */
export function pathIn(from: Drawn, path: Path, to: Drawn): Path | null {
  const node = nodeIn(from.flow, path);
  return (node && nodeOf(to, idOf(from, node))?.path) ?? null;
}

/** The same for the path of a block. */
export function blockPathIn(from: Drawn, path: Path, to: Drawn): Path | null {
  if (path.length === 0) return path;
  const owner = ownerOf(from.flow, path);
  const now = owner && nodeOf(to, idOf(from, owner.node));
  return (owner && now?.branches[owner.number]?.body.path) ?? null;
}

/** Something that is asked of steps of one flow, asked of the same steps of a newer one; null when they are gone. */
export function movedTo<T extends object>(asked: T, from: Drawn, to: Drawn): T | null {
  const { path, block } = asked as { path?: Path; block?: Path | null };
  const newPath = path && pathIn(from, path, to);
  const newBlock = block && blockPathIn(from, block, to);
  if ((path && !newPath) || (block && !newBlock)) return null;
  return { ...asked, ...(newPath && { path: newPath }), ...(newBlock && { block: newBlock }) };
}
