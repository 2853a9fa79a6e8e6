import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import '@/ui/tokens.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createBrowserRouter } from 'react-router';
import { RouterProvider } from 'react-router/dom';
import { createQueryClient } from '@/lib/query';
import { Providers } from './providers';
import { mayBeginAnew } from './renewal';
import { routes } from './routes';

const root = document.getElementById('root');
if (!root) throw new Error('The page has no #root.');

window.addEventListener('vite:preloadError', () => {
  if (mayBeginAnew(Date.now())) window.location.reload();
});

createRoot(root).render(
  <StrictMode>
    <Providers client={createQueryClient()}>
      <RouterProvider router={createBrowserRouter(routes)} />
    </Providers>
  </StrictMode>,
);
