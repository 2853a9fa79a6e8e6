/** What is typed into fields and not in the source: kept while other steps are looked at, until it is applied or taken back. */
import { useMemo, useState, useSyncExternalStore } from 'react';

interface Typed {
  text: string;
  /** The field's text when this was typed. */
  from: string | null;
  /** Why the source does not take it. */
  refused: string | null;
  /** On its way into the source, or there while the flow that shows it is on its way. */
  state: 'typed' | 'applying' | 'applied';
}

/** All that is typed and not in the source, by step and field; tells who listens. */
export class Drafts {
  private typed: ReadonlyMap<string, Typed> = new Map();
  private readonly listeners = new Set<() => void>();

  get(key: string): Typed | null {
    return this.typed.get(key) ?? null;
  }

  set(key: string, typed: Typed | null): void {
    if (typed === null && !this.typed.has(key)) return;
    const next = new Map(this.typed);
    if (typed) next.set(key, typed);
    else next.delete(key);
    this.typed = next;
    for (const listener of this.listeners) listener();
  }

  readonly all = (): ReadonlyMap<string, Typed> => this.typed;

  readonly listen = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}

/** What is typed into the forms of one file's steps; that of others is kept until they are opened again. */
export function useDrafts(path: string): Drafts {
  const [kept, setKept] = useState<ReadonlyMap<string, Drafts>>(() => new Map([[path, new Drafts()]]));
  const known = kept.get(path);
  if (known) return known;
  // The steps of another file have the same names.
  const drafts = new Drafts();
  setKept(new Map([...kept, [path, drafts]]));
  return drafts;
}

/** Something that the source has refused, and that is still there as it was typed. */
export interface Refused {
  /** Of the draft. */
  key: string;
  /** Of the step. */
  id: string;
  text: string;
  why: string;
}

/** What was refused and not taken back, in the order in which it was. */
export function useRefused(drafts: Drafts): readonly Refused[] {
  const all = useSyncExternalStore(drafts.listen, drafts.all);
  return useMemo(() => [...all].flatMap(([key, { text, refused }]) => (refused === null ? [] : [{ key, id: key.slice(0, key.indexOf(' ')), text, why: refused }])), [all]);
}

export interface Draft {
  /** What the field shows. */
  text: string | null;
  /** What is typed and not applied; null when nothing is. */
  typed: string | null;
  refused: string | null;
  write: (text: string) => void;
  /** Applies what is typed, or `text`; null takes the field away. */
  commit: (text?: string | null) => void;
  /** Forgets what is typed; false when nothing is. */
  revert: () => boolean;
}

/** `current` is the field's text in the source; `apply` gives null, or why it is refused. */
export function useDraft(drafts: Drafts, key: string, current: string | null, apply: (text: string | null) => Promise<string | null>): Draft {
  const [typed, setTyped] = useState<Typed | null>(null);
  // What was typed before the step was left and come back to.
  const [restored, setRestored] = useState(false);
  if (!restored) {
    setRestored(true);
    setTyped(drafts.get(key));
  }
  const shown = typed?.state === 'applied' && typed.from !== current ? null : typed;
  if (shown !== typed) setTyped(shown);

  const keep = (next: Typed | null) => {
    drafts.set(key, next?.state === 'typed' ? next : null);
    setTyped(next);
  };
  const send = async (text: string | null) => {
    if (text !== null) keep({ text, from: current, refused: null, state: 'applying' });
    const refused = await apply(text);
    if (refused !== null) keep({ text: text ?? current ?? '', from: current, refused, state: 'typed' });
    else if (text !== null) keep({ text, from: current, refused, state: 'applied' });
    else keep(null);
  };
  const pending = shown?.state === 'typed' ? shown : null;
  return {
    text: shown ? shown.text : current,
    typed: pending?.text ?? null,
    refused: pending?.refused ?? null,
    write: (text) => keep(text === (current ?? '') ? null : { text, from: current, refused: null, state: 'typed' }),
    commit: (given) => {
      if (given === undefined && pending === null) return;
      const text = given === undefined ? (pending?.text.trim() ?? null) : given;
      if (text !== null && text === (current ?? '').trim()) keep(null);
      else void send(text);
    },
    revert: () => {
      if (shown === null) return false;
      keep(null);
      return true;
    },
  };
}
