/** Connectors of the component's own: the modules of its folder `clients`, as they are in the draft. */
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { answer, api } from '@/lib/api';
import type { Palette } from '@/lib/types';
import { type Draft, filesOf, textOf } from './draft';

type Connector = Palette['connectors'][number];

const FOLDER = /^clients\/\w+\.py$/;
const MOST_FILES = 50;
const REST_MS = 600;

const Own = createContext<readonly Connector[]>([]);

/** What the palette offers besides the connectors that come with Clockhouse. */
export const useOwnConnectors = (): readonly Connector[] => useContext(Own);

/** Looks at the draft's clients a moment after they have changed. */
export function OwnConnectors({ draft, children }: { draft: Draft; children: React.ReactNode }) {
  const [written] = useDebouncedValue(JSON.stringify(clientsOf(draft)), REST_MS);
  const { data } = useQuery({
    queryKey: ['own-connectors', written],
    queryFn: ({ signal }) =>
      answer(api.POST('/api/v1/flows/connectors', { body: { files: JSON.parse(written) as Record<string, string> }, signal })),
    enabled: written !== '{}',
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
  return <Own.Provider value={written === '{}' || !data ? NONE : data}>{children}</Own.Provider>;
}

const NONE: readonly Connector[] = [];

function clientsOf(draft: Draft): Record<string, string> {
  const paths = filesOf(draft).filter((file) => file.status !== 'deleted' && FOLDER.test(file.path));
  return Object.fromEntries(paths.slice(0, MOST_FILES).map((file) => [file.path, textOf(draft, file.path) ?? '']));
}
