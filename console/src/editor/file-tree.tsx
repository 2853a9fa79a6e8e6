import { ActionIcon, Tooltip } from '@mantine/core';
import { IconApi, IconArrowBackUp, IconFilePlus } from '@tabler/icons-react';
import { memo } from 'react';
import type { File } from './draft';
import classes from './file-tree.module.css';

const MARKS = { same: '', changed: 'M', added: 'A', deleted: 'D' } as const;
const WORDS = { same: '', changed: 'changed', added: 'added', deleted: 'deleted' } as const;

interface FileTreeProps {
  files: readonly File[];
  selected: string | null;
  onSelect: (path: string) => void;
  /** Absent when the files can only be read. */
  onAdd?: () => void;
  /** Makes a client from an OpenAPI file. */
  onAddClient?: () => void;
  onRevert?: (path: string) => void;
}

/** The files, folders before files; what was changed since the last save is marked by a letter. */
export const FileTree = memo(function FileTree({ files, selected, onSelect, onAdd, onAddClient, onRevert }: FileTreeProps) {
  return (
    <nav className={classes['tree']} aria-label="Files">
      <div className={classes['head']}>
        <h2 className={classes['title']}>Files</h2>
        {onAddClient && (
          <Tooltip label="Client from an OpenAPI file">
            <ActionIcon size="sm" aria-label="Client from an OpenAPI file" onClick={onAddClient}>
              <IconApi size={15} stroke={1.7} aria-hidden />
            </ActionIcon>
          </Tooltip>
        )}
        {onAdd && (
          <Tooltip label="New file">
            <ActionIcon size="sm" aria-label="New file" onClick={onAdd}>
              <IconFilePlus size={15} stroke={1.7} aria-hidden />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
      <ul className={classes['list']}>
        {rowsOf(files).map(({ folder, file, name, depth }) =>
          file ? (
            <li key={file.path} className={classes['file']} data-status={file.status}>
              <button
                type="button"
                className={classes['row']}
                style={{ paddingLeft: 12 + depth * 14 }}
                aria-current={file.path === selected ? 'true' : undefined}
                disabled={file.status === 'deleted'}
                onClick={() => onSelect(file.path)}
                title={file.path}
              >
                <span className={classes['name']}>{name}</span>
                {file.status !== 'same' && (
                  <span className={classes['mark']}>
                    <span aria-hidden>{MARKS[file.status]}</span>
                    <span className={classes['spoken']}>, {WORDS[file.status]}</span>
                  </span>
                )}
              </button>
              {file.status === 'deleted' && onRevert && (
                <Tooltip label="Bring it back">
                  <ActionIcon size="sm" aria-label={`Bring back ${file.path}`} onClick={() => onRevert(file.path)}>
                    <IconArrowBackUp size={14} aria-hidden />
                  </ActionIcon>
                </Tooltip>
              )}
            </li>
          ) : (
            <li key={`${folder}/`} className={classes['folder']} style={{ paddingLeft: 12 + depth * 14 }}>
              {name}/
            </li>
          ),
        )}
      </ul>
    </nav>
  );
});

interface TreeRow {
  folder: string;
  file: File | null;
  name: string;
  depth: number;
}

/** Files with a row for each folder before the first file in it. */
function rowsOf(files: readonly File[]): TreeRow[] {
  const rows: TreeRow[] = [];
  const seen = new Set<string>();
  for (const file of files) {
    const parts = file.path.split('/');
    for (let depth = 0; depth < parts.length - 1; depth += 1) {
      const folder = parts.slice(0, depth + 1).join('/');
      if (!seen.has(folder)) rows.push({ folder, file: null, name: parts[depth] ?? '', depth });
      seen.add(folder);
    }
    rows.push({ folder: '', file, name: parts.at(-1) ?? file.path, depth: parts.length - 1 });
  }
  return rows;
}
