/** Follows a log as it is written: lines in batches, and the finished thing at the end. */
import type { LogLine } from './types';

interface Handlers<End> {
  onLines: (lines: LogLine[]) => void;
  /** The build or the execution, when its last line has been sent. */
  onEnd: (end: End) => void;
  /** Whether the connection stands; the browser reconnects by itself and goes on after the last line it got. */
  onConnected?: (connected: boolean) => void;
}

/** `url` is the address of the stream with its `after`; returns what stops following. */
export function followLog<End>(url: string, handlers: Handlers<End>): () => void {
  if (typeof EventSource === 'undefined') return () => undefined;
  const source = new EventSource(url);
  source.addEventListener('lines', (event: MessageEvent<string>) => {
    handlers.onLines(JSON.parse(event.data) as LogLine[]);
  });
  source.addEventListener('end', (event: MessageEvent<string>) => {
    source.close();
    handlers.onEnd(JSON.parse(event.data) as End);
  });
  source.addEventListener('open', () => handlers.onConnected?.(true));
  source.addEventListener('error', () => handlers.onConnected?.(false));
  return () => source.close();
}
