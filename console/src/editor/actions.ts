/** What can be done with the steps that are chosen: for keys, a step's menu, and the list of actions. */
import { type Flow, type FlowNode, opens } from '@/flow/model';
import { above, below, type Chosen, moved } from '@/flow/steps';
import { branchLine } from '@/flow/words';
import type { Operation } from '@/lib/types';

/** What an action asks before it is done. */
export interface Question {
  title: string;
  label: string;
  description?: string;
  initial: string;
  action: string;
  isLong?: boolean;
  operation: (answer: string) => Operation;
}

export type Effect =
  | { kind: 'edit'; operation: Operation }
  | { kind: 'ask'; question: Question }
  | { kind: 'insert'; where: 'above' | 'below' }
  | { kind: 'form' }
  | { kind: 'code' }
  | { kind: 'fold' }
  | { kind: 'open'; chart: string }
  | { kind: 'cut' | 'copy' | 'paste' };

export interface Action {
  key: string;
  group: 'Step' | 'Change' | 'Branches' | 'Clipboard';
  title: string;
  /** The key that does the same, as `keyOf` writes it. */
  keys?: string;
  effect: Effect;
}

/** In the order of the menu. */
export function actionsOn(flow: Flow, chosen: Chosen): Action[] {
  const [node] = chosen.nodes;
  if (!node) return [];
  const isOne = chosen.count === 1;
  return [...(isOne ? lookingAt(node) : []), ...inserting(), ...changing(flow, chosen, node), ...(isOne ? branching(node) : []), ...CLIPBOARD];
}

function lookingAt(node: FlowNode): Action[] {
  const chart = opens(node);
  const found: Action[] = [
    { key: 'form', group: 'Step', title: 'Edit', keys: 'Enter', effect: { kind: 'form' } },
    { key: 'code', group: 'Step', title: 'Go to its code', keys: 'G', effect: { kind: 'code' } },
  ];
  if (chart !== null) found.push({ key: 'open', group: 'Step', title: 'Open', keys: 'Space', effect: { kind: 'open', chart } });
  else if (node.branches.length > 0) found.push({ key: 'fold', group: 'Step', title: 'Fold or unfold', keys: 'Space', effect: { kind: 'fold' } });
  return found;
}

const inserting = (): Action[] => [
  { key: 'below', group: 'Step', title: 'Insert below', keys: '+', effect: { kind: 'insert', where: 'below' } },
  { key: 'above', group: 'Step', title: 'Insert above', effect: { kind: 'insert', where: 'above' } },
];

function changing(flow: Flow, chosen: Chosen, node: FlowNode): Action[] {
  const { count } = chosen;
  const path = [...chosen.path];
  const edit = (key: string, title: string, keys: string, operation: Operation): Action => ({ key, group: 'Change', title, keys, effect: { kind: 'edit', operation } });
  const found: Action[] = [];
  const up = moved(flow, chosen, -1);
  const down = moved(flow, chosen, 1);
  if (up) found.push(edit('up', 'Move up', 'Alt+ArrowUp', { op: 'move', path, count, block: [...up.block], index: up.index }));
  if (down) found.push(edit('down', 'Move down', 'Alt+ArrowDown', { op: 'move', path, count, block: [...down.block], index: down.index }));
  found.push(edit('duplicate', 'Duplicate', 'Ctrl+D', { op: 'duplicate', path, count, block: null, index: 0 }));
  if (chosen.count === 1) {
    const name = nameOf(node);
    if (name) found.push({ key: 'rename', group: 'Change', title: `Rename ${name.text}`, keys: 'F2', effect: { kind: 'ask', question: renaming(path, name) } });
    found.push({ key: 'note', group: 'Change', title: 'Comment', keys: 'N', effect: { kind: 'ask', question: noting(path, node) } });
  }
  if (chosen.count === 1 && node.is_off) found.push(edit('on', 'Switch on', 'Ctrl+/', { op: 'switch_on', path }));
  else found.push(edit('off', 'Switch off', 'Ctrl+/', { op: 'switch_off', path, count }));
  found.push({ key: 'extract', group: 'Change', title: 'Make a function of it', effect: { kind: 'ask', question: extracting(path, count) } });
  found.push(edit('delete', 'Delete', 'Delete', { op: 'delete', path, count }));
  return found;
}

interface Name {
  field: string;
  text: string;
  branch: number | null;
}

