import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MantineProvider } from '@mantine/core';
import { MemoryRouter } from 'react-router';
import { expect, test } from 'vitest';
import { execution } from '@/test/values';
import { Strip } from './strip';

test('the strip is one stop of the Tab key, and the arrows walk along it', async () => {
  const executions = ['a', 'b', 'c'].map((id) => execution({ id }));
  render(
    <MantineProvider>
      <MemoryRouter>
        <Strip executions={executions} to={(each) => `/${each.id}`} label="Last executions" />
        <button type="button">After</button>
      </MemoryRouter>
    </MantineProvider>,
  );
  const user = userEvent.setup();
  const [first, second, third] = screen.getAllByRole('link');
  await user.tab();
  expect(third).toHaveFocus();
  await user.keyboard('{ArrowLeft}');
  expect(second).toHaveFocus();
  await user.keyboard('{Home}');
  expect(first).toHaveFocus();
  await user.keyboard('{End}');
  await user.tab();
  expect(screen.getByRole('button', { name: 'After' })).toHaveFocus();
});

test('a cell says outcome and reason to those who cannot see it', () => {
  const skipped = execution({ state: 'skipped', reason: { code: 'overlap', sentence: 'The one before was still running.' } });
  render(
    <MantineProvider>
      <Strip executions={[skipped]} label="Last executions" />
    </MantineProvider>,
  );
  expect(screen.getByRole('img', { name: /^Skipped, due .+: The one before was still running\.$/ })).toBeVisible();
});
