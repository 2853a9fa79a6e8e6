import { Button, CopyButton, Group, Modal, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ComponentRef } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { formErrors } from '@/ui/form-errors';
import { May } from '@/ui/may';
import { Panel } from '@/ui/page';
import { useNewHook } from './api';
import classes from './connections.module.css';

/** How a Git server tells of a push at once: an address, and a secret that is told once. */
export function Webhook({ of }: { of: ComponentRef }) {
  const [opened, { open, close }] = useDisclosure();
  const renew = useNewHook(of);
  const shut = () => {
    close();
    renew.reset();
  };
  return (
    <div className={classes['form']}>
      <Panel>
        <div className={classes['switches']}>
          <p className={classes['note']}>
            With a webhook for pushes, GitHub, GitLab, Bitbucket or Gitea tells of a new commit at once. Without one, it is found within a minute.
          </p>
          <div className={classes['actions']}>
            <May do="develop">
              <Button variant="default" onClick={open}>
                New webhook secret…
              </Button>
            </May>
            <CliHint command={`source hook ${of.project}/${of.component}`} />
          </div>
        </div>
      </Panel>
      <Modal opened={opened} onClose={shut} title="The webhook" closeButtonProps={{ 'aria-label': 'Close' }}>
        {renew.data ? (
          <Told made={renew.data} />
        ) : (
          <div className={classes['switches']}>
            <p className={classes['note']}>
              A new secret takes the place of the last one: a webhook that is set up already is refused until it has the new one.
            </p>
            {renew.error && (
              <Text role="alert" c="red" size="sm">
                {formErrors(renew.error, []).rest}
              </Text>
            )}
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={shut}>
                Cancel
              </Button>
              <Button loading={renew.isPending} onClick={() => renew.mutate()}>
                Make a secret
              </Button>
            </Group>
          </div>
        )}
      </Modal>
    </div>
  );
}

function Told({ made }: { made: { path: string; secret: string } }) {
  return (
    <div className={classes['switches']}>
      <p className={classes['note']}>Give both to the Git server, for pushes, as application/json. The secret is shown this once.</p>
      <Copied label="Address" value={`${window.location.origin}${made.path}`} />
      <Copied label="Secret" value={made.secret} />
    </div>
  );
}

function Copied({ label, value }: { label: string; value: string }) {
  return (
    <div className={classes['copied']}>
      <TextInput label={label} readOnly value={value} classNames={{ input: 'mono' }} />
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <Button variant="default" aria-label={`Copy the ${label.toLowerCase()}`} onClick={copy}>
            {copied ? 'Copied' : 'Copy'}
          </Button>
        )}
      </CopyButton>
    </div>
  );
}
