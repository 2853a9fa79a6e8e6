/** The form of a step: its fields in order, with what each may hold, from its source and the signature of what it calls. */
import type { Branch, Field, FlowNode } from '@/flow/model';
import type { FieldKind, Palette } from '@/lib/types';
import type { Parameter, Signature } from './signature';

type FormField = NonNullable<Palette['forms'][string]>[number];

export interface Row {
  key: string;
  /** For a field of a branch: its number. */
  branch: number | null;
  field: string;
  title: string;
  documentation: string;
  kind: FieldKind;
  role: 'argument' | 'keyword' | null;
  /** What it takes, as Python writes it. */
  type: string | null;
  /** Null when the step does not have it. */
  text: string | null;
  /** What holds without it, as Python. */
  default: string | null;
  isRequired: boolean;
  isRemovable: boolean;
}

export interface Section {
  /** Of which branch; empty for the step itself. */
  title: string;
  rows: readonly Row[];
  /** What the step could have too. */
  more: readonly Row[];
  /** Another argument may be passed, with the number that it would get by place. */
  placed: number | null;
}

const NAMED = /^(.*?)(\d+)$/;
/** Fields that stand in the branches of a step, by the words that begin them. */
const OF_BRANCHES: Partial<Record<string, Record<string, readonly string[]>>> = {
  if: { if: ['condition'], elif: ['condition'] },
  try: { except: ['type', 'as'] },
  match: { case: ['pattern', 'guard'] },
};
const CALLS: ReadonlySet<string> = new Set(['call', 'data_map_call', 'connector_call', 'http_call', 'connection', 'wait']);
const NOT_SHOWN: ReadonlySet<string> = new Set(['log function']);

/** So many arguments of an operation are shown, given or not: few mean anything without the first. */
const LEAST_OF_OPERATION = 2;

const EMPTY: ReadonlySet<string> = new Set(['', '""', "''"]);

/** The key of the row in which one begins: what must be filled in, else what is passed, else the first. */
export function firstToFill(sections: readonly Section[]): string | null {
  const rows = sections.flatMap((section) => section.rows);
  const begin = rows.find((row) => row.isRequired && EMPTY.has(row.text ?? '')) ?? rows.find((row) => row.role !== null) ?? rows[0];
  return begin?.key ?? null;
}

/** The parts of a step's form. `signature` is that of what it calls, null where that is not known. */
export function sectionsOf(node: FlowNode, forms: Palette['forms'], signature: Signature | null): Section[] {
  const form = forms[node.kind] ?? [];
  const inBranches = OF_BRANCHES[node.kind];
  const own = form.filter((each) => !inBranches || !Object.values(inBranches).some((names) => names.includes(each.name)));
  const sections = [sectionOf(node, own, signature)];
  for (const [number, branch] of node.branches.entries()) {
    const names = inBranches?.[branch.label] ?? [];
    if (branch.fields.length === 0 && names.length === 0) continue;
    sections.push(ofBranch(number, branch, form.filter((each) => names.includes(each.name))));
  }
  return sections.filter((each) => each.rows.length > 0 || each.more.length > 0);
}

function sectionOf(node: FlowNode, form: readonly FormField[], signature: Signature | null): Section {
  const isCall = CALLS.has(node.kind);
  const hidden = (field: Field) => NOT_SHOWN.has(`${node.kind} ${field.name}`);
  const shown = node.fields.filter((field) => !hidden(field));
  const isPassed = (field: Field) => isCall && Boolean(field.role);
  const plain = shown.filter((field) => !isPassed(field)).map((field) => rowOf(field, formOf(form, field.name), null));
  const missing = form
    .filter((each) => each.is_optional)
    .flatMap((each) => absent(each, node, shown))
    .filter((row) => !shown.some((field) => field.name === row.field));
  const passed = isCall ? argumentsOf(shown.filter(isPassed), signature, node.operation ? LEAST_OF_OPERATION : 0) : { rows: [], more: [] };
  // Which operation or connection it is was chosen with the step.
  const isKnown = (Boolean(node.operation) || node.kind === 'connection') && signature !== null;
  const rare = isKnown ? plain.filter((row) => row.kind === 'callee') : [];
  const placed = shown.filter((field) => field.role === 'argument').length;
  const takesMore = (isCall && (signature === null || signature.is_open === true)) || node.kind === 'log';
  const rows = ordered([...plain.filter((row) => !rare.includes(row)), ...passed.rows], form);
  const more = [...passed.more, ...missing.filter((row) => isCalled(node) || row.field !== 'result'), ...rare];
  // A form begins with something: what a step may do without is shown when it has nothing else.
  const isBare = rows.length === 0 && node.branches.length === 0;
  return {
    title: '',
    rows: isBare ? more.slice(0, 1) : rows,
    more: isBare ? more.slice(1) : more,
    placed: takesMore && shown.some((field) => field.kind === 'callee' || node.kind === 'log') ? placed : null,
  };
}

const isCalled = (node: FlowNode): boolean => node.fields.some((field) => field.kind === 'callee');

/** What is called comes first, then what is passed, then where it goes. */
function ordered(rows: readonly Row[], form: readonly FormField[]): Row[] {
  const place = (row: Row) => {
    const at = form.findIndex((each) => formOf([each], row.field));
    if (row.role !== null) return form.findIndex((each) => each.name === 'arg{}');
    return at < 0 ? form.length : at;
  };
  return rows.map((row, index) => ({ row, index })).sort((one, other) => place(one.row) - place(other.row) || one.index - other.index).map(({ row }) => row);
}

