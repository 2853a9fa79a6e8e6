import { Button, Group, Modal, Text } from '@mantine/core';

interface SureDialogProps {
  title: string;
  /** What will be gone or will no longer work, in plain words. */
  children: React.ReactNode;
  /** The button's words: "Take the changes back". */
  action: string;
  onDo: () => void;
  onClose: () => void;
}

/** Asks before something is done that one may not have meant. */
export function SureDialog({ title, children, action, onDo, onClose }: SureDialogProps) {
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': 'Close' }}>
      <Text size="sm">{children}</Text>
      <Group justify="flex-end" gap="xs" mt="md">
        <Button variant="default" data-autofocus onClick={onClose}>
          Cancel
        </Button>
        <Button
          color="red"
          onClick={() => {
            onClose();
            onDo();
          }}
        >
          {action}
        </Button>
      </Group>
    </Modal>
  );
}
