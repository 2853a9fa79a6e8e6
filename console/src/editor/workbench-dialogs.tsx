import { memo } from 'react';
import type { Commit, ComponentRef } from '@/lib/types';
import type { Change, Draft } from './draft';
import { OpenApiDialog } from './openapi-dialog';
import { PathDialog } from './path-dialog';
import { SaveDialog } from './save-dialog';
import { SureDialog } from './sure-dialog';

export type Asked = 'save' | 'add' | 'client' | 'rename' | 'revert' | 'delete';

interface WorkbenchDialogsProps {
  component: ComponentRef;
  draft: Draft;
  /** The file that is edited. */
  path: string | null;
  /** The file that a build runs. */
  entry: string;
  asking: Asked | null;
  onClose: () => void;
  onChange: (change: Change) => void;
  /** A file is wanted in view. */
  onShow: (path: string) => void;
  onSaved: (commit: Commit) => void;
  onConflict: () => void;
}

/** What is asked before files change or are saved. While nothing is asked, typing does not concern it. */
export const WorkbenchDialogs = memo(
  function WorkbenchDialogs({ component, draft, path, entry, asking, onClose, onChange, onShow, onSaved, onConflict }: WorkbenchDialogsProps) {
    const write = (file: string, text: string) => {
      onChange({ kind: 'write', path: file, text });
      onShow(file);
    };
    return (
      <>
        <SaveDialog component={component} draft={draft} opened={asking === 'save'} onClose={onClose} onSaved={onSaved} onConflict={onConflict} />
        <PathDialog title="New file" action="Add" opened={asking === 'add'} draft={draft} initial="" onClose={onClose} onChoose={(file) => write(file, '')} />
        <PathDialog
          title={`Rename ${path ?? ''}`}
          action="Rename"
          opened={asking === 'rename'}
          draft={draft}
          initial={path ?? ''}
          onClose={onClose}
          onChoose={(to) => {
            if (path) onChange({ kind: 'rename', path, to });
            onShow(to);
          }}
        />
        <OpenApiDialog opened={asking === 'client'} draft={draft} onClose={onClose} onMade={write} />
        {asking === 'revert' && path && (
          <SureDialog title={`Take back what was changed in ${path}?`} action="Take it back" onDo={() => onChange({ kind: 'revert', path })} onClose={onClose}>
            The file will be as it was saved last.
          </SureDialog>
        )}
        {asking === 'delete' && (
          <SureDialog title={`Delete ${entry}?`} action="Delete it" onDo={() => onChange({ kind: 'delete', path: entry })} onClose={onClose}>
            It is what runs: unless the source names another module, nothing can be built or run without it. Until you save, it can be brought back on the left.
          </SureDialog>
        )}
      </>
    );
  },
  (before, now) => before.asking === null && now.asking === null,
);
