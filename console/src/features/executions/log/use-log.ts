import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { followLog } from '@/lib/log-stream';
import type { ExecutionDetail } from '@/lib/types';
import { executionKey, logPage, logStreamUrl } from '../api';
import { LogPages, type LogState } from './pages';

export interface FollowedLog {
  pages: LogPages;
  state: LogState;
  /** Whether lines come by themselves; "lost" while the connection is being made again. */
  live: 'no' | 'yes' | 'lost';
}

/** The log of an execution, from its first page on; while it is `active`, line by line as they are written. */
export function useLog(id: string, active: boolean): FollowedLog {
  const client = useQueryClient();
  const [pages] = useState(() => new LogPages((after, limit) => logPage(id, after, limit)));
  const state = useSyncExternalStore(pages.subscribe, pages.snapshot);
  const [connected, setConnected] = useState(true);
  const opened = state.status === 'open';

  useEffect(() => void pages.open(), [pages]);
  useEffect(() => {
    if (!active || !opened) return;
    return followLog<ExecutionDetail>(logStreamUrl(id, pages.snapshot().last), {
      onLines: (lines) => pages.add(lines),
      onEnd: (end) => client.setQueryData(executionKey(id), end),
      onConnected: setConnected,
    });
  }, [pages, id, active, opened, client]);

  return { pages, state, live: !active ? 'no' : connected ? 'yes' : 'lost' };
}
