import { Button, TextInput } from '@mantine/core';
import type { Draft } from './drafts';
import classes from './form.module.css';

interface NameFieldProps {
  label: string;
  isWrong: boolean;
  describedBy: string;
  draft: Draft;
  /** It may be given another name wherever it is used. */
  canRename: boolean;
  isRenaming: boolean;
  onRenaming: (isRenaming: boolean) => void;
}

/** A name. Enter changes it here; after F2, wherever it means the same. */
export function NameField({ label, isWrong, describedBy, draft, canRename, isRenaming, onRenaming }: NameFieldProps) {
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'Enter') draft.commit();
    if (event.key === 'F2' && canRename) {
      event.preventDefault();
      event.stopPropagation();
      onRenaming(true);
    }
    if (event.key !== 'Escape') return;
    if (draft.revert() || isRenaming) event.stopPropagation();
    onRenaming(false);
  };
  return (
    <div className={classes['name']}>
      <TextInput
        size="xs"
        aria-label={label}
        aria-describedby={describedBy}
        aria-invalid={isWrong}
        error={isWrong}
        value={draft.text ?? ''}
        onChange={(event) => draft.write(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        onBlur={() => draft.commit()}
        classNames={{ input: 'mono' }}
        autoComplete="off"
        spellCheck={false}
      />
      {canRename && (
        <Button
          size="compact-xs"
          variant={isRenaming ? 'light' : 'subtle'}
          aria-pressed={isRenaming}
          title="Change the name wherever it is used (F2)"
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onRenaming(!isRenaming)}
        >
          Everywhere
        </Button>
      )}
    </div>
  );
}
