/** What a schedule would do, told before there is one. */
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import type { NewSchedule, Trigger } from '@/lib/types';

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

/** What a calendar is asked about: the schedules of one deployment. */
export interface AskedCalendar {
  schedules: readonly NewSchedule[];
  /** `project/component`: how long its executions take, and what spreads a jitter. */
  spread: string;
  environment: string | undefined;
  zone: string;
  at_once?: number | null | undefined;
}

/** The next 90 days of schedules. */
export function useCalendar({ schedules, spread, environment, zone, at_once }: AskedCalendar, enabled: boolean) {
  const [project, component] = spread.split('/');
  return useQuery({
    queryKey: ['calendar', schedules, spread, environment, zone, at_once],
    queryFn: ({ signal }) =>
      answer(
        api.POST('/api/v1/schedules/calendar', {
          body: { schedules: [...schedules], zone, days: 90, project: project ?? null, component: component ?? null, environment: environment ?? null, at_once: at_once ?? null },
          signal,
        }),
      ),
    enabled,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 60_000,
  });
}

/** How many crons of the installation are due at each minute of an hour, in UTC. */
export const useMinutes = (enabled: boolean) =>
  useQuery({
    queryKey: ['minutes'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/schedules/minutes', { signal })),
    enabled,
    staleTime: 60_000,
  });

const countriesQuery = queryOptions({
  queryKey: ['countries'],
  queryFn: ({ signal }) => answer(api.GET('/api/v1/schedules/holidays', { signal })),
  staleTime: Infinity,
});

/** The countries whose public holidays are known. */
export const useCountries = () => useQuery(countriesQuery);
