import { Button, CopyButton, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { AddedAgent, Environment } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { formErrors } from '@/ui/form-errors';
import { useAddAgent } from './api';
import classes from './environments.module.css';

interface AddAgentProps {
  environment: Environment;
  opened: boolean;
  onClose: () => void;
}

/** Asks for a name, and shows the new agent's token, which is told this once. */
export function AddAgent({ environment, opened, onClose }: AddAgentProps) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={`Add an agent to ${environment.name}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
      closeOnClickOutside={false}
    >
      <Steps environment={environment} onClose={onClose} />
    </Modal>
  );
}

function Steps({ environment, onClose }: { environment: Environment; onClose: () => void }) {
  const [name, setName] = useState('');
  const add = useAddAgent(environment.slug);
  const { fields, rest } = formErrors(add.error, ['name']);
  if (add.data) return <Token agent={add.data} onClose={onClose} />;
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    add.mutate(name.trim());
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Text size="sm">
          An agent is a program on another machine. It asks this server for what is due in {environment.name}, and runs it there.
        </Text>
        <TextInput
          label="Name"
          description="Lower-case letters, digits and hyphens; the machine's name is a good one."
          data-autofocus
          required
          maxLength={80}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fields['name']}
          spellCheck={false}
        />
        {rest && (
          <Text role="alert" c="red" size="sm">
            {rest}
          </Text>
        )}
        <CliHint command={`agent add ${name.trim() || 'NAME'} --environment ${environment.slug}`} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={add.isPending} disabled={!name.trim()}>
            Add the agent
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Token({ agent, onClose }: { agent: AddedAgent; onClose: () => void }) {
  return (
    <Stack gap="sm">
      <Text size="sm">
        Put this token into a file on the agent's machine that only its owner may read. It is shown this once; should it get
        lost, remove the agent and add it again.
      </Text>
      <div className={classes['token']}>
        <code className="mono">{agent.token}</code>
        <CopyButton value={agent.token}>
          {({ copied, copy }) => (
            <Button variant="default" size="compact-sm" onClick={copy}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
      </div>
      <Text size="sm">Then start it there:</Text>
      <CliHint command={`agent --server ${window.location.origin} --token-file FILE`} />
      <Group justify="flex-end">
        <Button onClick={onClose}>I have the token</Button>
      </Group>
    </Stack>
  );
}
