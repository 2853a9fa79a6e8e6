/** The server's hints that something changed, gathered and handed on about once a second at most. */

const GATHER_MS = 60;
const PAUSE_MS = 700;
const AGAIN_MS = 3_000;
const ALL: readonly string[] = ['executions', 'builds', 'deployments', 'projects', 'alerts'];

interface Listener {
  /**
   * Gets the topics that changed; every topic after a lost connection, because hints may have been missed meanwhile.
   * What changes before it is done is handed on afterwards, so that a busy server is not asked faster than it answers.
   */
  onChange: (topics: ReadonlySet<string>) => Promise<void>;
  onConnected?: (connected: boolean) => void;
}

/** Listens until the returned function is called. */
export function listen({ onChange, onConnected }: Listener): () => void {
  if (typeof EventSource === 'undefined') return () => undefined;
  let source: EventSource | undefined;
  let gathered = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let lost = false;
  let isOver = false;

  const handOn = async () => {
    const ready = gathered;
    gathered = new Set();
    await onChange(ready).catch(() => undefined);
    if (isOver) return;
    timer = setTimeout(() => {
      timer = undefined;
      if (gathered.size > 0) void handOn();
    }, PAUSE_MS);
  };
  const gather = (topics: readonly string[]) => {
    topics.forEach((topic) => gathered.add(topic));
    timer ??= setTimeout(() => void handOn(), GATHER_MS);
  };
  const connect = () => {
    const opened = new EventSource('/api/v1/events');
    source = opened;
    opened.addEventListener('change', (event: MessageEvent<string>) => gather(topicsOf(event.data)));
    opened.addEventListener('open', () => {
      if (lost) gather(ALL);
      lost = false;
      onConnected?.(true);
    });
    opened.addEventListener('error', () => {
      lost = true;
      onConnected?.(false);
      // After a dropped connection the browser tries again by itself; after a refusal it has given up.
      if (opened.readyState === EventSource.CLOSED) again = setTimeout(connect, AGAIN_MS);
    });
  };
  connect();
  return () => {
    isOver = true;
    clearTimeout(timer);
    clearTimeout(again);
    source?.close();
  };
}

function topicsOf(data: string): readonly string[] {
  try {
    const parsed: unknown = JSON.parse(data);
    const topics = typeof parsed === 'object' && parsed !== null && 'topics' in parsed ? parsed.topics : null;
    return Array.isArray(topics) ? topics.map(String) : ALL;
  } catch {
    return ALL;
  }
}
