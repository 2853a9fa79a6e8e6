/** What can be called in a source, and what it takes: its own functions and records, connections and their operations. */
import { type Flow, type FlowNode, walk } from '@/flow/model';
import type { Palette } from '@/lib/types';
import { type Parameter, type Signature, signatureOf } from './signature';

type Connector = Palette['connectors'][number];

/** What the call of this step takes; null where that is not known. */
export function signatureOfStep(node: FlowNode, flow: Flow, palette: Palette): Signature | null {
  const connector = connectorOf(palette, node.connector);
  if (node.kind === 'connection') return connector && construction(connector);
  if (node.operation && connector) return operationOf(connector, node.operation);
  if (node.kind === 'wait' && node.callee?.split('.').at(-1) === 'sleep') return PAUSE;
  return node.callee ? signatureOfName(node.callee, flow, palette) : null;
}

const PAUSE: Signature = { parameters: [{ name: 'seconds', type: 'float', default: null, documentation: 'How long.', is_keyword: false }], documentation: '', returns: '' };

/** What a dotted name of the source takes when it is called. */
export function signatureOfName(name: string, flow: Flow, palette: Palette): Signature | null {
  const dot = name.lastIndexOf('.');
  const held = dot < 0 ? undefined : flow.connections?.[name.slice(0, dot)];
  if (held) {
    const connector = connectorOf(palette, held);
    return connector && operationOf(connector, name.slice(dot + 1));
  }
  for (const node of walk(flow.body)) {
    if (node.name !== name) continue;
    if (node.kind === 'function' && node.qualname === name) return ofFunction(node);
    if (node.kind === 'class' && isMarked(node, 'dataclass')) return ofRecord(node);
  }
  return null;
}

const connectorOf = (palette: Palette, fullName: string | null | undefined): Connector | null =>
  palette.connectors.find((each) => `${each.module}.${each.name}` === fullName) ?? null;

const construction = (connector: Connector): Signature => ({ parameters: connector.parameters, documentation: connector.documentation, returns: connector.name });

function operationOf(connector: Connector, name: string): Signature | null {
  const found = connector.operations.find((each) => each.name === name);
  return found ? { parameters: found.parameters, documentation: found.documentation, returns: found.returns } : null;
}

function ofFunction(node: FlowNode): Signature | null {
  const textOf = (name: string) => node.fields.find((field) => field.name === name)?.text ?? '';
  return signatureOf(textOf('parameters'), textOf('returns'), docOf(node));
}

/** Whether a function or class is marked so: with `@name`, `@module.name` or `@name(...)`. */
export const isMarked = (node: FlowNode, name: string): boolean =>
  node.decorators?.some((each) => each.replace(/^@\s*/, '').split('(')[0]?.trim().split('.').at(-1) === name) ?? false;


function ofRecord(node: FlowNode): Signature {
  const steps = node.branches[0]?.body.nodes ?? [];
  const parameters = steps.flatMap((step): Parameter[] => {
    const textOf = (name: string) => step.fields.find((field) => field.name === name)?.text;
    const name = textOf('target') ?? textOf('result');
    const type = textOf('type');
    if (!name || !type) return [];
    return [{ name, type, default: textOf('value') ?? null, documentation: step.note?.text ?? '', is_keyword: false }];
  });
  return { parameters, documentation: docOf(node), returns: node.name ?? '' };
}

/** The first line of what a function or type says about itself. */
function docOf(node: FlowNode): string {
  const first = node.branches[0]?.body.nodes[0];
  return first?.kind === 'doc' ? first.label.replace(/^[rRuU]?("""|'''|"|')\s*/, '').replace(/\s*("""|'''|"|')$/, '') : '';
}
