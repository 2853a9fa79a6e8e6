import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { toApiError } from '@/lib/errors';

interface ConfirmProps {
  opened: boolean;
  onClose: () => void;
  title: string;
  /** What will happen, in plain words. */
  children: React.ReactNode;
  /** The button's words: "Withdraw the token". */
  action: string;
  onConfirm: () => void;
  busy?: boolean;
  error?: unknown;
}

/** Asks before something happens that can be made good again; see `ConfirmByName` for what cannot. */
export function Confirm({ opened, onClose, title, children, action, onConfirm, busy = false, error }: ConfirmProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ 'aria-label': 'Close' }}>
      <Stack gap="sm">
        <div>{children}</div>
        {error ? (
          <Text role="alert" c="red" size="sm">
            {toApiError(error).message}
          </Text>
        ) : null}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button onClick={onConfirm} loading={busy}>
            {action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
