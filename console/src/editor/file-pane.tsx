import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { IconAdjustmentsHorizontal, IconPencil, IconPlayerPlay, IconRestore, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import type { ComponentRef } from '@/lib/types';
import { CodeEditor } from './code-editor';
import { type Draft, statusOf, textOf } from './draft';
import classes from './editor.module.css';
import { useRun, useRunKey } from './run/run-context';
import type { PanelName } from './side-panel';
import { TwoViews } from './two-views';
import { useView } from './use-view';
import { ViewSwitch } from './view-switch';

interface FilePaneProps {
  component: ComponentRef;
  draft: Draft;
  path: string | null;
  line: number | null;
  /** The panel that is open at first. */
  first: PanelName | null;
  onWrite: (path: string, text: string) => void;
  onRename: () => void;
  onDelete: () => void;
  onRevert: () => void;
}

/** The file that is being edited, under its name and what can be done with it. */
export function FilePane({ component, draft, path, line, first, onWrite, onRename, onDelete, onRevert }: FilePaneProps) {
  const { view, isNarrow, choose } = useView();
  const [panel, setPanel] = useState<PanelName | null>(first);
  const canRun = useRun() !== null && !isNarrow;
  useRunKey(canRun && path?.endsWith('.py') ? () => setPanel('run') : null);
  if (path === null) return <div className={classes['blank']}>There is no file. Add one at the left.</div>;
  const status = statusOf(draft, path);
  const text = textOf(draft, path);
  const hasFlow = text !== null && path.endsWith('.py');
  return (
    <>
      <div className={classes['bar']}>
        <span className={classes['path']}>
          <span className="mono">{path}</span>
          {status !== 'same' && <span className={classes['unsaved']}>not saved</span>}
        </span>
        {hasFlow && (
          <ViewSwitch view={view} isNarrow={isNarrow} choose={choose} />
        )}
        {hasFlow && canRun && (
          <Button
            size="compact-xs"
            variant={panel === 'run' ? 'light' : 'default'}
            aria-pressed={panel === 'run'}
            leftSection={<IconPlayerPlay size={13} aria-hidden />}
            onClick={() => setPanel(panel === 'run' ? null : 'run')}
          >
            Run
          </Button>
        )}
        {hasFlow && !isNarrow && (
          <Tooltip label="Configuration">
            <ActionIcon
              aria-label="Configuration"
              aria-pressed={panel === 'settings'}
              variant={panel === 'settings' ? 'light' : 'subtle'}
              onClick={() => setPanel(panel === 'settings' ? null : 'settings')}
            >
              <IconAdjustmentsHorizontal size={16} stroke={1.7} aria-hidden />
            </ActionIcon>
          </Tooltip>
        )}
        {status === 'changed' && (
          <Tooltip label="Take back what was changed in this file">
            <ActionIcon aria-label={`Revert ${path}`} onClick={onRevert}>
              <IconRestore size={16} stroke={1.7} aria-hidden />
            </ActionIcon>
          </Tooltip>
        )}
        {text !== null && (
          <Tooltip label="Rename">
            <ActionIcon aria-label={`Rename ${path}`} onClick={onRename}>
              <IconPencil size={16} stroke={1.7} aria-hidden />
            </ActionIcon>
          </Tooltip>
        )}
        <Tooltip label="Delete">
          <ActionIcon aria-label={`Delete ${path}`} onClick={onDelete}>
            <IconTrash size={16} stroke={1.7} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </div>
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
