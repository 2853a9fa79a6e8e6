import { ActionIcon, Menu } from '@mantine/core';
import { IconApi, IconLogout, IconUserCircle } from '@tabler/icons-react';
import { useSignOut } from '@/features/session/api';
import type { Session } from '@/lib/types';
import { notifyFailed } from '@/ui/notify';

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
