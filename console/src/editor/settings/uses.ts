/** Where a source uses its settings, and how a step begins to. */
import { type Drawn, nodeOf } from '@/flow/mapping';
import { type Flow, type FlowNode, type Path, walk } from '@/flow/model';
import type { Operation } from '@/lib/types';

/** What `main` calls its configuration; null without such a `main`. */
export function configName(flow: Flow): string | null {
  const parameters = entryOf(flow)?.fields.find((field) => field.name === 'parameters')?.text ?? '';
  return /^\s*([^\W\d]\w*)/u.exec(parameters)?.[1] ?? null;
}

const entryOf = (flow: Flow): FlowNode | null => [...walk(flow.body)].find((node) => node.kind === 'function' && node.is_entry) ?? null;

/** How often a text says `config.name`. */
export function usesOf(text: string, config: string, name: string): number {
  return [...text.matchAll(new RegExp(`(?<![\\w.])${config}\\s*\\.\\s*${name}(?!\\w)`, 'gu'))].length;
}

/** A step that takes the setting: below the selected one when that is in `main`, else at its end. Null without a `main`. */
export function stepWith({ flow, ...drawn }: Drawn, selected: string | null, name: string): Operation | null {
  const entry = entryOf(flow);
  const config = configName(flow);
  const body = entry?.branches[0]?.body;
  if (!entry || !config || !body) return null;
  const node = nodeOf({ flow, ...drawn }, selected);
  const isInside = node !== null && node.path.length > entry.path.length && startsWith(node.path, entry.path);
  const block = isInside ? node.path.slice(0, -1) : body.path;
  const index = isInside ? (node.path.at(-1) ?? 0) + 1 : body.nodes.length;
  return { op: 'insert', block: [...block], index, code: `${name} = ${config}.${name}`, needs: [], fresh: true };
}

const startsWith = (path: Path, start: Path): boolean => start.every((each, place) => path[place] === each);
