import { Button, CopyButton } from '@mantine/core';
import classes from './told-once.module.css';

/** Something secret that is shown this once, to copy. */
export function ToldOnce({ label, children }: { label: string; children: string }) {
  return (
    <div className={classes['told']} role="group" aria-label={label}>
      <code className="mono">{children}</code>
      <CopyButton value={children}>
        {({ copied, copy }) => (
          <Button variant="default" size="compact-sm" onClick={copy}>
            {copied ? 'Copied' : 'Copy'}
          </Button>
        )}
      </CopyButton>
    </div>
  );
}
