/** What a schedule would do, told before there is one. */
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import type { Trigger } from '@/lib/types';

/** What a preview is asked about. */
export interface Asked {
  trigger: Trigger;
  max_count?: number | null;
  /** `project/component`: what spreads a jitter. */
  spread: string;
}

/** A trigger in words, with its next five due times. */
export const previewQuery = ({ trigger, max_count, spread }: Asked) =>
  queryOptions({
    queryKey: ['preview', trigger, max_count, spread],
    queryFn: ({ signal }) => answer(api.POST('/api/v1/schedules/preview', { body: { trigger, count: 5, max_count: max_count ?? null, so_far: 0, key: spread }, signal })),
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 10_000,
  });

export const usePreview = (asked: Asked, enabled = true) => useQuery({ ...previewQuery(asked), enabled });

const countriesQuery = queryOptions({
  queryKey: ['countries'],
  queryFn: ({ signal }) => answer(api.GET('/api/v1/schedules/holidays', { signal })),
  staleTime: Infinity,
});

/** The countries whose public holidays are known. */
export const useCountries = () => useQuery(countriesQuery);
