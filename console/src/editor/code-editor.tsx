import { Annotation, type ChangeSpec, EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { difference } from '@/flow/mapping';
import classes from './editor.module.css';
import { extensionsFor } from './extensions';
import { asEdited, withEndsOf } from './line-ends';

interface CodeEditorProps {
  path: string;
  text: string;
  onChange?: (text: string) => void;
  /** The cursor is elsewhere, counted in the text as it is edited. */
  onMove?: (place: number) => void;
  /** The editor has changed: its text, its cursor, or which file it shows. */
  onUpdate?: (view: EditorView) => void;
  /** The editor itself, when it is there; null when it goes. */
  onView?: (view: EditorView | null) => void;
  readOnly?: boolean;
  /** A line to go to, counted from 1. */
  line?: number | null;
}

/** A file's text. Each file keeps its own cursor and undo while others are looked at. */
export function CodeEditor({ path, text, onChange, onMove, onUpdate, onView, readOnly = false, line = null }: CodeEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const shown = useRef<{ path: string; readOnly: boolean }>(undefined);
  const states = useRef(new Map<string, EditorState>());
  const report = useRef<Report>({});
  useEffect(() => {
    report.current = { onChange, onMove, onUpdate, onView };
  }, [onChange, onMove, onUpdate, onView]);

  useEffect(() => {
    const kept = states.current;
    return () => {
      report.current.onView?.(null);
      view.current?.destroy();
      view.current = undefined;
      shown.current = undefined;
      kept.clear();
    };
  }, []);

  useEffect(() => {
    const present = view.current;
    const before = shown.current;
    if (present && before?.path === path && before.readOnly === readOnly) {
      if (present.state.doc.toString() !== asEdited(text)) present.dispatch({ changes: changesTo(present.state, text), annotations: outside.of(true) });
      return;
    }
    if (present && before && !before.readOnly) states.current.set(before.path, present.state);
    shown.current = { path, readOnly };
    const kept = readOnly ? undefined : states.current.get(path);
    // What another has changed meanwhile can be undone like what was typed.
    const state = kept ? kept.update({ changes: changesTo(kept, text) }).state : newState(path, text, readOnly, report);
    // The first state makes the view, so that lines are measured in their own font from the start.
    if (present) {
      present.setState(state);
      report.current.onUpdate?.(present);
      // One that nobody has set tells nothing.
      if (kept && state.selection.main.head !== 0) report.current.onMove?.(state.selection.main.head);
    } else if (place.current) {
      view.current = new EditorView({ parent: place.current, state });
      report.current.onView?.(view.current);
    }
  }, [path, text, readOnly]);

  useEffect(() => {
    const present = view.current;
    if (!present || line === null || line < 1 || line > present.state.doc.lines) return;
    const { from, to } = present.state.doc.line(line);
    present.dispatch({ selection: { anchor: from, head: to }, effects: EditorView.scrollIntoView(from, { y: 'center' }) });
  }, [line, path]);

  return <div ref={place} className={classes['code']} />;
}

const outside = Annotation.define<boolean>();

type Report = Pick<CodeEditorProps, 'onChange' | 'onMove' | 'onUpdate' | 'onView'>;

/** The one piece by which a text differs from what is edited. */
function changesTo({ doc }: EditorState, text: string): ChangeSpec {
  const next = asEdited(text);
  const piece = difference(doc.toString(), next);
  return piece ? { from: piece.from, to: piece.to, insert: next.slice(piece.from, piece.from + piece.insert) } : [];
}

function newState(path: string, text: string, readOnly: boolean, report: React.RefObject<Report>): EditorState {
  return EditorState.create({
    doc: text,
    extensions: [
      extensionsFor(path, readOnly ? `${path}, to read` : path, { readOnly }),
      EditorView.updateListener.of((update) => {
        report.current.onUpdate?.(update.view);
        if (update.docChanged) report.current.onChange?.(withEndsOf(text, update.state.doc.toString()));
        // A change from outside tells of no cursor that nobody has set.
        const isOutside = update.startState.selection.main.head === 0 && update.transactions.some((each) => each.annotation(outside));
        if (!isOutside && (update.docChanged || update.selectionSet)) report.current.onMove?.(update.state.selection.main.head);
      }),
    ],
  });
}
