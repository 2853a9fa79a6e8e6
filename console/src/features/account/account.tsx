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
import { useAccount, useChangeAccount } from './api';
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
  const [login, setLogin] = useState(person.login ?? '');
  const change = useChangeAccount();
  const { fields, rest } = formErrors(change.error, ['name', 'login']);
  // Of others, whoever invited them said it, and a provider may know them by it. Where there is none, it comes with a password.
  const mayChangeLogin = person.grants.some((each) => each.role === 'admin' && each.project === null);
  const changed = {
    ...(name.trim() !== person.name && { name: name.trim() }),
    ...(mayChangeLogin && person.login !== null && login.trim() && login.trim() !== person.login && { login: login.trim() }),
  };
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    change.mutate(changed, {
      onSuccess: (now) => {
        setLogin(now.login ?? '');
        notifyDone('Your account is changed.');
      },
    });
  };
  return (
    <>
      <form onSubmit={submit} className={classes['row']}>
        <TextInput
          label="Name"
          description="What commits and histories call you."
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={80}
          error={fields['name']}
          className={classes['grow'] ?? ''}
          maw={320}
        />
        {person.login !== null && (
          <TextInput
            label="Login"
            description={mayChangeLogin ? 'What you sign in with.' : 'You were invited under it.'}
            value={login}
            onChange={(event) => setLogin(event.currentTarget.value)}
            readOnly={!mayChangeLogin}
            error={fields['login']}
            autoCapitalize="none"
            spellCheck={false}
            className={classes['grow'] ?? ''}
            maw={320}
          />
        )}
        <Button type="submit" variant="default" loading={change.isPending} disabled={!name.trim() || Object.keys(changed).length === 0}>
          Save
        </Button>
      </form>
      {rest && (
        <Text role="alert" c="red" size="sm" mt={6}>
          {rest}
        </Text>
      )}
      <div style={{ marginTop: 14 }}>
        <Facts facts={[['Roles', person.grants.map(roleWords).join(' · ') || 'none: ask an administrator']]} />
      </div>
    </>
  );
}
