import { MergeView } from '@codemirror/merge';
import { EditorView } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import classes from './editor.module.css';
import { extensionsFor } from './extensions';

interface DiffViewProps {
  path: string;
  theirs: string;
  mine: string;
  /** Mine, when it is changed here; absent when both are to be read. */
  onChange?: (text: string) => void;
  /** What the two are called, for those who listen. */
  names?: readonly [string, string];
}

/** Two texts side by side: theirs to read, mine to edit; an arrow between takes a part of theirs over. */
export function DiffView({ path, theirs, mine, onChange, names = ['theirs', 'mine'] }: DiffViewProps) {
  const canEdit = onChange !== undefined;
  const [left, right] = names;
  const place = useRef<HTMLDivElement>(null);
  // What is typed comes back as `mine`; only another file begins anew.
  const first = useRef(mine);
  const report = useRef(onChange);
  useEffect(() => {
    first.current = mine;
    report.current = onChange;
  }, [mine, onChange]);
  useEffect(() => {
    if (!place.current) return undefined;
    const merge = new MergeView({
      parent: place.current,
      a: { doc: theirs, extensions: extensionsFor(path, `${path}, ${left}`, { readOnly: true }) },
      b: {
        doc: first.current,
        extensions: [
          extensionsFor(path, `${path}, ${right}`, { readOnly: !canEdit }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) report.current?.(update.state.doc.toString());
          }),
        ],
      },
      ...(canEdit && { revertControls: 'a-to-b' as const }),
      collapseUnchanged: { margin: 4, minSize: 8 },
      gutter: true,
    });
    return () => merge.destroy();
  }, [path, theirs, canEdit, left, right]);
  return <div ref={place} className={classes['diff']} />;
}
