import { PasswordInput, SegmentedControl, Textarea, TextInput } from '@mantine/core';
import { quote } from '@/lib/shell';
import type { Credential } from '@/lib/types';
import classes from './connections.module.css';

const KINDS = [
  { value: 'none', label: 'None' },
  { value: 'token', label: 'User and token' },
  { value: 'ssh_key', label: 'SSH key' },
] as const;

/** What the command line says for it; a secret is asked for there. */
export function credentialOptions(credential: Credential | null | undefined): string[] {
  if (credential?.kind === 'token') return [`--user ${quote(credential.user ?? '')} --token`];
  return credential?.kind === 'ssh_key' ? ['--key FILE'] : [];
}

interface CredentialFieldsProps {
  value: Credential;
  onChange: (value: Credential) => void;
  error: React.ReactNode;
}

/** What opens a private repository. */
export function CredentialFields({ value, onChange, error }: CredentialFieldsProps) {
  return (
    <div className={classes['credential']}>
      <div className={classes['label']} id="credential-kind">
        Credential
      </div>
      <SegmentedControl
        size="xs"
        aria-labelledby="credential-kind"
        data={KINDS.map((each) => ({ ...each }))}
        value={value.kind ?? 'none'}
        onChange={(kind) => {
          const chosen = KINDS.find((each) => each.value === kind);
          if (chosen) onChange({ kind: chosen.value, user: '', secret: '' });
        }}
      />
      {value.kind === 'token' && (
        <div className={`${classes['pair'] ?? ''} ${classes['wide'] ?? ''}`}>
          <TextInput
            label="User"
            autoComplete="off"
            value={value.user ?? ''}
            onChange={(event) => onChange({ ...value, user: event.currentTarget.value })}
          />
          <PasswordInput
            label="Token or password"
            required
            autoComplete="new-password"
            value={value.secret ?? ''}
            onChange={(event) => onChange({ ...value, secret: event.currentTarget.value })}
            error={error}
          />
        </div>
      )}
      {value.kind === 'ssh_key' && (
        <Textarea
          className={classes['wide'] ?? ''}
          label="Private key"
          description="The whole file, without a passphrase. It is sealed, and never shown again."
          required
          rows={5}
          classNames={{ input: 'mono' }}
          spellCheck={false}
          autoComplete="off"
          value={value.secret ?? ''}
          onChange={(event) => onChange({ ...value, secret: event.currentTarget.value })}
          error={error}
        />
      )}
      {(value.kind ?? 'none') === 'none' && error && (
        <p role="alert" className={classes['error']}>
          {error}
        </p>
      )}
    </div>
  );
}
