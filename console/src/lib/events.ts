/** The server's hints that something changed, gathered and handed on a few times a second at most. */

const GATHER_MS = 300;

/**
 * Listens until the returned function is called. `onChange` gets the topics that changed; after a lost connection it
 * gets every topic, because hints may have been missed meanwhile.
 */
export function listen(onChange: (topics: ReadonlySet<string>) => void): () => void {
  if (typeof EventSource === 'undefined') return () => undefined;
  const source = new EventSource('/api/v1/events');
  let gathered = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lost = false;

  const gather = (topics: readonly string[]) => {
    topics.forEach((topic) => gathered.add(topic));
    timer ??= setTimeout(() => {
      const ready = gathered;
      gathered = new Set();
      timer = undefined;
      onChange(ready);
    }, GATHER_MS);
  };
  source.addEventListener('change', (event: MessageEvent<string>) => gather(topicsOf(event.data)));
  source.addEventListener('error', () => {
    lost = true;
  });
  source.addEventListener('open', () => {
    if (lost) gather(ALL);
    lost = false;
  });
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

const ALL = ['executions', 'builds', 'deployments', 'projects'];

function topicsOf(data: string): readonly string[] {
  try {
    const parsed: unknown = JSON.parse(data);
    const topics = typeof parsed === 'object' && parsed !== null && 'topics' in parsed ? parsed.topics : null;
    return Array.isArray(topics) ? topics.map(String) : ALL;
  } catch {
    return ALL;
  }
}
