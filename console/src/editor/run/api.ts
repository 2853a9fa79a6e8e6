/** Runs of drafts: begun, followed and ended; and what a failed execution has told. */
import { queryOptions } from '@tanstack/react-query';
import { answer, api } from '@/lib/api';
import type { ComponentRef, NewTrial, TrialNews } from '@/lib/types';

export const beginTrial = (ref: ComponentRef, body: NewTrial) =>
  answer(api.POST('/api/v1/projects/{project}/components/{component}/trials', { params: { path: ref }, body }));

export const stopTrial = (id: string) => answer(api.POST('/api/v1/trials/{id}/stop', { params: { path: { id } } }));

interface Handlers {
  /** The first of a connection tells everything from the beginning. */
  onNews: (news: TrialNews, isFirst: boolean) => void;
  /** Nobody knows it any more. */
  onLost: () => void;
}

/** Follows a run to its end; returns what stops following. */
export function followTrial(id: string, { onNews, onLost }: Handlers): () => void {
  const source = new EventSource(`/api/v1/trials/${encodeURIComponent(id)}/events`);
  let isFirst = true;
  source.addEventListener('open', () => {
    isFirst = true;
  });
  source.addEventListener('news', (event: MessageEvent<string>) => {
    const news = JSON.parse(event.data) as TrialNews;
    if (news.end) source.close();
    onNews(news, isFirst);
    isFirst = false;
  });
  source.addEventListener('error', () => {
    // After a dropped connection the browser tries again by itself; after a refusal it has given up.
    if (source.readyState === EventSource.CLOSED) onLost();
  });
  return () => source.close();
}

/** An execution, and where it failed. */
export const failedQuery = (id: string) =>
  queryOptions({
    queryKey: ['executions', 'failure', id],
    queryFn: async ({ signal }) => {
      const params = { path: { id } };
      const [execution, failure] = await Promise.all([
        answer(api.GET('/api/v1/executions/{id}', { params, signal })),
        answer(api.GET('/api/v1/executions/{id}/failure', { params, signal })),
      ]);
      return { execution, failure };
    },
    staleTime: Infinity,
    retry: false,
  });
