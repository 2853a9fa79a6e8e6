import { Button, MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter, Route, Routes } from 'react-router';
import { expect, it, vi } from 'vitest';
import { SESSION_KEY } from '@/lib/query';
import type { Reach } from '@/lib/types';
import { May } from './may';

const viewer: Reach = { project: 'shop', permissions: ['read'], operates_in: [] };
const operator: Reach = { project: 'shop', permissions: ['read', 'operate'], operates_in: ['production'] };

function shown(may: readonly Reach[], onClick: () => void) {
  const client = new QueryClient();
  client.setQueryData(SESSION_KEY, { name: 'Ann', version: '1', may });
  render(
    <QueryClientProvider client={client}>
      <MantineProvider>
        <MemoryRouter initialEntries={['/projects/shop']}>
          <Routes>
            <Route
              path="/projects/:project"
              element={
                <May do="operate" environment={{ slug: 'production', name: 'Production' }}>
                  <Button onClick={onClick}>Run now</Button>
                </May>
              }
            />
          </Routes>
        </MemoryRouter>
      </MantineProvider>
    </QueryClientProvider>,
  );
  return screen.getByRole('button', { name: 'Run now' });
}

it('is used by who may, in the project of the page', async () => {
  const click = vi.fn();
  await userEvent.click(shown([operator], click));
  expect(click).toHaveBeenCalledOnce();
});

it('does nothing for who may not, and says why when it is reached', async () => {
  const click = vi.fn();
  const button = shown([viewer], click);
  button.click();
  expect(click).not.toHaveBeenCalled();
  expect(button).toHaveAttribute('aria-disabled', 'true');
  await userEvent.tab();
  expect(button).toHaveFocus();
  expect(await screen.findByRole('tooltip', { hidden: true })).toHaveTextContent('Your role does not let you deploy, run, pause or stop in Production');
});
