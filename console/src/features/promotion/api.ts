/** What a promotion would change, told before it is made. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import { localZone } from '@/lib/time';
import type { ComponentRef, NewPromotion } from '@/lib/types';

/** What of a promotion says how the target would be. */
export type WishedPromotion = Omit<NewPromotion, 'watch'>;

/** Anew whenever the wish changes; without the code, which does not change by it. */
export const useReview = (ref: ComponentRef, wish: WishedPromotion) =>
  useQuery({
    queryKey: ['review', ref.project, ref.component, wish],
    queryFn: ({ signal }) =>
      answer(
        api.POST('/api/v1/projects/{project}/components/{component}/promotions/preview', {
          params: { path: ref },
          // An interval has no clock of its own: its days are the reader's.
          body: { watch: false, ...wish, with_code: false, zone: localZone() },
          signal,
        }),
      ),
    meta: { topics: ['deployments'] },
    placeholderData: keepPreviousData,
    retry: false,
  });

/** What two commits have otherwise; null stands for nothing. */
export const useComparison = (ref: ComponentRef, before: string | null, after: string) =>
  useQuery({
    queryKey: ['comparison', ref.project, ref.component, before, after],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/components/{component}/comparison', {
          params: { path: ref, query: { after, ...(before && { before }) } },
          signal,
        }),
      ),
    // Two commits never change.
    staleTime: Infinity,
  });