/** The name that a step gives to something: a variable, a function, a setting. */
export function nameOf(node: FlowNode): Name | null {
  const named = (fields: FlowNode['fields'], branch: number | null): Name | null => {
    const field = fields.find((each) => NAMES.has(each.name) && /^[\p{L}_][\p{L}\p{N}_]*$/u.test(each.text));
    return field ? { field: field.name, text: field.text, branch } : null;
  };
  const own = named(node.fields, null);
  if (own) return own;
  const [branch] = node.branches;
  return branch ? named(branch.fields, 0) : null;
}

const NAMES: ReadonlySet<string> = new Set(['target', 'result', 'item', 'name', 'as0', 'as']);

const renaming = (path: number[], name: Name): Question => ({
  title: `Rename ${name.text}`,
  label: 'New name',
  description: 'Wherever this name means the same, it is changed.',
  initial: name.text,
  action: 'Rename',
  operation: (answer) => ({ op: 'rename', path, field: name.field, name: answer, branch: name.branch }),
});

const noting = (path: number[], node: FlowNode): Question => ({
  title: 'Comment',
  label: 'What whoever reads this should know',
  description: 'It stands above the step. Leave it empty to take it away.',
  initial: node.note?.text ?? '',
  action: 'Write',
  isLong: true,
  operation: (answer) => ({ op: 'note', path, text: answer }),
});

const extracting = (path: number[], count: number): Question => ({
  title: count === 1 ? 'Make a function of this step' : `Make a function of these ${count} steps`,
  label: 'Name of the function',
  description: 'It takes what the steps read, and gives back what is needed after them.',
  initial: '',
  action: 'Make it',
  operation: (answer) => ({ op: 'extract', path, count, name: answer }),
});

/** Headers that can be added to a step, with their words. */
function headersOf(node: FlowNode): readonly (readonly [string, string])[] {
  const has = (label: string) => node.branches.some((branch) => branch.label === label);
  const otherwise = (title: string): [string, string][] => (has('else') ? [] : [['else', title]]);
  switch (node.kind) {
    case 'if':
      return [['elif True', 'Add “else, if”'], ...otherwise('Add “else”')];
    case 'try':
      return [
        ['except Exception as error', 'Add “on a failure”'],
        ...(has('except') ? otherwise('Add “without a failure”') : []),
        ...(has('finally') ? [] : [['finally', 'Add “in any case”'] as const]),
      ];
    case 'match':
      return [[node.branches.some(isForAll) ? 'case None' : 'case _', 'Add a case']];
    case 'foreach':
    case 'while':
      return otherwise('Add “at the end”');
    default:
      return [];
  }
}

const isForAll = ({ fields }: FlowNode['branches'][number]): boolean => fields.length === 1 && fields[0]?.text === '_';

function branching(node: FlowNode): Action[] {
  const path = [...node.path];
  const added = headersOf(node).map(
    ([header, title]): Action => ({ key: `add ${header}`, group: 'Branches', title, effect: { kind: 'edit', operation: { op: 'add_branch', path, header } } }),
  );
  const removed = node.branches.flatMap((branch, number): Action[] => {
    const isItself = number === 0 && node.kind !== 'match';
    if (isItself || node.branches.length < 2) return [];
    return [{ key: `remove ${number}`, group: 'Branches', title: `Remove “${branchLine(node, branch)}”`, effect: { kind: 'edit', operation: { op: 'remove_branch', path, branch: number } } }];
  });
  return [...added, ...removed];
}

const CLIPBOARD: readonly Action[] = [
  { key: 'cut', group: 'Clipboard', title: 'Cut', keys: 'Ctrl+X', effect: { kind: 'cut' } },
  { key: 'copy', group: 'Clipboard', title: 'Copy', keys: 'Ctrl+C', effect: { kind: 'copy' } },
  { key: 'paste', group: 'Clipboard', title: 'Paste below', keys: 'Ctrl+V', effect: { kind: 'paste' } },
];

/** The place for what is put in beside the chosen steps. */
export const slotBeside = (chosen: Chosen, where: 'above' | 'below') => (where === 'above' ? above(chosen) : below(chosen));

/** A key that is pressed, as actions name theirs: "Ctrl+D", "Alt+ArrowUp", "Delete". */
export function keyOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string {
  const key = event.key === ' ' ? 'Space' : event.key === 'Backspace' ? 'Delete' : event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const isLetter = /^[A-Z]$/.test(key);
  return [...(event.ctrlKey || event.metaKey ? ['Ctrl'] : []), ...(event.altKey ? ['Alt'] : []), ...(event.shiftKey && (isLetter || key.length > 1) ? ['Shift'] : []), key].join('+');
}
