import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { toApiError } from '@/lib/errors';
import type { ComponentRef, Environment } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { notifyDone } from '@/ui/notify';
import { useStop } from './api';
import { nameOf } from './command';

interface StopDialogProps {
  component: ComponentRef;
  environment: Environment;
  opened: boolean;
  onClose: () => void;
}

/** Says what stopping means before a deployment is taken out of an environment. */
export function StopDialog({ component, environment, opened, onClose }: StopDialogProps) {
  const stop = useStop(component, environment.slug);
  return (
    <Modal opened={opened} onClose={onClose} title={`Stop in ${environment.name}?`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <Stack gap="sm">
        <Text size="sm">Nothing falls due in {environment.name} any more, and what waits to run is cancelled. What runs now goes on to its end.</Text>
        <Text size="sm">Executions and history stay, and it can be deployed again with the same values. To interrupt it for a while, pause it instead.</Text>
        {stop.error && (
          <Text size="sm" role="alert" c="red">
            {toApiError(stop.error).message}
          </Text>
        )}
        <CliHint command={`stop ${nameOf(component)} --environment ${environment.slug}`} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            Keep it
          </Button>
          <Button
            color="red"
            loading={stop.isPending}
            onClick={() =>
              stop.mutate(undefined, {
                onSuccess: () => {
                  notifyDone(`Nothing is deployed in ${environment.name} any more.`);
                  onClose();
                },
              })
            }
          >
            Stop
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
