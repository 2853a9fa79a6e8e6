import { Drawer } from '@mantine/core';
import { useState } from 'react';
import classes from './deploy-drawer.module.css';

interface DeployDrawerProps {
  opened: boolean;
  title: string;
  onClose: () => void;
  children: React.ReactNode;
}

/** The side panel in which a deployment is prepared; neither Escape nor a click beside it throws away what was filled in. */
export function DeployDrawer({ opened, title, onClose, children }: DeployDrawerProps) {
  const [touched, setTouched] = useState(false);
  if (touched && !opened) setTouched(false);
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      title={title}
      position="right"
      size={680}
      closeOnClickOutside={false}
      closeOnEscape={!touched}
      onInput={() => setTouched(true)}
      overlayProps={{ backgroundOpacity: 0.3 }}
      closeButtonProps={{ 'aria-label': 'Close' }}
      classNames={{ content: classes['content'] ?? '', body: classes['body'] ?? '', header: classes['header'] ?? '', title: classes['title'] ?? '' }}
    >
      {children}
    </Drawer>
  );
}
