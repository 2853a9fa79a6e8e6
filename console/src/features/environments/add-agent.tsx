import { Button, CopyButton, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { slugOf } from '@/lib/format';
import { quote } from '@/lib/shell';
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
  const typed = name.trim();
  const fitting = slugOf(typed);
  const fits = typed === fitting;
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    if (fits) add.mutate(typed);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Text size="sm">
          An agent is a program on another machine. It asks this server for what is due in {environment.name}, and runs it there.
        </Text>
        <TextInput
          label="Name"
          description="Lower-case letters, digits, and hyphens between them; the machine's name is a good one."
          data-autofocus
          required
          maxLength={60}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fits ? fields['name'] : <Unfitting typed={typed} fitting={fitting} />}
          spellCheck={false}
        />
        {!fits && fitting && (
          <div>
            <Button variant="default" size="compact-sm" onClick={() => setName(fitting)}>
              Use “{fitting}”
            </Button>
          </div>
        )}
        {rest && (
          <Text role="alert" c="red" size="sm">
            {rest}
          </Text>
        )}
        <CliHint command={`agent add ${fitting || 'NAME'} --environment ${environment.slug} --token-file ${fitting || 'NAME'}.token`} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={add.isPending} disabled={!typed || !fits}>
            Add the agent
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Unfitting({ typed, fitting }: { typed: string; fitting: string }) {
  const rule = 'A name has lower-case letters, digits, and single hyphens between them.';
  return fitting ? `“${typed}” cannot be the name. ${rule}` : rule;
}

const LOOPBACK = /^(localhost|127\.[\d.]+|\[::1\])$/;

/** What starts the agent on its machine, once its token is in a file there. */
function startCommand(name: string, { origin, protocol, hostname }: Location): string {
  const open = protocol === 'http:' && !LOOPBACK.test(hostname) ? ' --insecure' : '';
  return `agent --server ${quote(origin)}${open} --token-file ${name}.token --data ${name}`;
}

function Token({ agent, onClose }: { agent: AddedAgent; onClose: () => void }) {
  return (
    <Stack gap="sm">
      <Text size="sm">
        Put this token into a file <code className="mono">{agent.name}.token</code> on the agent's machine, which only its owner may read
        (<code className="mono">chmod 600</code>). It is shown this once; should it get lost, remove the agent and add it again.
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
      <Text size="sm">Then start it there, in the same folder:</Text>
      <CliHint whole command={startCommand(agent.name, window.location)} />
      {LOOPBACK.test(window.location.hostname) && (
        <Text size="sm" c="dimmed">
          {window.location.hostname} is each machine's own address: from another one, name this server as it is reached from there.
        </Text>
      )}
      <Group justify="flex-end">
        <Button onClick={onClose}>I have the token</Button>
      </Group>
    </Stack>
  );
}
