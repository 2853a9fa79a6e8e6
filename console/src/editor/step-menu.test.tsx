import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import type { Action } from './actions';
import { StepMenu } from './step-menu';

const NOTE: Action = { key: 'note', group: 'Change', title: 'Comment', keys: 'N', effect: { kind: 'form' } };

test('what is picked by mouse is done, and what it opens is not closed with the menu', async () => {
  const onAct = vi.fn();
  const onClose = vi.fn();
  render(
    <MantineProvider env="test">
      <StepMenu actions={[NOTE]} at={{ x: 0, y: 0 }} onAct={onAct} onClose={onClose} />
    </MantineProvider>,
  );
  await userEvent.click(await screen.findByRole('menuitem', { name: /Comment/ }));
  expect(onAct).toHaveBeenCalledWith(NOTE);
  expect(onClose).not.toHaveBeenCalled();
});
