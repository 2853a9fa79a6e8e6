import { Compartment, EditorState, type Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { useEffect, useId, useImperativeHandle, useRef, useState } from 'react';
import classes from './form.module.css';
import { Inserts } from './inserts';
import { pythonLine } from './python-line';
import { SignatureHint } from './signature-hint';
import type { Surroundings } from './api';
import type { Signature } from './signature';

export interface ExpressionHandle {
  focus: () => void;
}

interface ExpressionFieldProps {
  /** What it is called by those who listen. */
  label: string;
  value: string;
  onChange: (text: string) => void;
  onApply: () => void;
  onRevert: () => boolean;
  onRename?: () => boolean;
  onBlur?: () => void;
  surroundings: Surroundings;
  /** The signature of what a name calls; null where that is not known. */
  signatureOf?: (name: string) => Signature | null;
  hint?: string;
  isWrong: boolean;
  describedBy: string;
  /** Several lines, in which Enter makes a new one. */
  block?: boolean;
  /** Offers what the step can use. */
  withInserts?: boolean;
  ref?: React.Ref<ExpressionHandle>;
}

/** A piece of Python, usually of one line, with completion, the signature of what is called, and what can be inserted. */
export function ExpressionField(props: ExpressionFieldProps) {
  const { ref, ...rest } = props;
  const { label, value, surroundings, signatureOf, isWrong, describedBy, hint = '', block = false, withInserts = true } = rest;
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const latest = useRef(rest);
  const [attributes] = useState(() => new Compartment());
  const [call, setCall] = useState<{ text: string; at: number } | null>(null);
  const hintId = useId();
  useEffect(() => {
    latest.current = rest;
  });
  useImperativeHandle(ref, () => ({ focus: () => view.current?.focus() }), []);

  const told = { 'aria-label': label, 'aria-describedby': `${describedBy} ${hintId}`, 'aria-invalid': String(isWrong), 'aria-multiline': String(block), spellcheck: 'false' };
  const first = useRef({ value, told, hint, block });
  useEffect(() => {
    if (!place.current) return undefined;
    const { value: text, told: words, hint: empty, block: isBlock } = first.current;
    const extensions: Extension[] = [
      pythonLine(() => eventsOf(latest.current), empty, { block: isBlock }),
      attributes.of(EditorView.contentAttributes.of(words)),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) latest.current.onChange(update.state.doc.toString());
        if (update.docChanged || update.selectionSet) setCall({ text: update.state.doc.toString(), at: update.state.selection.main.head });
      }),
      EditorView.domEventHandlers({
        focus: (_, present) => setCall({ text: present.state.doc.toString(), at: present.state.selection.main.head }),
        blur: () => {
          setCall(null);
          latest.current.onBlur?.();
        },
      }),
    ];
    const made = new EditorView({ parent: place.current, state: EditorState.create({ doc: text, selection: { anchor: text.length }, extensions }) });
    view.current = made;
    return () => {
      made.destroy();
      view.current = undefined;
    };
  }, [attributes]);

  useEffect(() => {
    const present = view.current;
    if (present && present.state.doc.toString() !== value) present.dispatch({ changes: { from: 0, to: present.state.doc.length, insert: value }, selection: { anchor: value.length } });
  }, [value]);
  const { 'aria-describedby': describes, 'aria-invalid': invalid } = told;
  useEffect(() => {
    view.current?.dispatch({ effects: attributes.reconfigure(EditorView.contentAttributes.of(told)) });
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `told` is made of these
  }, [attributes, label, describes, invalid]);

  const insert = (text: string, back: number) => {
    const present = view.current;
    if (!present) return;
    const { from, to } = present.state.selection.main;
    present.dispatch({ changes: { from, to, insert: text }, selection: { anchor: from + text.length - back }, userEvent: 'input' });
    present.focus();
  };
  return (
    <>
      <div className={classes['expression']} data-wrong={isWrong || undefined} data-block={block || undefined}>
        <div ref={place} className={classes['line']} />
        {withInserts && <Inserts label={label} known={surroundings.known} onInsert={insert} />}
      </div>
      <SignatureHint id={hintId} call={call} signatureOf={signatureOf} />
    </>
  );
}

const eventsOf = (props: Omit<ExpressionFieldProps, 'ref'>) => ({
  onApply: props.onApply,
  onRevert: props.onRevert,
  onRename: props.onRename ?? (() => false),
  fitting: props.surroundings.fitting,
});
