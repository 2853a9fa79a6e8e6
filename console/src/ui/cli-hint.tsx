import { ActionIcon, CopyButton, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import classes from './cli-hint.module.css';

interface CliHintProps {
  command: string;
  /** Shows all of it, on as many lines as that takes. */
  whole?: boolean;
}

/** The same action on the command line, to copy: `<CliHint command="run example/health-check --environment development" />`. */
export function CliHint({ command, whole = false }: CliHintProps) {
  const line = `clockhouse ${command}`;
  return (
    <span className={classes['hint']} data-whole={whole || undefined}>
      <code className={classes['command']} title={line}>
        <span aria-hidden className={classes['prompt']}>
          $
        </span>
        {line}
      </code>
      <CopyButton value={line} timeout={1500}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? 'Copied' : 'Copy the command'}>
            <ActionIcon size="sm" onClick={copy} aria-label={`Copy the command: ${line}`}>
              {copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </span>
  );
}
