/** What a schedule would do, told before there is one. */
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import type { Trigger } from '@/lib/types';

/** A trigger in words, with its next five due times. */
export const previewQuery = (trigger: Trigger) =>
  queryOptions({
    queryKey: ['preview', trigger],
    queryFn: ({ signal }) => answer(api.POST('/api/v1/schedules/preview', { body: { trigger, count: 5 }, signal })),
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 10_000,
  });

export const usePreview = (trigger: Trigger, enabled = true) => useQuery({ ...previewQuery(trigger), enabled });
