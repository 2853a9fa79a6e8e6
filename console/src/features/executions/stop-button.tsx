import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlayerStop } from '@tabler/icons-react';
import { toApiError } from '@/lib/errors';
import type { ExecutionDetail } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { May } from '@/ui/may';
import { notifyDone } from '@/ui/notify';
import { useStopExecution } from './api';

/** Ends an execution that waits or runs, after asking. */
export function StopButton({ execution }: { execution: ExecutionDetail }) {
  const [opened, { open, close }] = useDisclosure(false);
  const stop = useStopExecution(execution);
  const confirm = () =>
    stop.mutate(undefined, {
      onSuccess: () => {
        close();
        notifyDone('The execution is being stopped.');
      },
    });
  const asked = execution.stop_requested_by !== null;
  return (
    <>
      <May do="operate" project={execution.project} environment={{ slug: execution.environment, name: execution.environment }}>
        <Button variant="default" leftSection={<IconPlayerStop size={14} aria-hidden />} onClick={open} disabled={asked}>
          {asked ? 'Stopping …' : 'Stop'}
        </Button>
      </May>
      <Modal opened={opened} onClose={close} title="Stop this execution?" closeButtonProps={{ 'aria-label': 'Close' }}>
        <Stack gap="sm">
          <Text size="sm">
            {execution.state === 'queued'
              ? 'It will not start, and is recorded as cancelled.'
              : 'Its process is asked to end, and is ended by force when it has not done so a few seconds later. It is recorded as cancelled, and is not tried again.'}{' '}
            The schedule goes on.
          </Text>
          <CliHint command={`execution stop ${execution.id}`} />
          {stop.error && (
            <Text role="alert" c="red" size="sm">
              {toApiError(stop.error).message}
            </Text>
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              Let it run
            </Button>
            <Button color="red" onClick={confirm} loading={stop.isPending} data-autofocus>
              Stop it
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
