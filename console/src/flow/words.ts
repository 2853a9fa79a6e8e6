/** What steps are called: a title for their kind, and what they do in as few words as the source allows. */
import type { Branch, FlowNode, Kind } from './model';

const TITLES: Record<Kind, string> = {
  doc: 'About',
  comment: 'Comment',
  import: 'Import',
  config: 'Configuration',
  setting: 'Setting',
  connection: 'Connection',
  function: 'Function',
  class: 'Type',
  variable: 'Variable',
  assign: 'Assignment',
  call: 'Call',
  data_map_call: 'Data mapper',
  connector_call: 'Connector',
  http_call: 'HTTP request',
  log: 'Log',
  wait: 'Wait',
  if: 'If',
  match: 'Match',
  foreach: 'For each',
  while: 'While',
  try: 'Try',
  with: 'With',
  return: 'Return',
  yield: 'Yield',
  delete: 'Forget',
  raise: 'Raise',
  break: 'Leave the loop',
  continue: 'Next item',
  pass: 'Nothing',
  check: 'Check',
  code: 'Code',
};

export function titleOf(node: FlowNode): string {
  if (node.is_off) return 'Switched off';
  if (node.is_start) return 'Start';
  if (node.kind === 'log' && node.level && node.level !== 'info' && node.level !== 'print') return `Log: ${node.level}`;
  if (node.kind === 'function' && node.is_entry) return 'Entry point';
  if (node.kind === 'function' && node.decorators?.some((each) => /^@\s*(\w+\s*\.\s*)*data_mapper\b/.test(each))) return TITLES.data_map_call;
  return isUnwritten(node) ? TITLES.code : TITLES[node.kind];
}

/** Whether it stands for code that somebody is to write. */
const isUnwritten = (node: FlowNode): boolean => node.kind === 'pass' && node.label === '...';

/** Fields of which a step's line is made, in this order; of all other kinds it is the source itself. */
const TELLING: Partial<Record<Kind, readonly string[]>> = {
  return: ['value'],
  yield: ['value'],
  raise: ['error'],
  while: ['condition'],
  match: ['subject'],
  check: ['condition'],
};

/** What follows the title; empty when that says it all. */
export function lineOf(node: FlowNode): string {
  const textOf = (name: string) => node.fields.find((field) => field.name === name)?.text;
  switch (node.kind) {
    case 'pass':
      return isUnwritten(node) ? 'to be written' : node.problem ? node.label : 'a step can go here';
    case 'break':
    case 'continue':
    case 'try':
      return node.problem ? node.label : '';
    case 'if':
      return node.is_start ? 'when this file is run' : (node.branches[0]?.fields[0]?.text ?? node.label);
    case 'with':
      return oneLine(node.label.replace(/^(async )?with\s+/, ''));
    case 'foreach':
      return oneLine([textOf('item'), 'of', textOf('collection')].filter(Boolean).join(' '));
    case 'import':
      return oneLine(node.label.replace(/^import\s+/, ''));
    case 'log':
      return oneLine(node.fields.filter((field) => field.name !== 'function').map((field) => field.text).join(', ')) || node.label;
    case 'function':
    case 'config':
    case 'class':
      return node.name ?? node.label;
    default: {
      const telling = TELLING[node.kind];
      if (!telling) return node.label;
      return oneLine(telling.map(textOf).filter(Boolean).join(' '));
    }
  }
}

/** Words for the way into a branch; empty where there is only one. */
export function branchLine(node: FlowNode, branch: Branch): string {
  const texts = branch.fields.map((field) => oneLine(field.text));
  switch (branch.label) {
    case 'if':
      return node.branches.length > 1 || !node.is_start ? 'yes' : '';
    case 'elif':
      return `else, if ${texts[0] ?? '…'}`;
    case 'else':
      return node.kind === 'if' ? 'else' : node.kind === 'try' ? 'without a failure' : 'at the end';
    case 'except':
      return texts.length > 0 ? `on ${texts.join(' as ')}` : 'on any failure';
    case 'finally':
      return 'in any case';
    case 'case':
      return texts.join(' if ') || branch.label;
    case 'try':
      return 'try';
    case '?':
      return '…';
    default:
      return '';
  }
}

/** What is read out after a step's own words: where it stands, and what is wrong with it. */
export function place(node: FlowNode, at: { step: number; of: number; depth: number }): string {
  const parts = [`Step ${at.step} of ${at.of}${at.depth > 0 ? `, level ${at.depth + 1}` : ''}`];
  if (node.problem) parts.push(`Not Python yet: ${node.problem}`);
  if (node.warning) parts.push(node.warning);
  return parts.join('. ');
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
