import { ActionIcon, Tooltip } from '@mantine/core';
import { IconArrowBackUp, IconPencil, IconTrash } from '@tabler/icons-react';
import { CodeEditor } from './code-editor';
import { type Draft, statusOf, textOf } from './draft';
import classes from './editor.module.css';

interface FilePaneProps {
  draft: Draft;
  path: string | null;
  line: number | null;
  onWrite: (path: string, text: string) => void;
  onRename: () => void;
  onDelete: () => void;
  onRevert: () => void;
}

/** The file that is being edited, under its name and what can be done with it. */
export function FilePane({ draft, path, line, onWrite, onRename, onDelete, onRevert }: FilePaneProps) {
  if (path === null) return <div className={classes['blank']}>There is no file. Add one at the left.</div>;
  const status = statusOf(draft, path);
  const text = textOf(draft, path);
  return (
    <>
      <div className={classes['bar']}>
        <span className={classes['path']}>
          <span className="mono">{path}</span>
          {status !== 'same' && <span className={classes['unsaved']}>not saved</span>}
        </span>
        {status === 'changed' && (
          <Tooltip label="Take back what was changed in this file">
            <ActionIcon aria-label={`Revert ${path}`} onClick={onRevert}>
              <IconArrowBackUp size={16} stroke={1.7} aria-hidden />
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
      ) : (
        <CodeEditor path={path} text={text} line={line} onChange={(next) => onWrite(path, next)} />
      )}
      <div className={classes['foot']}>
        <span>Ctrl-S saves</span>
        <span>Ctrl-F finds</span>
        <span>Esc, then Tab leaves the editor</span>
      </div>
    </>
  );
}
