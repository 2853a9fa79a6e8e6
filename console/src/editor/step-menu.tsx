import { Menu } from '@mantine/core';
import { Fragment } from 'react';
import type { Action } from './actions';
import classes from './flow.module.css';

interface StepMenuProps {
  actions: readonly Action[];
  /** On the screen, in pixels. */
  at: { x: number; y: number };
  onAct: (action: Action) => void;
  onClose: () => void;
}

/** What can be done with the chosen steps, beside them. What is picked closes it, or opens a dialog in its place. */
export function StepMenu({ actions, at, onAct, onClose }: StepMenuProps) {
  return (
    <Menu opened onChange={(opened) => !opened && onClose()} position="right-start" middlewares={{ flip: true, shift: { padding: 8 } }} width={250} shadow="md" returnFocus={false} trapFocus closeOnItemClick={false}>
      <Menu.Target>
        <button type="button" tabIndex={-1} aria-label="What can be done with it" className={classes['menu-at']} style={{ left: at.x, top: at.y }} />
      </Menu.Target>
      <Menu.Dropdown aria-label="What can be done with it" className={classes['menu'] ?? ''}>
        {actions.map((action, index) => (
          <Fragment key={action.key}>
            {index > 0 && actions[index - 1]?.group !== action.group && <Menu.Divider />}
            <Menu.Item {...(action.key === 'delete' && { color: 'red' })} rightSection={action.keys && <kbd>{inWords(action.keys)}</kbd>} onClick={() => onAct(action)}>
              {action.title}
            </Menu.Item>
          </Fragment>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** A key as people call it. */
export const inWords = (keys: string): string => keys.replace('ArrowUp', '↑').replace('ArrowDown', '↓').replaceAll('+', keys === '+' ? '+' : ' ');
