/** What is being edited: the files of a commit and the changes to them, which pure functions apply. */
import type { NewCommit, Source } from '@/lib/types';
import { merged } from './merged';

export interface Draft {
  /** The commit that is being changed. */
  parent: string;
  /** Its files; null where the text cannot be shown. */
  base: Readonly<Record<string, string | null>>;
  /** New text by path; null deletes. Never the same as the base. */
  edits: Readonly<Record<string, string | null>>;
}

export type Change =
  | { kind: 'write'; path: string; text: string }
  | { kind: 'rename'; path: string; to: string }
  | { kind: 'delete'; path: string }
  | { kind: 'revert'; path: string };

export const begin = (source: Source): Draft => ({
  parent: source.commit.sha,
  base: Object.fromEntries(source.files.map((file) => [file.path, file.text])),
  edits: {},
});

export function apply(draft: Draft, change: Change): Draft {
  switch (change.kind) {
    case 'write':
      return withEdit(draft, change.path, change.text);
    case 'delete':
      return withEdit(draft, change.path, null);
    case 'revert':
      return withEdit(draft, change.path, draft.base[change.path] ?? null);
    case 'rename': {
      const text = textOf(draft, change.path);
      return text === null ? draft : withEdit(withEdit(draft, change.path, null), change.to, text);
    }
  }
}

/** An edit that brings back what the base has is no edit. */
function withEdit(draft: Draft, path: string, text: string | null): Draft {
  const others = Object.fromEntries(Object.entries(draft.edits).filter(([each]) => each !== path));
  const isBase = text === null ? !(path in draft.base) : draft.base[path] === text;
  return { ...draft, edits: isBase ? others : { ...others, [path]: text } };
}

/** A file's text as it is now; null when it is gone or cannot be shown. */
export function textOf(draft: Draft, path: string): string | null {
  return (path in draft.edits ? draft.edits[path] : draft.base[path]) ?? null;
}

export const isClean = (draft: Draft): boolean => Object.keys(draft.edits).length === 0;

/** The changes as a commit takes them. */
export const changesOf = (draft: Draft): NewCommit['changes'] => ({ ...draft.edits });

export type Status = 'same' | 'changed' | 'added' | 'deleted';

export interface File {
  path: string;
  status: Status;
  /** Its text can be shown and edited. */
  isText: boolean;
}

/** The files of both base and edits, by path; folders first, as trees are read. */
export function filesOf(draft: Draft): File[] {
  const paths = [...new Set([...Object.keys(draft.base), ...Object.keys(draft.edits)])];
  return paths.sort(byPath).map((path) => ({ path, status: statusOf(draft, path), isText: textOf(draft, path) !== null }));
}

export function statusOf(draft: Draft, path: string): Status {
  if (!(path in draft.edits)) return 'same';
  if (draft.edits[path] === null) return 'deleted';
  return path in draft.base ? 'changed' : 'added';
}

function byPath(one: string, other: string): number {
  const a = one.split('/');
  const b = other.split('/');
  for (let level = 0; ; level += 1) {
    const isFolderA = level < a.length - 1;
    const isFolderB = level < b.length - 1;
    if (isFolderA !== isFolderB) return isFolderA ? -1 : 1;
    const order = (a[level] ?? '').localeCompare(b[level] ?? '');
    if (order !== 0 || (!isFolderA && !isFolderB)) return order;
  }
}

/** The file to begin with: the task itself. */
export function firstOf(paths: readonly string[]): string | null {
  return paths.find((path) => path === 'main.py') ?? paths.find((path) => path.endsWith('.py')) ?? paths[0] ?? null;
}

/** The same changes on another commit: files that were not touched are that commit's. */
export function rebase(draft: Draft, source: Source): Draft {
  const onto = begin(source);
  return Object.entries(draft.edits).reduce((made, [path, text]) => withEdit(made, path, text), onto);
}

