import { Button } from '@mantine/core';
import { useState } from 'react';
import { programOf } from '@/lib/program';
import { roleLabel } from '@/lib/roles';
import type { Token } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { Confirm } from '@/ui/confirm';
import { notifyDone } from '@/ui/notify';
import { Time } from '@/ui/time';
import classes from './account.module.css';
import { useWithdrawToken } from './api';

interface TokenTableProps {
  tokens: readonly Token[];
  label: string;
  /** Whether whose they are is told. */
  withOwner?: boolean;
}

/** Tokens, with what each is good for and when it was used; each to be withdrawn. */
export function TokenTable({ tokens, label, withOwner = false }: TokenTableProps) {
  return (
    <div className={classes['panel']}>
      <table className={classes['table']} aria-label={label}>
        <thead>
          <tr>
            <th scope="col">Token</th>
            {withOwner && <th scope="col">Owner</th>}
            <th scope="col">Good for</th>
            <th scope="col">Until</th>
            <th scope="col">Last used</th>
            <th scope="col">
              <span className={classes['quiet']}>Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((each) => (
            <Row key={each.id} token={each} withOwner={withOwner} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ token, withOwner }: { token: Token; withOwner: boolean }) {
  const [asked, ask] = useState(false);
  const withdraw = useWithdrawToken();
  const name = token.name ?? 'unnamed';
  const isServers = token.kind === 'tool';
  const confirm = () =>
    withdraw.mutate(token.id, {
      onSuccess: () => {
        notifyDone(`${name} is withdrawn.`);
        ask(false);
      },
    });
  return (
    <tr>
      <th scope="row">{name}</th>
      {withOwner && <td data-label="Owner">{isServers ? 'a server' : token.owner}</td>}
      <td data-label="Good for">
        {token.role ? roleLabel(token.role) : 'All that the owner may'}
        {token.project && ` in ${token.project}`}
      </td>
      <td data-label="Until">{token.expires_at ? <Time at={token.expires_at} as="clock" /> : 'no end'}</td>
      <td data-label="Last used">
        {token.used_at ? <Time at={token.used_at} /> : <span className={classes['soft']}>Never yet</span>}
        {token.used_at && token.program && (
          <span className={classes['soft']}>
            {' '}
            · {programOf(token.program)} · {token.address}
          </span>
        )}
      </td>
      <td className={classes['action']}>
        <Button variant="subtle" size="compact-sm" onClick={() => ask(true)} aria-label={`Withdraw ${name}`}>
          Withdraw…
        </Button>
        <Confirm
          opened={asked}
          onClose={() => ask(false)}
          title={`Withdraw ${name}`}
          action="Withdraw the token"
          onConfirm={confirm}
          busy={withdraw.isPending}
          error={withdraw.error}
        >
          {isServers
            ? 'It is refused from now on. The command line on that server’s machine goes on after its next start, which makes another one.'
            : 'It is refused from now on, wherever a program shows it. Such a program needs another one.'}
          <div style={{ marginTop: 8 }}>
            <CliHint command={`token revoke ${token.id}`} />
          </div>
        </Confirm>
      </td>
    </tr>
  );
}
