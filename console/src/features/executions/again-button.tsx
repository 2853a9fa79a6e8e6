import { Button } from '@mantine/core';
import { IconRepeat } from '@tabler/icons-react';
import { useNavigate } from 'react-router';
import { addresses } from '@/lib/addresses';
import type { ExecutionDetail } from '@/lib/types';
import { May } from '@/ui/may';
import { notifyFailed } from '@/ui/notify';
import { useRunAgain } from './api';

/** Runs the same once more and goes there. */
export function AgainButton({ execution }: { execution: ExecutionDetail }) {
  const again = useRunAgain(execution);
  const navigate = useNavigate();
  const click = () =>
    again.mutate(undefined, {
      onSuccess: (made) => void navigate(addresses.execution(made, made.id)),
      onError: (error) => notifyFailed('It could not be run again.', error),
    });
  return (
    <May do="operate" project={execution.project} environment={{ slug: execution.environment, name: execution.environment }}>
      <Button variant="default" leftSection={<IconRepeat size={14} aria-hidden />} onClick={click} loading={again.isPending} title="The same release, configuration, arguments and due time">
        Run again as it was
      </Button>
    </May>
  );
}
