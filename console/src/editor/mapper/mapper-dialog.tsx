import { Modal } from '@mantine/core';
import type { Drawn } from '@/flow/mapping';
import { Async } from '@/ui/states';
import type { Apply } from '../use-edits';
import { useMapper } from './api';
import { MapperView } from './mapper-view';
import classes from './mapper.module.css';

interface MapperDialogProps {
  drawn: Drawn;
  /** The function that maps. */
  name: string;
  apply: Apply;
  onClose: () => void;
}

/** A data mapper over the page: what comes in at the left, what goes out at the right, and links to draw between them. */
export function MapperDialog({ drawn, name, apply, onClose }: MapperDialogProps) {
  const mapper = useMapper(drawn, name);
  const onKeyDown = (event: React.KeyboardEvent) => {
    // What is open inside takes the key first.
    if (event.key === 'Escape' && !event.defaultPrevented) onClose();
    event.stopPropagation();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      closeOnEscape={false}
      size="min(1180px, 96vw)"
      title={`Data mapper ${name}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
      classNames={{ content: `${classes['dialog'] ?? ''} code-colours`, body: classes['body'] ?? '' }}
      onKeyDown={onKeyDown}
    >
      <Async query={mapper} failed="The mapper could not be read.">
        {(found) => <MapperView mapper={found} drawn={drawn} apply={apply} />}
      </Async>
    </Modal>
  );
}
