/** A function of a source as a data mapper. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import type { Drawn } from '@/flow/mapping';
import { answer, api } from '@/lib/api';

const mapperQuery = ({ text, flow }: Drawn, name: string) =>
  queryOptions({
    queryKey: ['mapper', name, text],
    queryFn: ({ signal }) => answer(api.POST('/api/v1/flows/mapper', { body: { text, anchors: [...flow.anchors], function: name }, signal })),
    staleTime: Infinity,
    gcTime: 60_000,
    placeholderData: (before) => before,
  });

export const useMapper = (drawn: Drawn, name: string) => useQuery(mapperQuery(drawn, name));
