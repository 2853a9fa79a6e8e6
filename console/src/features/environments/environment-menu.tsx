import { ActionIcon, Button, Group, Menu, Modal, Stack, Text, TextInput } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useState } from 'react';
import { plural } from '@/lib/format';
import { quote } from '@/lib/shell';
import type { Environment } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { ConfirmByName } from '@/ui/confirm-by-name';
import { formErrors } from '@/ui/form-errors';
import { May } from '@/ui/may';
import { notifyDone } from '@/ui/notify';
import { Async, Loading } from '@/ui/states';
import { ApprovalDialog } from './approval-dialog';
import { useContents, useRemoveEnvironment, useRenameEnvironment } from './api';
import classes from './environments.module.css';
import { MarkDialog } from './mark-dialog';

/** What may be done with an environment beside its settings. */
export function EnvironmentMenu({ environment }: { environment: Environment }) {
  const [open, setOpen] = useState<'rename' | 'mark' | 'approval' | 'delete' | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      <Menu position="bottom-end" width={230}>
        <Menu.Target>
          <ActionIcon aria-label={`More about ${environment.name}`}>
            <IconDots size={16} stroke={1.7} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <May do="administer" project={null}>
            <Menu.Item onClick={() => setOpen('rename')}>Rename…</Menu.Item>
          </May>
          <May do="administer" project={null}>
            <Menu.Item onClick={() => setOpen('mark')}>{environment.is_production ? 'Count as production no more…' : 'Mark as production…'}</Menu.Item>
          </May>
          <May do="administer" project={null}>
            <Menu.Item onClick={() => setOpen('approval')}>Approval…</Menu.Item>
          </May>
          <May do="administer" project={null}>
            <Menu.Item onClick={() => setOpen('delete')}>Delete…</Menu.Item>
          </May>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={open === 'rename'} onClose={close} title={`Rename ${environment.name}`} closeButtonProps={{ 'aria-label': 'Close' }}>
        <Rename environment={environment} onClose={close} />
      </Modal>
      {open === 'mark' && <MarkDialog environment={environment} onClose={close} />}
      {open === 'approval' && <ApprovalDialog environment={environment} onClose={close} />}
      {open === 'delete' && <Remove environment={environment} onClose={close} />}
    </>
  );
}

interface DialogProps {
  environment: Environment;
  onClose: () => void;
}

function Rename({ environment, onClose }: DialogProps) {
  const [name, setName] = useState(environment.name);
  const change = useRenameEnvironment(environment.slug);
  const { fields, rest } = formErrors(change.error, ['name']);
  const typed = name.trim();
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    if (typed) change.mutate({ name: typed }, { onSuccess: onClose });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          label="Name"
          description={`Its address stays ${environment.slug}: links and commands go on working.`}
          data-autofocus
          required
          maxLength={80}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fields['name']}
        />
        {rest && (
          <Text role="alert" c="red" size="sm">
            {rest}
          </Text>
        )}
        <CliHint command={`environment rename ${environment.slug} ${quote(typed || 'NAME')}`} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={change.isPending} disabled={!typed || typed === environment.name}>
            Rename
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Says why it cannot be deleted, or what goes with it and asks for its name. */
function Remove({ environment, onClose }: DialogProps) {
  const contents = useContents(environment.slug);
  const remove = useRemoveEnvironment(environment.slug);
  const title = `Delete ${environment.name}`;
  const found = contents.data;
  const confirm = () =>
    remove.mutate(undefined, {
      onSuccess: () => {
        notifyDone(`${environment.name} is deleted.`);
        onClose();
      },
      onError: () => void contents.refetch(),
    });
  if (found?.obstacles.length === 0) {
    return (
      <ConfirmByName
        opened
        onClose={onClose}
        title={title}
        name={environment.slug}
        action="Delete the environment"
        onConfirm={confirm}
        busy={remove.isPending}
        error={remove.error}
      >
        {found.deployments === 0
          ? 'Nothing has ever been deployed there.'
          : `${plural(found.deployments, 'former deployment')} and ${plural(found.executions, 'execution')} with their logs are deleted with it for good.`}
        <div style={{ marginTop: 10 }}>
          <CliHint command={`environment delete ${environment.slug}`} />
        </div>
      </ConfirmByName>
    );
  }
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': 'Close' }}>
      <Async query={contents} loading={<Loading lines={2} />} failed="What it has could not be loaded.">
        {({ obstacles }) => (
          <Stack gap="sm">
            <Text size="sm">{environment.name} cannot be deleted yet:</Text>
            <ul className={classes['obstacles']}>
              {obstacles.map((each) => (
                <li key={each}>{each}</li>
              ))}
            </ul>
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose} data-autofocus>
                Close
              </Button>
            </Group>
          </Stack>
        )}
      </Async>
    </Modal>
  );
}
