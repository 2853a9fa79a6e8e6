/** What can be put into a flow at a place: templates, operations of connections, connections, and functions of the file. */
import type { Flow } from '@/flow/model';
import { aboveAll, around, functionsOf, hasEntry, type Slot } from '@/flow/steps';
import type { Operation, Palette } from '@/lib/types';

export interface Offer {
  key: string;
  group: string;
  title: string;
  documentation: string;
  code: string;
  needs: readonly string[];
  /** Whether the names that it gives are new ones: one that is taken gets a number. */
  fresh: boolean;
  slot: Slot;
}

export const RECENT = 'Recently used';
type Template = Palette['templates'][number];
type Connector = Palette['connectors'][number];
type Parameter = Connector['parameters'][number];

/** Everything that makes sense at this place, in order of groups. */
export function offers(palette: Palette, flow: Flow, slot: Slot): Offer[] {
  const templates = palette.templates.flatMap((template) => offered(template, flow, slot));
  const connected = Object.entries(flow.connections ?? {}).flatMap(([variable, type]) => operationsOf(palette, variable, type, slot));
  const functions = functionsOf(flow)
    .filter((node) => node.name !== 'main' && !node.is_entry)
    .map((node): Offer => {
      const name = node.name ?? '';
      const parameters = node.fields.find((field) => field.name === 'parameters')?.text ?? '';
      return { key: `function ${name}`, group: 'Functions of this file', title: name, documentation: `Calls ${name}(${parameters}).`, code: `${name}(${requiredOf(parameters).join(', ')})`, needs: [], fresh: true, slot };
    });
  const connections = palette.connectors.map((connector) => connectionOf(connector, slot));
  const isSteps = !around(flow, slot.block).isInConfig;
  // A file that has none begins with a main.
  templates.sort((one, other) => Number(other.key === 'main') - Number(one.key === 'main'));
  return isSteps ? [...connected, ...functions, ...templates, ...connections] : templates;
}

function offered(template: Template, flow: Flow, slot: Slot): Offer[] {
  const { key, group, title, documentation, code, needs, is_fresh: fresh } = template;
  const place = around(flow, slot.block);
  const made = { key, group, title, documentation, code, needs, fresh, slot };
  switch (template.where) {
    case 'anywhere':
      return place.isInConfig ? [] : [made];
    case 'loop':
      return place.isInLoop ? [made] : [];
    case 'function':
      return place.isInFunction ? [made] : [];
    case 'config':
      return place.isInConfig ? [made] : [];
    case 'module':
      if (key === 'main' && hasEntry(flow)) return [];
      // A definition is of the file: from inside of a function, it goes above that.
      return place.isInConfig ? [] : [{ ...made, slot: slot.block.length === 0 ? slot : aboveAll(slot.block) }];
  }
}

function operationsOf(palette: Palette, variable: string, type: string, slot: Slot): Offer[] {
  const connector = palette.connectors.find((each) => `${each.module}.${each.name}` === type);
  return (connector?.operations ?? []).map((operation) => {
    const call = `${operation.is_async ? 'await ' : ''}${variable}.${operation.name}(${placeholders(operation.parameters)})`;
    const hasResult = operation.returns !== '' && operation.returns !== 'None';
    return {
      key: `operation ${type}.${operation.name}`,
      group: variable,
      title: `${variable}.${operation.name}`,
      documentation: operation.documentation,
      code: hasResult ? `answer = ${call}` : call,
      needs: [],
      fresh: true,
      slot,
    };
  });
}

/** By its module, since all of them are called Client; and not under the module's name, which it would hide. */
function connectionOf(connector: Connector, slot: Slot): Offer {
  const dot = connector.module.lastIndexOf('.');
  const module = connector.module.slice(dot + 1);
  const kind = connector.name.replace(/Client$/, '').toLowerCase();
  return {
    key: `connection ${connector.key}`,
    group: 'New connection',
    title: connector.title,
    documentation: connector.documentation,
    code: `${[module, kind, 'client'].filter(Boolean).join('_')} = ${module}.${connector.name}(${placeholders(connector.parameters)})`,
    needs: [dot < 0 ? `import ${module}` : `from ${connector.module.slice(0, dot)} import ${module}`],
    fresh: true,
    slot,
  };
}

/** A value for each parameter that must be given, of its type: to be filled in. */
const placeholders = (parameters: readonly Parameter[]): string =>
  parameters
    .filter((each) => each.default === null)
    .map((each) => `${each.is_keyword ? `${each.name}=` : ''}${placeholder(each.type)}`)
    .join(', ');

function placeholder(type: string): string {
  const [first = ''] = type.split('|').map((each) => each.trim());
  const known: Record<string, string> = { str: '""', bytes: 'b""', int: '0', float: '0.0', bool: 'False' };
  if (/^(list|Sequence|Iterable|tuple)\b/.test(first)) return '[]';
  if (/^(dict|Mapping)\b/.test(first)) return '{}';
  return known[first] ?? 'None';
}

/** What has to be passed for the parameters of a function, each by its own name. */
function requiredOf(parameters: string): string[] {
  const names: string[] = [];
  let isKeyword = false;
  for (const part of topLevel(parameters)) {
    if (part === '/' || part === '') continue;
    if (part.startsWith('*')) {
      isKeyword = true;
      continue;
    }
    const name = /^\w+/.exec(part)?.[0];
    if (name && name !== 'self' && !/^\w+\s*(:[^=]*)?=/.test(part)) names.push(isKeyword ? `${name}=${name}` : name);
  }
  return names;
}

/** The parts between commas that are in no brackets. */
function topLevel(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const letter of text) {
    if ('([{'.includes(letter)) depth += 1;
    if (')]}'.includes(letter)) depth -= 1;
    if (letter === ',' && depth === 0) {
      parts.push(part.trim());
      part = '';
    } else part += letter;
  }
  return [...parts, part.trim()];
}

/** Those that have all words of the question: first where a title begins with it, then where one has it. */
export function matching(found: readonly Offer[], question: string): Offer[] {
  const words = question.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...found];
  const rank = (offer: Offer): number => {
    const title = offer.title.toLowerCase();
    const all = `${title} ${offer.group} ${offer.documentation} ${offer.code}`.toLowerCase();
    if (!words.every((word) => all.includes(word))) return -1;
    if (title.startsWith(words[0] ?? '')) return 0;
    return words.every((word) => title.includes(word)) ? 1 : 2;
  };
  return found
    .map((offer, index) => ({ offer, index, rank: rank(offer) }))
    .filter((each) => each.rank >= 0)
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map((each) => each.offer);
}

/** The same offers, those of these keys first in a group of their own. */
export function withRecent(found: readonly Offer[], recent: readonly string[]): Offer[] {
  const again = recent.flatMap((key) => found.filter((offer) => offer.key === key).slice(0, 1));
  return [...again.map((offer) => ({ ...offer, group: RECENT })), ...found];
}

export const insertion = ({ slot, code, needs, fresh }: Offer): Operation => ({ op: 'insert', block: [...slot.block], index: slot.index, code, needs: [...needs], fresh });
