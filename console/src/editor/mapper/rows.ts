/** The two trees of a data mapper as rows, and the lines between them. */
import type { MapperSource, MapperTarget } from '@/lib/types';

/** A step of a way that stands for each item of a list. */
export const ITEM = '[]';

export interface Row<T> {
  key: string;
  node: T;
  name: string;
  depth: number;
  /** Null for what has nothing inside. */
  isOpen: boolean | null;
}

interface Part<T> {
  name: string;
  way: string[];
  kind: string;
  parts: T[];
}

export const keyOf = (way: readonly string[]): string => way.join('\u0000');

export const sourceRows = (sources: readonly MapperSource[], folded: ReadonlySet<string>, sought: string): Row<MapperSource>[] =>
  sources.flatMap((source) => rowsOf(source, folded, sought.trim().toLowerCase(), 0));

/** Without a row for the whole, of which the tree is. */
export function targetRows(target: MapperTarget, folded: ReadonlySet<string>, sought: string): Row<MapperTarget>[] {
  const words = sought.trim().toLowerCase();
  const inside = shown(target);
  return inside.length > 0 && target.kind !== 'list' ? inside.flatMap((part) => rowsOf(part, folded, words, 0)) : rowsOf(target, folded, words, 0);
}

function rowsOf<T extends Part<T>>(node: T, folded: ReadonlySet<string>, sought: string, depth: number): Row<T>[] {
  const key = keyOf(node.way);
  const inside = shown(node);
  const below = inside.flatMap((part) => rowsOf(part, sought ? new Set() : folded, sought, depth + 1));
  const isMeant = node.name.toLowerCase().includes(sought);
  if (sought && !isMeant && below.length === 0) return [];
  const isOpen = inside.length === 0 ? null : sought !== '' || !folded.has(key);
  return [{ key, node, name: nameOf(node), depth, isOpen }, ...(isOpen ? below : [])];
}

/** What is shown inside: of a list of records, the fields of each. */
function shown<T extends Part<T>>(node: T): T[] {
  const [only] = node.parts;
  return only?.name === ITEM && only.parts.length > 0 ? only.parts : node.parts;
}

const nameOf = (node: { name: string; way: string[] }): string => (node.name === ITEM ? 'each item' : node.name || 'result');

export interface Line {
  key: string;
  /** Numbers of rows. */
  from: number;
  to: number;
  /** It goes to what is folded away, at the left. */
  isNear: boolean;
}

/** A line for each link: to its source, or to what that is folded away in. */
export function linesOf(sources: readonly Row<MapperSource>[], targets: readonly Row<MapperTarget>[]): Line[] {
  const places = new Map(sources.map((row, place) => [row.key, place]));
  return targets.flatMap((row, to) => {
    const way = row.node.link;
    if (!way) return [];
    for (let length = way.length; length > 0; length -= 1) {
      const from = places.get(keyOf(way.slice(0, length)));
      if (from !== undefined) return [{ key: row.key, from, to, isNear: length < way.length && way.slice(length).some((step) => step !== ITEM) }];
    }
    return [];
  });
}

/** The ways of a source as the code says it, as far as words go. */
export const wordsOf = (way: readonly string[]): string => way.map((step) => (step === ITEM ? 'each' : step)).join(' › ');

/** Where a source goes that is linked to a target: into what takes any field, under its own name. */
export function wayInto(target: MapperTarget, source: MapperSource): string[] {
  const takesAny = target.kind === 'open' && (target.is_made || (target.text === null && target.way.length === 0));
  return takesAny && source.name !== ITEM ? [...target.way, source.name] : target.way;
}

/** All targets below, the whole included. */
export function* allTargets(target: MapperTarget): Generator<MapperTarget> {
  yield target;
  for (const part of target.parts) yield* allTargets(part);
}
