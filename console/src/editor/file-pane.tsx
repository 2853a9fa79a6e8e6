import { useState } from 'react';
import type { ComponentRef } from '@/lib/types';
import { CodeEditor } from './code-editor';
import { type Draft, statusOf, textOf } from './draft';
import classes from './editor.module.css';
import { FileBar } from './file-bar';
import { useRun, useRunKey } from './run/run-context';
import type { PanelName } from './side-panel';
import { TwoViews } from './two-views';
import { useStable } from './use-stable';
import { useView } from './use-view';

interface FilePaneProps {
  component: ComponentRef;
  draft: Draft;
  path: string | null;
  /** Nothing else is looked at in its place. */
  isShown: boolean;
  line: number | null;
  /** The panel that is open at first. */
  first: PanelName | null;
  onWrite: (path: string, text: string) => void;
  onRename: () => void;
  onDelete: () => void;
  onRevert: () => void;
}

/** The file that is being edited, under its name and what can be done with it. */
export function FilePane({ component, draft, path, isShown, line, first, onWrite, onRename, onDelete, onRevert }: FilePaneProps) {
  const { view, isNarrow, choose } = useView();
  const [panel, setPanel] = useState<PanelName | null>(first);
  const [rename, remove, revert] = [useStable(onRename), useStable(onDelete), useStable(onRevert)];
  const canRun = useRun() !== null && !isNarrow;
  useRunKey(canRun && isShown && path?.endsWith('.py') ? () => setPanel('run') : null);
  if (path === null) return <div className={classes['blank']}>There is no file. Add one at the left.</div>;
  const status = statusOf(draft, path);
  const text = textOf(draft, path);
  const hasFlow = text !== null && path.endsWith('.py');
  return (
    <>
      <FileBar
        path={path}
        status={status}
        isText={text !== null}
        hasFlow={hasFlow}
        canRun={canRun}
        panel={panel}
        onPanel={setPanel}
        onRename={rename}
        onDelete={remove}
        onRevert={revert}
        view={view}
        isNarrow={isNarrow}
        choose={choose}
      />
      {text === null ? (
        <div className={classes['blank']}>This file is not text, or larger than 1 MB. Push it from a checkout to change it.</div>
      ) : hasFlow ? (
        <TwoViews
          component={component}
          draft={draft}
          panel={isNarrow ? null : panel}
          onPanel={setPanel}
          path={path}
          text={text}
          line={line}
          view={view}
          isNarrow={isNarrow}
          onWrite={(next) => onWrite(path, next)}
          onShowCode={() => view === 'flow' && choose(isNarrow ? 'code' : 'both')}
        />
      ) : (
        <CodeEditor path={path} text={text} line={line} onChange={(next) => onWrite(path, next)} />
      )}
      <div className={classes['foot']}>
        {hasFlow && view !== 'code' && (
          <>
            <span>Arrow keys walk the flow</span>
            <span>Enter or double click edits</span>
            <span>+ inserts</span>
            <span>Ctrl-K lists all</span>
          </>
        )}
        {hasFlow && canRun && <span>Ctrl-Enter runs</span>}
        <span>Ctrl-S saves</span>
        {view !== 'flow' && (
          <>
            <span>Ctrl-F finds</span>
            <span>Esc, then Tab leaves the code</span>
          </>
        )}
      </div>
    </>
  );
}
