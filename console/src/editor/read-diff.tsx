import { unifiedMergeView } from '@codemirror/merge';
import { EditorView } from '@codemirror/view';
import { useMediaQuery } from '@mantine/hooks';
import { useEffect, useRef } from 'react';
import { DiffView } from './diff-view';
import classes from './editor.module.css';
import { extensionsFor } from './extensions';

interface ReadDiffProps {
  path: string;
  before: string;
  after: string;
  /** What the two are called, for those who listen. */
  names: readonly [string, string];
}

const TOO_NARROW = '(max-width: 62em)';

/** Two texts to be read: side by side, and line below line where there is no room for that. */
export function ReadDiff({ path, before, after, names }: ReadDiffProps) {
  const isNarrow = useMediaQuery(TOO_NARROW, undefined, { getInitialValueInEffect: false }) ?? false;
  if (!isNarrow) return <DiffView path={path} theirs={before} mine={after} names={names} />;
  return <Unified path={path} before={before} after={after} names={names} />;
}

// What is gone and what is new is told by a sign as well, and not by colour alone.
const signs = EditorView.theme({
  '.cm-line': { position: 'relative', padding: '0 8px 0 18px' },
  '.cm-deletedChunk': { padding: '0', backgroundColor: 'color-mix(in srgb, var(--outcome-failed) 10%, transparent) !important' },
  '.cm-deletedLine': { position: 'relative', display: 'block', padding: '0 8px 0 18px', textDecoration: 'none', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' },
  '.cm-deletedChunk .cm-deletedText': { background: 'color-mix(in srgb, var(--outcome-failed) 16%, transparent) !important' },
  '.cm-insertedLine': { textDecoration: 'none' },
  '.cm-changedLine::before, .cm-deletedLine::before': { position: 'absolute', left: '5px', color: 'var(--ink-soft)' },
  '.cm-changedLine::before': { content: '"+"' },
  '.cm-deletedLine::before': { content: '"−"' },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '30px', padding: '0 4px 0 0' },
  '.cm-content': { overflowWrap: 'anywhere' },
});

function Unified({ path, before, after, names: [left, right] }: ReadDiffProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!place.current) return undefined;
    const view = new EditorView({
      parent: place.current,
      doc: after,
      extensions: [
        signs,
        extensionsFor(path, `${path}, ${left} and ${right}`, { readOnly: true }),
        EditorView.lineWrapping,
        unifiedMergeView({ original: before, mergeControls: false, gutter: true, collapseUnchanged: { margin: 3, minSize: 6 } }),
      ],
    });
    return () => view.destroy();
  }, [path, before, after, left, right]);
  return <div ref={place} className={classes['diff']} />;
}
