import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { IconAdjustmentsHorizontal, IconPencil, IconPlayerPlay, IconRestore, IconTrash } from '@tabler/icons-react';
import { memo } from 'react';
import type { Status } from './draft';
import classes from './editor.module.css';
import type { PanelName } from './side-panel';
import type { ViewChoice } from './use-view';
import { ViewSwitch } from './view-switch';

interface FileBarProps extends ViewChoice {
  path: string;
  status: Status;
  isText: boolean;
  /** It is Python, which has two views. */
  hasFlow: boolean;
  canRun: boolean;
  panel: PanelName | null;
  onPanel: (panel: PanelName | null) => void;
  onRename: () => void;
  onDelete: () => void;
  onRevert: () => void;
}

/** The name of the file that is edited, and what can be done with it. */
export const FileBar = memo(function FileBar({ path, status, isText, hasFlow, canRun, panel, onPanel, onRename, onDelete, onRevert, view, isNarrow, choose }: FileBarProps) {
  const toggle = (name: PanelName) => onPanel(panel === name ? null : name);
  return (
    <div className={classes['bar']}>
      <span className={classes['path']}>
        <span className="mono">{path}</span>
        {status !== 'same' && <span className={classes['unsaved']}>not saved</span>}
      </span>
      {hasFlow && <ViewSwitch view={view} isNarrow={isNarrow} choose={choose} />}
      {hasFlow && canRun && (
        <Button
          size="compact-xs"
          variant={panel === 'run' ? 'light' : 'default'}
          aria-pressed={panel === 'run'}
          leftSection={<IconPlayerPlay size={13} aria-hidden />}
          onClick={() => toggle('run')}
        >
          Run
        </Button>
      )}
      {hasFlow && !isNarrow && (
        <Tooltip label="Configuration">
          <ActionIcon aria-label="Configuration" aria-pressed={panel === 'settings'} variant={panel === 'settings' ? 'light' : 'subtle'} onClick={() => toggle('settings')}>
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
      {isText && (
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
  );
});
