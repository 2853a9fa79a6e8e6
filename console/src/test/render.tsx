/** Renders the console at an address, as the browser would; only the network is faked. */
import { render } from '@testing-library/react';
import userEvent, { PointerEventsCheckLevel } from '@testing-library/user-event';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { routes } from '@/app/routes';
import { Providers } from '@/app/providers';
import { createQueryClient } from '@/lib/query';

export function renderAt(address: string) {
  const client = createQueryClient();
  client.setDefaultOptions({ queries: { ...client.getDefaultOptions().queries, retry: false } });
  const router = createMemoryRouter(routes, { initialEntries: [address] });
  render(
    <Providers client={client} env="test">
      <RouterProvider router={router} />
    </Providers>,
  );
  // Nothing of ours takes the pointer away by style, and asking for it at each click is slow.
  const user = userEvent.setup({ delay: null, pointerEventsCheck: PointerEventsCheckLevel.Never });
  return { user, router, client };
}
