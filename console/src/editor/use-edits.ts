/** Edits of the flow: the server says which pieces of the text change, and they change in the one document that is typed in. */
import { redo, redoDepth, undo, undoDepth, isolateHistory } from '@codemirror/commands';
import { type StateCommand, Transaction } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { type Drawn, drawn as draw, movedTo } from '@/flow/mapping';
import { blockIn, type Path, parentOf } from '@/flow/model';
import { ApiError } from '@/lib/errors';
import type { FlowEdited, Operation } from '@/lib/types';
import { copySteps, editFlow } from './flow-api';
import type { LiveFlow } from './use-flow';

/** Does one edit after those before it. Null when it is done; else why it is not, for a person. */
export type Apply = (operation: Operation) => Promise<string | null>;

export interface Edits {
  /** Paths in the operation are of the flow that is shown now; when the text has changed by its turn, of the same steps. */
  apply: Apply;
  /** The code of steps beside each other, from column 0; null when they cannot be had. */
  copy: (path: Path, count: number) => Promise<string | null>;
  undo: () => void;
  redo: () => void;
  canUndo: boolean;
  canRedo: boolean;
  /** To be told of each change of the document. */
  onHistory: (view: EditorView) => void;
}

// So often an edit is asked for again because somebody typed while the answer was on its way.
const TRIES = 4;
const GONE = 'That step is no longer there.';
const BUSY = 'The code changed at the same time. Do it again.';

export function useEdits(path: string, live: LiveFlow, editor: React.RefObject<EditorView | null>): Edits {
  const now = useRef({ path, live });
  useEffect(() => {
    now.current = { path, live };
  }, [path, live]);
  const last = useRef<Promise<unknown>>(Promise.resolve());

  const apply = useCallback<Apply>(
    (operation) => {
      const from = now.current;
      const turn = async () => {
        try {
          for (let attempt = 0; attempt < TRIES; attempt += 1) {
            const view = editor.current;
            if (!view || now.current.path !== from.path) return GONE;
            const { doc } = view.state;
            const told = await ask(operation, from.live.drawn, now.current.live, doc.toString());
            if (typeof told === 'string') return told;
            if (editor.current !== view || now.current.path !== from.path) return GONE;
            if (view.state.doc !== doc) continue;
            now.current.live.hurry();
            change(view, told);
            return null;
          }
          return BUSY;
        } catch (thrown) {
          return thrown instanceof ApiError ? thrown.message : 'The edit could not be made.';
        }
      };
      const made = last.current.then(turn);
      last.current = made;
      return made;
    },
    [editor],
  );

  const copy = useCallback(
    async (at: Path, count: number) => {
      const { drawn, anchors } = now.current.live;
      if (!drawn) return null;
      try {
        return await copySteps(drawn.text, anchors(drawn.text), at, count);
      } catch {
        return null;
      }
    },
    [],
  );

  const [depth, setDepth] = useState({ canUndo: false, canRedo: false });
  const onHistory = useCallback((view: EditorView) => {
    const canUndo = undoDepth(view.state) > 0;
    const canRedo = redoDepth(view.state) > 0;
    setDepth((before) => (before.canUndo === canUndo && before.canRedo === canRedo ? before : { canUndo, canRedo }));
  }, []);
  const back = useCallback(
    (command: StateCommand) => {
      const view = editor.current;
      if (!view) return;
      now.current.live.hurry();
      command({
        state: view.state,
        dispatch: (transaction) => {
          view.dispatch(transaction);
          // Undone, one is back where one was; done again, at what came of it.
          if (command === redo) view.dispatch({ selection: { anchor: madeAt(transaction) } });
        },
      });
    },
    [editor],
  );
  return useMemo(() => ({ apply, copy, undo: () => back(undo), redo: () => back(redo), ...depth, onHistory }), [apply, copy, back, depth, onHistory]);
}

interface Told extends FlowEdited {
  /** Where to be afterwards, in the text before: what the answer does not say. */
  stay: number | null;
}

/** What the server says to an operation, or why it is not made. */
async function ask(operation: Operation, from: Drawn | null, live: LiveFlow, text: string): Promise<Told | string> {
  const anchors = live.anchors(text);
  let asked: Operation | null = operation;
  let drawn = from;
  if (('path' in operation || 'block' in operation) && from && from.text !== text) {
    const known = live.drawn ?? from;
    drawn = known.text === text ? known : draw(known, text, await live.read(text));
    asked = movedTo(operation, from, drawn);
  }
  if (!asked) return GONE;
  const told = await editFlow(text, anchors, asked);
  return told.refused ?? { ...told, select: LEADS.has(asked.op) ? told.select : null, stay: asked.op === 'delete' && drawn ? besideOf(drawn, asked.path, asked.count) : null };
}

/** The edits that lead to what they made. */
const LEADS: ReadonlySet<Operation['op']> = new Set(['insert', 'duplicate', 'move', 'replace', 'add_branch', 'switch_off', 'switch_on', 'extract']);

/** Where the step is that takes the place of deleted ones: the next, else the one before, else the one around. */
function besideOf({ flow }: Drawn, path: Path, count: number): number | null {
  const nodes = blockIn(flow, path.slice(0, -1))?.nodes ?? [];
  const index = nodes.findIndex((node) => node.path.at(-1) === path.at(-1));
  const step = nodes[index + count] ?? nodes[index - 1] ?? nodes[index] ?? parentOf(flow, path);
  return step?.range[0] ?? null;
}

function change(view: EditorView, { changes, select, stay }: Told): void {
  const made = view.state.changes(changes.map(({ start, end, insert }) => ({ from: start, to: end, insert })));
  const place = select ?? (stay === null ? null : made.mapPos(stay, 1));
  view.dispatch({
    changes: made,
    ...(place !== null && { selection: { anchor: place }, effects: EditorView.scrollIntoView(place, { y: 'center', x: 'end' }) }),
    annotations: [isolateHistory.of('full'), Transaction.userEvent.of('input.flow')],
  });
}

/** The first letter of the largest piece that a transaction wrote. */
function madeAt({ changes, newDoc }: Transaction): number {
  let most = -1;
  let place = 0;
  changes.iterChanges((_from, _to, from, to, inserted) => {
    if (inserted.length <= most) return;
    most = inserted.length;
    place = from + (/^\s*/.exec(newDoc.sliceString(from, to))?.[0].length ?? 0);
  });
  return place;
}