function ofBranch(number: number, branch: Branch, form: readonly FormField[]): Section {
  const rows = branch.fields.map((field) => rowOf(field, formOf(form, field.name), number));
  const hasType = branch.fields.some((field) => field.name === 'type');
  const more = form
    .filter((each) => each.is_optional && !branch.fields.some((field) => field.name === each.name))
    // A failure has a name only beside its type.
    .filter((each) => branch.label !== 'except' || each.name !== 'as' || hasType)
    .map((each) => absentRow(each, each.name, number));
  return { title: wordsOf(branch.label), rows, more, placed: null };
}

const WORDS: Record<string, string> = { if: 'If', elif: 'Else, if', except: 'On a failure', case: 'Case' };
const wordsOf = (label: string): string => WORDS[label] ?? label;

function rowOf(field: Field, form: FormField | undefined, branch: number | null): Row {
  return {
    key: keyOf(branch, field.name),
    branch,
    field: field.name,
    title: titleOf(field.name, form),
    documentation: form?.documentation ?? '',
    kind: field.kind as FieldKind,
    role: field.role ?? null,
    type: null,
    text: field.text,
    default: null,
    isRequired: !form?.is_optional,
    isRemovable: form?.is_optional === true || Boolean(field.role),
  };
}

function absentRow(form: FormField, name: string, branch: number | null): Row {
  return {
    ...rowOf({ name, kind: form.kind, range: [0, 0], text: '' }, form, branch),
    text: null,
    isRemovable: false,
  };
}

function absent(form: FormField, node: FlowNode, shown: readonly Field[]): Row[] {
  if (form.name === 'as{}') {
    const resources = shown.filter((field) => field.name.startsWith('resource'));
    return resources.map((_, number) => absentRow(form, `as${number}`, null));
  }
  // A type is written beside a name; a call has one only with a result.
  if (form.name === 'type' && CALLS.has(node.kind) && !shown.some((field) => field.name === 'result')) return [];
  if (node.kind === 'wait' && form.name === 'value') return [];
  return form.name.includes('{}') ? [] : [absentRow(form, form.name, null)];
}

function formOf(form: readonly FormField[], name: string): FormField | undefined {
  const exact = form.find((each) => each.name === name);
  const numbered = NAMED.exec(name)?.[1];
  return exact ?? (numbered === undefined ? undefined : form.find((each) => each.name === `${numbered}{}`));
}

function titleOf(name: string, form: FormField | undefined): string {
  const number = form?.name.includes('{}') ? Number(NAMED.exec(name)?.[2] ?? 0) : 0;
  if (form) return number > 0 ? `${form.title} ${number + 1}` : form.title;
  return name.replaceAll('_', ' ').replace(/^./, (letter) => letter.toUpperCase());
}

const keyOf = (branch: number | null, name: string): string => (branch === null ? name : `${branch} ${name}`);

/** What is passed to a call, in the order of its signature; what could be passed too stands apart. */
function argumentsOf(fields: readonly Field[], signature: Signature | null, least: number): { rows: Row[]; more: Row[] } {
  const places = signature?.parameters.filter((each) => !each.is_keyword) ?? [];
  const given = fields.filter((field) => field.role === 'argument').length;
  const taken = new Set<string>();
  const rows = fields.map((field, index) => {
    const parameter = field.role === 'argument' ? places[index] : signature?.parameters.find((each) => each.name === field.name);
    if (parameter) taken.add(parameter.name);
    const isLast = field.role === 'keyword' || index === given - 1;
    return argumentRow(field.name, field, parameter, isLast);
  });
  // What brings several values or names at once may bring any of them.
  const brings = fields.some((field) => field.text.startsWith('*') || field.name.startsWith('**'));
  const left = (signature?.parameters ?? []).filter((each) => !taken.has(each.name));
  const open = left.map((parameter) => argumentRow(parameter.is_placed ? `arg${given}` : parameter.name, null, parameter, false));
  const required = brings ? [] : open.filter((row) => row.isRequired);
  const usual = open.filter((row) => !required.includes(row)).slice(0, brings ? 0 : Math.max(0, least - rows.length - required.length));
  return { rows: [...rows, ...required, ...usual], more: open.filter((row) => !required.includes(row) && !usual.includes(row)) };
}

function argumentRow(name: string, field: Field | null, parameter: Parameter | undefined, isLast: boolean): Row {
  const isNeeded = parameter !== undefined && parameter.default === null;
  return {
    key: keyOf(null, name),
    branch: null,
    field: name,
    title: parameter?.name ?? (field?.role === 'keyword' ? name : argumentTitle(name)),
    documentation: parameter?.documentation ?? '',
    kind: 'expression',
    role: field?.role ?? (name.startsWith('arg') && parameter?.is_placed ? 'argument' : 'keyword'),
    type: parameter?.type ? parameter.type : null,
    text: field?.text ?? null,
    default: parameter?.default ?? null,
    isRequired: isNeeded,
    isRemovable: field !== null && !isNeeded && isLast,
  };
}

const argumentTitle = (name: string): string => (/^arg\d+$/.test(name) ? `Argument ${Number(name.slice(3)) + 1}` : name);
