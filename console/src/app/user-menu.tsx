import { ActionIcon, Menu } from '@mantine/core';
import { IconApi, IconHistory, IconListDetails, IconLogout, IconServer2, IconUserCircle, IconUserCog, IconUsers } from '@tabler/icons-react';
import { Link } from 'react-router';
import { useAccount } from '@/features/account/api';
import { useSignOut } from '@/features/session/api';
import { addresses } from '@/lib/addresses';
import { letsIn } from '@/lib/roles';
import type { Session } from '@/lib/types';
import { notifyFailed } from '@/ui/notify';
import { ColourSchemeItem } from './colour-scheme';

/** The account; on a phone, also what the header has no room for. */
export function UserMenu({ session }: { session: Session }) {
  const signOut = useSignOut();
  const account = useAccount();
  const leave = () => signOut.mutate(undefined, { onError: (error) => notifyFailed('You are still signed in', error) });
  return (
    <Menu position="bottom-end" width={210}>
      <Menu.Target>
        <ActionIcon size="lg" aria-label={`Account: ${session.name}`}>
          <IconUserCircle size={20} stroke={1.6} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {session.name} · Clockhouse {session.version}
        </Menu.Label>
        <Menu.Item component={Link} to={addresses.allExecutions} hiddenFrom="sm" leftSection={<IconListDetails size={16} aria-hidden />}>
          All executions
        </Menu.Item>
        <Menu.Item component={Link} to={addresses.environments} hiddenFrom="sm" leftSection={<IconServer2 size={16} aria-hidden />}>
          Environments
        </Menu.Item>
        <Menu.Item component={Link} to={addresses.account} leftSection={<IconUserCog size={16} aria-hidden />}>
          Your account
        </Menu.Item>
        {letsIn(account.data?.grants ?? []) && (
          <Menu.Item component={Link} to={addresses.people} leftSection={<IconUsers size={16} aria-hidden />}>
            People
          </Menu.Item>
        )}
        {account.data?.grants.some((each) => each.role === 'admin' && each.environment === null) && (
          <Menu.Item component={Link} to={addresses.audit()} leftSection={<IconHistory size={16} aria-hidden />}>
            Audit trail
          </Menu.Item>
        )}
        <ColourSchemeItem />
        <Menu.Item component="a" href="/api/docs" target="_blank" rel="noreferrer" leftSection={<IconApi size={16} aria-hidden />}>
          API reference
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={leave}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
