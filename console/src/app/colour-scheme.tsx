import { ActionIcon, Menu, Tooltip, useMantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react';

const NEXT = { auto: 'light', light: 'dark', dark: 'auto' } as const;
const NAMES = { auto: 'as the system', light: 'light', dark: 'dark' } as const;
const ICONS = { auto: IconDeviceDesktop, light: IconSun, dark: IconMoon } as const;

/** Goes round: as the system, light, dark. In the header where there is room, else in the account's menu. */
export function ColourScheme() {
  const { colorScheme, Icon, change } = useRound();
  const label = `Colours: ${NAMES[colorScheme]}. Change to ${NAMES[NEXT[colorScheme]]}`;
  return (
    <Tooltip label={label}>
      <ActionIcon size="lg" aria-label={label} onClick={change} visibleFrom="sm">
        <Icon size={17} stroke={1.7} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}

export function ColourSchemeItem() {
  const { colorScheme, Icon, change } = useRound();
  return (
    <Menu.Item hiddenFrom="sm" closeMenuOnClick={false} leftSection={<Icon size={16} aria-hidden />} onClick={change}>
      Colours: {NAMES[colorScheme]}
    </Menu.Item>
  );
}

function useRound() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return { colorScheme, Icon: ICONS[colorScheme], change: () => setColorScheme(NEXT[colorScheme]) };
}
