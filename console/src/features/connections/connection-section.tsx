import { Button, Input, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { addresses } from '@/lib/addresses';
import { quote } from '@/lib/shell';
import type { ChangedConnection, ComponentRef, Connection, Credential, Environment } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { formErrors } from '@/ui/form-errors';
import { TextLink } from '@/ui/link';
import { May } from '@/ui/may';
import { notifyDone, notifyFailed } from '@/ui/notify';
import { Section } from '@/ui/page';
import { Async } from '@/ui/states';
import { useChangeConnection, useConnection, useLook } from './api';
import classes from './connections.module.css';
import { CredentialFields, credentialOptions } from './credential-fields';
import { Tracks, Trouble } from './tracks';
import { Webhook } from './webhook';

const CREDENTIALS = { none: 'None', token: 'User and token', ssh_key: 'SSH key' } as const;

interface ConnectionSectionProps {
  of: ComponentRef;
  /** In the order of promotion. */
  environments: readonly Environment[];
}

/** Where a connected component's source is, which branches are followed, and what happens by itself. */
export function ConnectionSection({ of, environments }: ConnectionSectionProps) {
  const connection = useConnection(of);
  return (
    <>
      <Section title="Repository">
        <Async query={connection} failed="The connection could not be loaded.">
          {(it) => <Wishes key={`${it.url} ${it.directory}`} of={of} connection={it} />}
        </Async>
      </Section>
      <Section title="Branches" aside={<LookButton of={of} />}>
        <Async query={connection} failed="The branches could not be loaded.">
          {(it) => <Tracks of={of} tracks={it.tracks} environments={environments} />}
        </Async>
        <Webhook of={of} />
      </Section>
    </>
  );
}

/** Looks for new commits now. */
export function LookButton({ of }: { of: ComponentRef }) {
  const look = useLook(of);
  return (
    <May do="develop">
      <Button
        variant="default"
        loading={look.isPending}
        onClick={() =>
          look.mutate(undefined, { onError: (error) => notifyFailed('The repository could not be looked at.', error) })
        }
      >
        Look for new commits
      </Button>
    </May>
  );
}

/** The trouble or the note of a connected component, where it is short of one; nothing else. */
export function ConnectionNotice({ of }: { of: ComponentRef }) {
  const connection = useConnection(of);
  const tracks = connection.data?.tracks ?? [];
  return tracks.map((track) => (
    <Trouble key={track.branch} track={track} isNamed={tracks.length > 1}>
      New commits are not seen.{' '}
      <TextLink to={addresses.settings(of)}>Change the connection</TextLink>
    </Trouble>
  ));
}

function Wishes({ of, connection }: { of: ComponentRef; connection: Connection }) {
  const [url, setUrl] = useState(connection.url);
  const [directory, setDirectory] = useState(connection.directory);
  const [credential, setCredential] = useState<Credential | null>(null);
  const change = useChangeConnection(of);
  const { fields, rest } = formErrors(change.error, ['url', 'directory', 'credential']);
  const changed: ChangedConnection = {
    ...(url.trim() !== connection.url && { url: url.trim() }),
    directory: directory.trim(),
  };
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    change.mutate(
      { ...changed, ...(credential && { credential }) },
      {
        onSuccess: () => {
          setCredential(null);
          notifyDone('The connection is changed.');
        },
      },
    );
  };
  return (
    <form className={classes['form']} onSubmit={submit}>
      <TextInput
        className={classes['wide'] ?? ''}
        label="Address"
        required
        value={url}
        onChange={(event) => setUrl(event.currentTarget.value)}
        error={fields['url']}
      />
      <div className={classes['pair']}>
        <TextInput
          label="Directory"
          placeholder="the whole repository"
          value={directory}
          onChange={(event) => setDirectory(event.currentTarget.value)}
          error={fields['directory']}
        />
        {!credential && (
          <Input.Wrapper label="Credential" labelElement="div" error={fields['credential']}>
            <p className={classes['present']}>
              {CREDENTIALS[connection.credential]}
              {connection.user && ` (${connection.user})`}
            </p>
          </Input.Wrapper>
        )}
      </div>
      {credential && <CredentialFields value={credential} onChange={setCredential} error={fields['credential']} />}
      {rest && (
        <Text role="alert" c="red" size="sm">
          {rest}
        </Text>
      )}
      <div className={classes['actions']}>
        <May do="develop">
          <Button type="submit" loading={change.isPending}>
            Test and save
          </Button>
        </May>
        {credential ? (
          <Button variant="default" onClick={() => setCredential(null)}>
            Keep the credential
          </Button>
        ) : (
          <Button variant="default" onClick={() => setCredential({ kind: connection.credential, user: connection.user, secret: '' })}>
            Another credential…
          </Button>
        )}
        <CliHint command={commandOf(of, connection, changed, credential)} />
      </div>
    </form>
  );
}

/** The same on the command line; where nothing is changed, what shows it. */
function commandOf(of: ComponentRef, now: Connection, changed: ChangedConnection, credential: Credential | null): string {
  const said = [
    ...(changed.url ? [`--url ${quote(changed.url)}`] : []),
    ...(changed.directory === now.directory ? [] : [`--directory ${quote(changed.directory || '/')}`]),
    ...credentialOptions(credential),
  ];
  return [`source ${said.length > 0 ? 'change' : 'show'} ${of.project}/${of.component}`, ...said].join(' ');
}
