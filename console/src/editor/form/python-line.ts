/** A short piece of Python to edit in a form: highlighted, completed with what its step can use, and left with Tab. */
import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, closeCompletion, type Completion, type CompletionContext, completionKeymap, completionStatus, type CompletionResult } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, insertNewline } from '@codemirror/commands';
import { python } from '@codemirror/lang-python';
import { bracketMatching, indentUnit } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { drawSelection, EditorView, keymap, placeholder } from '@codemirror/view';
import type { Known } from '@/lib/types';
import { colours } from '../extensions';

const WORD = /[\w.]*$/;
const TYPES: Record<Known['kind'], string> = {
  input: 'variable',
  variable: 'variable',
  connection: 'variable',
  setting: 'property',
  function: 'function',
  class: 'class',
  import: 'namespace',
  builtin: 'function',
  keyword: 'keyword',
  attribute: 'property',
};

const look = EditorView.theme({
  '&': { minWidth: '0', color: 'var(--ink)', backgroundColor: 'transparent', fontSize: '0.8125rem' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { maxHeight: '9.6em', fontFamily: 'var(--mantine-font-family-monospace)', fontVariantLigatures: 'none', lineHeight: '1.6', overflow: 'auto' },
  '.cm-content': { padding: '4px 0', caretColor: 'var(--ink)' },
  '.cm-line': { padding: '0 8px' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-placeholder': { color: 'var(--ink-soft)' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': { backgroundColor: 'var(--code-selection)' },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--code-match)', outline: '1px solid var(--code-match-line)' },
  '.cm-tooltip': { color: 'var(--ink)', backgroundColor: 'var(--surface-raised)', border: '1px solid var(--line-strong)', borderRadius: '6px' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { color: 'var(--accent-ink)', backgroundColor: 'var(--accent-soft)' },
  '.cm-completionDetail': { color: 'inherit' },
});

export interface LineEvents {
  onApply: () => void;
  /** False when there was nothing to take back. */
  onRevert: () => boolean;
  onRename: () => boolean;
  fitting: (typed: string) => Promise<readonly Known[]>;
}

/** Enter applies and Shift-Enter makes a line; in a `block`, Enter makes a line and Ctrl-Enter applies. */
export function pythonLine(events: () => LineEvents, hint: string, { block = false } = {}): Extension[] {
  const apply = (view: EditorView) => {
    closeCompletion(view); // else the next Escape would close what is on its way, and not lead back to the step
    events().onApply();
    return true;
  };
  return [
    history(),
    drawSelection(),
    bracketMatching(),
    closeBrackets(),
    python(),
    colours,
    indentUnit.of('    '),
    EditorView.lineWrapping,
    placeholder(hint),
    autocompletion({ override: [(context) => complete(context, events().fitting)], icons: false, activateOnTypingDelay: 60 }),
    keymap.of([
      ...completionKeymap.filter((each) => each.key !== 'Escape'),
      { key: 'Tab', run: acceptCompletion },
      { key: 'Mod-Enter', run: apply },
      ...(block ? [] : [{ key: 'Enter', run: apply }, { key: 'Shift-Enter', run: insertNewline }]),
      { key: 'F2', run: () => events().onRename() },
      ...completionKeymap.filter((each) => each.key === 'Escape'),
      { key: 'Escape', run: (view) => completionStatus(view.state) === null && events().onRevert() },
      ...closeBracketsKeymap,
      ...historyKeymap,
      ...defaultKeymap,
    ]),
    look,
  ];
}

async function complete(context: CompletionContext, fitting: LineEvents['fitting']): Promise<CompletionResult | null> {
  const word = context.matchBefore(WORD);
  if (!context.explicit && (!word || word.from === word.to)) return null;
  const typed = context.state.doc.sliceString(0, context.pos);
  if (isInText(typed)) return null;
  const found = await fitting(typed);
  if (context.aborted || found.length === 0) return null;
  const from = word ? word.from + word.text.lastIndexOf('.') + 1 : context.pos;
  const owned = word && word.text.includes('.') ? word.text.slice(0, word.text.lastIndexOf('.') + 1) : '';
  return { from, options: found.map((each, place) => option(each, owned, found.length - place)), validFor: /^\w*$/ };
}

function option(known: Known, owned: string, boost: number): Completion {
  const isCalled = known.kind === 'function' || known.kind === 'builtin';
  const label = known.insert.startsWith(owned) ? known.insert.slice(owned.length) : known.insert;
  return {
    label,
    type: TYPES[known.kind],
    boost: Math.min(99, boost),
    ...(known.detail && { detail: isCalled || known.detail.startsWith('(') ? known.detail : `: ${known.detail}` }),
    ...(known.documentation && { info: known.documentation }),
  };
}

/** Whether the end of a piece of Python is inside of a text. */
export function isInText(typed: string): boolean {
  let quote = '';
  for (let at = 0; at < typed.length; at += 1) {
    const letter = typed[at] ?? '';
    if (quote && letter === '\\') at += 1;
    else if (quote && letter === quote) quote = '';
    else if (!quote && (letter === '"' || letter === "'")) quote = letter;
  }
  return quote !== '';
}
