import { ActionIcon, Menu } from '@mantine/core';
import { IconApi, IconListDetails, IconLogout, IconServer2, IconUserCircle } from '@tabler/icons-react';
import { Link } from 'react-router';
import { useSignOut } from '@/features/session/api';
import { addresses } from '@/lib/addresses';
import type { Session } from '@/lib/types';
import { notifyFailed } from '@/ui/notify';
import { ColourSchemeItem } from './colour-scheme';

/** The account; on a phone, also what the header has no room for. */
export function UserMenu({ session }: { session: Session }) {
  const signOut = useSignOut();
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