/** The changes that make a draft's files those of another. */
export function alike(draft: Draft, other: Draft): Draft {
  const paths = new Set([...Object.keys(draft.base), ...Object.keys(other.base)]);
  // What cannot be shown cannot be written either, and stays.
  return [...paths].reduce((made, path) => (other.base[path] === null ? made : withEdit(made, path, other.base[path] ?? null)), draft);
}

/** The paths that were changed here, and also between the commit that was edited and `source`. */
export function contested(draft: Draft, source: Source): string[] {
  const theirs = begin(source).base;
  return Object.keys(draft.edits).filter((path) => theirs[path] !== draft.base[path] && theirs[path] !== draft.edits[path]);
}

/** The changes of both, on what somebody else has saved; null when they touch, and a person has to choose. */
export function together(draft: Draft, source: Source): Draft | null {
  const onto = rebase(draft, source);
  let made = onto;
  for (const path of contested(draft, source)) {
    const [base, theirs, mine] = [draft.base[path] ?? null, onto.base[path] ?? null, draft.edits[path] ?? null];
    const text = base === null || theirs === null || mine === null ? null : merged(base, theirs, mine);
    if (text === null) return null;
    made = withEdit(made, path, text);
  }
  return made;
}

/** Why a file cannot have this path; null when it can. */
export function pathProblem(draft: Draft, path: string): string | null {
  const parts = path.split('/');
  if (path === '') return 'Write a name, such as lib/text.py.';
  if (path.startsWith('/') || path.includes('\\')) return 'Write a path from the top of the source, with / between folders.';
  if (parts.includes('..')) return 'With “..” the path leaves the folder: write it from the top of the source.';
  if (parts.includes('.')) return 'A part of the path is only a dot: write the path without it.';
  if (path.endsWith('/')) return 'The file has no name: write one after the last /.';
  if (parts.includes('')) return 'A folder has no name: there are two / beside each other.';
  if (parts.some((part) => part.toLowerCase() === '.git')) return '.git belongs to the repository.';
  const present = filesOf(draft).filter((file) => file.status !== 'deleted').map((file) => file.path);
  if (present.includes(path)) return 'There is a file of this name.';
  if (present.some((other) => other.startsWith(`${path}/`) || path.startsWith(`${other}/`))) return 'A file and a folder cannot have the same name.';
  return null;
}

/** Why other modules can't import a file of this path; null when they can, and of what is no Python. */
export function importProblem(path: string): string | null {
  const parts = path.endsWith('.py') ? path.slice(0, -3).split('/') : [];
  const wrong = parts.find((part) => !/^[\p{L}_][\p{L}\p{N}_]*$/u.test(part));
  return wrong === undefined ? null : `Other files can't import it: “${wrong}” is no name in Python. Use letters, digits and _ only.`;
}

/** What a commit of these changes may be called: "Change main.py", "Add lib/text.py and 2 other changes". */
export function suggestMessage(draft: Draft): string {
  const paths = Object.keys(draft.edits).sort();
  const [first = ''] = paths;
  const renamed = renameOf(draft);
  if (renamed) return `Rename ${renamed.from} to ${renamed.to}`;
  const verb = { added: 'Add', deleted: 'Delete', changed: 'Change', same: 'Change' }[statusOf(draft, first)];
  if (paths.length === 1) return `${verb} ${first}`;
  if (paths.length === 2 && paths.every((path) => statusOf(draft, path) === statusOf(draft, first))) return `${verb} ${paths.join(' and ')}`;
  return `${verb} ${first} and ${paths.length - 1} other file${paths.length > 2 ? 's' : ''}`;
}

function renameOf({ base, edits }: Draft): { from: string; to: string } | null {
  const entries = Object.entries(edits);
  const from = entries.find(([, text]) => text === null)?.[0];
  const to = entries.find(([path, text]) => text !== null && !(path in base));
  if (entries.length !== 2 || from === undefined || !to) return null;
  return base[from] === to[1] ? { from, to: to[0] } : null;
}
