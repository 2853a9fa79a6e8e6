import { render, screen } from '@testing-library/react';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { expect, test, vi } from 'vitest';
import { createQueryClient } from '@/lib/query';
import { Crash } from './crash';
import { Providers } from './providers';

test('a page that breaks says so and offers to load it again', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const Broken = () => {
    throw new Error('Something was undefined.');
  };
  const router = createMemoryRouter([{ path: '/', Component: Broken, ErrorBoundary: Crash }]);
  render(
    <Providers client={createQueryClient()} env="test">
      <RouterProvider router={router} />
    </Providers>,
  );
  expect(await screen.findByRole('button', { name: 'Load it again' })).toBeVisible();
  expect(screen.getByText('Something was undefined.')).toBeInTheDocument();
});
