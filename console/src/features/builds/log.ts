/** A build's log: what is written already, then what is being written. */
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { answer, api } from '@/lib/api';
import { followLog } from '@/lib/log-stream';
import { polling } from '@/lib/query';
import type { Build, ComponentRef, LogLine } from '@/lib/types';
import { buildQuery } from './api';

export interface BuildLog {
  lines: readonly LogLine[];
  /** No line will follow. */
  complete: boolean;
}

const EMPTY: BuildLog = { lines: [], complete: false };
const PAGE = 1000;

const logKey = ({ project, component }: ComponentRef, number: number) => ['build-log', project, component, number] as const;

const logQuery = (ref: ComponentRef, number: number, present: () => BuildLog | undefined) =>
  queryOptions({
    queryKey: logKey(ref, number),
    queryFn: async ({ signal }): Promise<BuildLog> => {
      let log = present() ?? EMPTY;
      for (;;) {
        const page = await answer(
          api.GET('/api/v1/projects/{project}/components/{component}/builds/{number}/log', {
            params: { path: { ...ref, number }, query: { after: lastSeq(log), limit: PAGE } },
            signal,
          }),
        );
        const before = lastSeq(log);
        log = append(log, page.lines, page.complete && !page.more);
        if (!page.more || lastSeq(log) === before) return log;
      }
    },
    staleTime: Infinity,
    // The stream is the usual way; this is for when it cannot be had.
    refetchInterval: (query) => (query.state.data?.complete ? false : polling(query)),
  });

/** Reads the log and follows it while it is written; when its last line is here, the build is told anew. */
export function useBuildLog(ref: ComponentRef, number: number) {
  const client = useQueryClient();
  const key = logKey(ref, number);
  const query = useQuery(logQuery(ref, number, () => client.getQueryData<BuildLog>(key)));
  const begun = query.data !== undefined;
  const complete = query.data?.complete ?? false;
  const { project, component } = ref;
  useEffect(() => {
    if (!begun || complete) return undefined;
    const here = { project, component };
    const own = logKey(here, number);
    const write = (lines: readonly LogLine[], ended: boolean) =>
      client.setQueryData<BuildLog>(own, (log = EMPTY) => append(log, lines, ended));
    const after = lastSeq(client.getQueryData<BuildLog>(own) ?? EMPTY);
    return followLog<Build>(streamAddress(here, number, after), {
      onLines: (lines) => write(lines, false),
      onEnd: (build) => {
        write([], true);
        client.setQueryData(buildQuery(here, number).queryKey, build);
        void client.invalidateQueries({ queryKey: ['builds', project, component] });
      },
    });
  }, [begun, complete, client, project, component, number]);
  return query;
}

const streamAddress = ({ project, component }: ComponentRef, number: number, after: number) =>
  `/api/v1/projects/${encodeURIComponent(project)}/components/${encodeURIComponent(component)}/builds/${number}/log/stream?after=${after}`;

/** A log with the lines that it has not had yet: after a lost connection some may come again. */
export function append(log: BuildLog, lines: readonly LogLine[], complete: boolean): BuildLog {
  const last = lastSeq(log);
  const fresh = lines.filter((line) => line.seq > last);
  if (fresh.length === 0 && complete === log.complete) return log;
  return { lines: fresh.length > 0 ? [...log.lines, ...fresh] : log.lines, complete: log.complete || complete };
}

const lastSeq = (log: BuildLog): number => log.lines.at(-1)?.seq ?? 0;
