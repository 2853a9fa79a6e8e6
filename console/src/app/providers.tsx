import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { theme } from '@/ui/theme';

// The same key as `public/colour-scheme.js`, which runs before the first paint.
const colourScheme = localStorageColorSchemeManager({ key: 'clockhouse-colour-scheme' });

interface ProvidersProps {
  client: QueryClient;
  /** "test" leaves out transitions, and the styles that only eyes need and that make looking up roles slow. */
  env?: 'default' | 'test';
  children: React.ReactNode;
}

export function Providers({ client, env = 'default', children }: ProvidersProps) {
  return (
    <QueryClientProvider client={client}>
      <MantineProvider theme={theme} defaultColorScheme="auto" colorSchemeManager={colourScheme} env={env} withCssVariables={env !== 'test'} withGlobalClasses={env !== 'test'}>
        <Notifications position="bottom-right" limit={3} />
        {children}
      </MantineProvider>
    </QueryClientProvider>
  );
}
