import { Modal } from '@mantine/core';
import type { ComponentRef, Environment } from '@/lib/types';
import { notifyDone } from '@/ui/notify';
import { PauseQuestion } from '@/ui/pause-question';
import { usePause } from './api';
import { nameOf } from './command';

interface DialogProps {
  component: ComponentRef;
  environment: Environment;
  opened: boolean;
  onClose: () => void;
}

export function PauseDialog(props: DialogProps) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={`Pause ${props.environment.name}`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <Question {...props} />
    </Modal>
  );
}

function Question({ component, environment, onClose }: DialogProps) {
  const pause = usePause(component, environment.slug);
  const done = () => {
    notifyDone(`${environment.name} is paused.`);
    onClose();
  };
  return (
    <PauseQuestion
      command={`pause ${nameOf(component)} --environment ${environment.slug}`}
      onPause={(wish) => pause.mutate(wish, { onSuccess: done })}
      onCancel={onClose}
      busy={pause.isPending}
      error={pause.error}
    >
      What falls due is recorded as skipped until it is resumed. What runs now goes on, and “Run now” still works.
    </PauseQuestion>
  );
}
