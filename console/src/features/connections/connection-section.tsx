import { Button, CopyButton, Modal, Select, Switch, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { shortSha } from '@/lib/format';
import type { ChangedConnection, ComponentRef, Connection, Credential } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { Facts } from '@/ui/facts';
import { formErrors } from '@/ui/form-errors';
import { notifyDone, notifyFailed } from '@/ui/notify';
import { Panel, Section } from '@/ui/page';
import { Async } from '@/ui/states';
import { Time } from '@/ui/time';
import { useChangeConnection, useConnection, useLook, useNewHook } from './api';
import classes from './connections.module.css';
import { CredentialFields } from './credential-fields';
import { KINDS, kindOf } from './kinds';

const CREDENTIALS = { none: 'None', token: 'User and token', ssh_key: 'SSH key' } as const;

/** Where a connected component's source is, what was seen of it, and what happens by itself. */
export function ConnectionSection({ of }: { of: ComponentRef }) {
  const connection = useConnection(of);
  return (
    <Section title="Repository">
      <Async query={connection} failed="The connection could not be loaded.">
        {(it) => (
          <>
            <Panel>
              <Facts
                facts={[
                  ['Address', <code className="mono">{it.url}</code>],
                  ['Credential', it.user ? `${CREDENTIALS[it.credential]} (${it.user})` : CREDENTIALS[it.credential]],
                  ['Newest commit', it.seen ? <code className="mono">{shortSha(it.seen)}</code> : 'Not looked at yet'],
                  ['Looked at', it.looked_at ? <Time at={it.looked_at} /> : 'Not yet'],
                ]}
              />
              <Seen connection={it} />
            </Panel>
            <Wishes key={`${it.branch} ${it.directory} ${it.kind ?? ''}`} of={of} connection={it} />
          </>
        )}
      </Async>
      <Webhook of={of} />
    </Section>
  );
}

/** What keeps it from being followed, if anything does. */
export function Seen({ connection }: { connection: Connection }) {
  return (
    <>
      {connection.trouble && (
        <p role="alert" className={classes['trouble']}>
          {connection.trouble}
        </p>
      )}
      {connection.note && <p className={classes['note']}>{connection.note}</p>}
    </>
  );
}

/** Looks for new commits now. */
export function LookButton({ of }: { of: ComponentRef }) {
  const look = useLook(of);
  return (
    <Button
      variant="default"
      loading={look.isPending}
      onClick={() =>
        look.mutate(undefined, { onError: (error) => notifyFailed('The repository could not be looked at.', error) })
      }
    >
      Look for new commits
    </Button>
  );
}

/** The trouble or the note of a connected component, where it is short of one; nothing else. */
export function ConnectionNotice({ of }: { of: ComponentRef }) {
  const connection = useConnection(of);
  return connection.data ? <Seen connection={connection.data} /> : null;
}

function Wishes({ of, connection }: { of: ComponentRef; connection: Connection }) {
  const [branch, setBranch] = useState(connection.branch);
  const [directory, setDirectory] = useState(connection.directory);
  const [kind, setKind] = useState<string>(connection.kind ?? 'detected');
  const [credential, setCredential] = useState<Credential | null>(null);
  const change = useChangeConnection(of);
  const { fields, rest } = formErrors(change.error, ['branch', 'directory', 'kind', 'credential']);
  const send = (body: ChangedConnection, done: string) => change.mutate(body, { onSuccess: () => notifyDone(done) });
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    send(
      { branch: branch.trim(), directory: directory.trim(), kind: kindOf(kind) ?? 'detected', ...(credential && { credential }) },
      'The connection is changed.',
    );
  };
  return (
    <form className={classes['form']} onSubmit={submit}>
      <div className={classes['switches']}>
        <Switch
          label="Build every new commit"
          checked={connection.auto_build}
          onChange={(event) => send({ auto_build: event.currentTarget.checked }, 'Saved.')}
        />
        <Switch
          label="Deploy every good build to the first environment"
          checked={connection.auto_deploy}
          onChange={(event) => send({ auto_deploy: event.currentTarget.checked }, 'Saved.')}
        />
      </div>
      <div className={classes['pair']}>
        <TextInput label="Branch" required value={branch} onChange={(event) => setBranch(event.currentTarget.value)} error={fields['branch']} />
        <TextInput
          label="Directory"
          placeholder="the whole repository"
          value={directory}
          onChange={(event) => setDirectory(event.currentTarget.value)}
          error={fields['directory']}
        />
      </div>
      <Select
        label="Build as"
        data={[{ value: 'detected', label: 'Detected at each build' }, ...Object.entries(KINDS).map(([value, label]) => ({ value, label }))]}
        value={kind}
        allowDeselect={false}
        onChange={(chosen) => chosen && setKind(chosen)}
        error={fields['kind']}
      />
      {credential ? (
        <CredentialFields value={credential} onChange={setCredential} error={fields['credential']} />
      ) : (
        fields['credential'] && <p className={classes['error']}>{fields['credential']}</p>
      )}
      {rest && (
        <Text role="alert" c="red" size="sm">
          {rest}
        </Text>
      )}
      <div className={classes['actions']}>
        <Button type="submit" loading={change.isPending}>
          Test and save
        </Button>
        {!credential && (
          <Button variant="default" onClick={() => setCredential({ kind: connection.credential, user: connection.user, secret: '' })}>
            Another credential…
          </Button>
        )}
        <LookButton of={of} />
        <CliHint command={`source show ${of.project}/${of.component}`} />
      </div>
    </form>
  );
}

function Webhook({ of }: { of: ComponentRef }) {
  const renew = useNewHook(of);
  const made = renew.data;
  return (
    <Panel>
      <div className={classes['switches']}>
        <p className={classes['note']}>
          With a webhook for pushes, GitHub, GitLab, Bitbucket or Gitea tells of a new commit at once. Without one, it is found within a minute.
        </p>
        <div className={classes['actions']}>
          <Button
            variant="default"
            loading={renew.isPending}
            onClick={() => renew.mutate(undefined, { onError: (error) => notifyFailed('No secret was made.', error) })}
          >
            New webhook secret…
          </Button>
        </div>
      </div>
      <Modal opened={made !== undefined} onClose={() => renew.reset()} title="The webhook">
        {made && (
          <div className={classes['switches']}>
            <p className={classes['note']}>
              Give both to the Git server. The secret is shown this once; one that was made before is not good any more.
            </p>
            <TextInput label="Address" readOnly value={`${window.location.origin}${made.path}`} classNames={{ input: 'mono' }} />
            <TextInput label="Secret" readOnly value={made.secret} classNames={{ input: 'mono' }} />
            <CopyButton value={made.secret}>
              {({ copied, copy }) => (
                <Button variant="default" onClick={copy}>
                  {copied ? 'Copied' : 'Copy the secret'}
                </Button>
              )}
            </CopyButton>
          </div>
        )}
      </Modal>
    </Panel>
  );
}
