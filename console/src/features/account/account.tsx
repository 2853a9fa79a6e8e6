import { Button, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { roleWords } from '@/lib/roles';
import type { Person } from '@/lib/types';
import { Facts } from '@/ui/facts';
import { formErrors } from '@/ui/form-errors';
import { notifyDone } from '@/ui/notify';
import { Page, Panel, Section } from '@/ui/page';
import { Async } from '@/ui/states';
import classes from './account.module.css';
import { useAccount, useRename } from './api';
import { PasswordFields } from './password-fields';
import { SessionList } from './session-list';
import { TokenList } from './token-list';

/** One's own account: who one is, how one comes in, and what programs may do in one's name. */
export function Account() {
  const account = useAccount();
  return (
    <Page title="Your account" lead="How you come in, where you are signed in, and what programs may do in your name.">
      <Async query={account} failed="Your account could not be loaded.">
        {(person) => (
          <>
            <Section title="You">
              <Panel>
                <You person={person} />
              </Panel>
            </Section>
            <Section title="Password">
              <Panel>
                <div className={classes['narrow']}>
                  <PasswordFields
                    account={person}
                    onDone={() => notifyDone('The password is set. You are signed out everywhere else.')}
                  />
                </div>
              </Panel>
            </Section>
            <SessionList />
            <TokenList />
          </>
        )}
      </Async>
    </Page>
  );
}

function You({ person }: { person: Person }) {
  const [name, setName] = useState(person.name);
  const rename = useRename();
  const { fields, rest } = formErrors(rename.error, ['name']);
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    rename.mutate(name.trim(), { onSuccess: () => notifyDone('You are renamed.') });
  };
  return (
    <>
      <Facts
        facts={[
          ['Login', person.login ?? 'none yet'],
          ['Roles', person.grants.map(roleWords).join(' · ') || 'none: ask an administrator'],
        ]}
      />
      <form onSubmit={submit} className={classes['row']} style={{ marginTop: 14 }}>
        <TextInput
          label="Name"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={80}
          error={fields['name'] ?? rest}
          className={classes['grow'] ?? ''}
          maw={320}
        />
        <Button type="submit" variant="default" loading={rename.isPending} disabled={!name.trim() || name.trim() === person.name}>
          Save
        </Button>
      </form>
      <Text size="xs" c="var(--ink-soft)" mt={6}>
        What commits and histories call you from now on.
      </Text>
    </>
  );
}
