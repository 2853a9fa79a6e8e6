/** What is typed into fields and not in the source: kept while other steps are looked at, until it is applied or taken back. */
import { useRef, useState } from 'react';

interface Typed {
  text: string;
  /** The field's text when this was typed. */
  from: string | null;
  /** Why the source does not take it. */
  refused: string | null;
  /** On its way into the source, or there while the flow that shows it is on its way. */
  state: 'typed' | 'applying' | 'applied';
}

export type Drafts = Map<string, Typed>;

export const useDrafts = (): React.RefObject<Drafts> => useRef<Drafts>(new Map());

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
export function useDraft(drafts: React.RefObject<Drafts>, key: string, current: string | null, apply: (text: string | null) => Promise<string | null>): Draft {
  const [typed, setTyped] = useState<Typed | null>(null);
  // What was typed before the step was left and come back to.
  const [restored, setRestored] = useState(false);
  if (!restored) {
    setRestored(true);
    setTyped(drafts.current.get(key) ?? null);
  }
  const shown = typed?.state === 'applied' && typed.from !== current ? null : typed;
  if (shown !== typed) setTyped(shown);

  const keep = (next: Typed | null) => {
    if (next?.state === 'typed') drafts.current.set(key, next);
    else drafts.current.delete(key);
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
