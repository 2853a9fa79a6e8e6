/** A log of any length, held in pages that are fetched when they are looked at. */
import type { Log, LogLine } from '@/lib/types';

/** How many lines are fetched at once. */
export const PAGE = 1000;
/** Readers are told of changes at most this often: lines may come by the thousand a second. */
const TELL_EVERY_MS = 80;
const AT_ONCE = 3;

type FetchPage = (after: number, limit: number) => Promise<Log>;

export interface LogState {
  /** Goes up with every change; lines themselves are asked for one by one. */
  version: number;
  status: 'opening' | 'open' | 'failed';
  error: unknown;
  /** The number of the last line that is known to exist; lines are numbered from 1. */
  last: number;
  /** How many of them have been fetched. */
  loaded: number;
}

export class LogPages {
  private readonly lines: (LogLine | undefined)[] = [];
  private readonly pages = new Map<number, Promise<void>>();
  private readonly listeners = new Set<() => void>();
  private state: LogState = { version: 0, status: 'opening', error: null, last: 0, loaded: 0 };
  private timer: ReturnType<typeof setTimeout> | undefined;
  private opening: Promise<void> | undefined;

  constructor(private readonly fetchPage: FetchPage) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  readonly snapshot = (): LogState => this.state;

  /** The line with this number; undefined while it has not been fetched. */
  line(seq: number): LogLine | undefined {
    return this.lines[seq - 1];
  }

  /** Fetches the beginning and finds the end; again after a failure. */
  open(): Promise<void> {
    this.opening ??= this.findEnd().then(
      () => this.change({ status: 'open', error: null }, true),
      (error: unknown) => {
        this.opening = undefined;
        this.change({ status: 'failed', error }, true);
      },
    );
    return this.opening;
  }

  /** Fetches what is missing of these lines. */
  async need(from: number, to: number): Promise<void> {
    const missing: Promise<void>[] = [];
    for (let page = pageOf(Math.max(1, from)); page <= pageOf(Math.min(to, this.state.last)); page += 1) {
      if (!this.isWhole(page)) missing.push(this.load(page));
    }
    await Promise.all(missing);
  }

  /** Fetches everything, a few pages at a time, until `signal` says to stop. */
  async all(signal: AbortSignal): Promise<void> {
    const waiting: number[] = [];
    for (let page = 0; page <= pageOf(this.state.last); page += 1) if (!this.isWhole(page)) waiting.push(page);
    const work = async () => {
      for (let page = waiting.shift(); page !== undefined && !signal.aborted; page = waiting.shift()) await this.load(page);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  /** The first line that passes `test`, fetching from the beginning as far as it takes; null when none does. */
  async first(test: (line: LogLine) => boolean): Promise<number | null> {
    for (let page = 0; page * PAGE < this.state.last; page += 1) {
      if (!this.isWhole(page)) await this.load(page);
      for (let seq = page * PAGE + 1; seq <= (page + 1) * PAGE; seq += 1) {
        const line = this.line(seq);
        if (line && test(line)) return seq;
      }
    }
    return null;
  }

  /** Takes lines that came by themselves. */
  add(lines: readonly LogLine[]): void {
    let { last, loaded } = this.state;
    for (const line of lines) {
      if (!this.lines[line.seq - 1]) loaded += 1;
      this.lines[line.seq - 1] = line;
      last = Math.max(last, line.seq);
    }
    this.change({ last, loaded });
  }

  private load(page: number): Promise<void> {
    const present = this.pages.get(page);
    if (present) return present;
    const coming = this.fetchPage(page * PAGE, PAGE).then(
      (log) => this.add(log.lines),
      (error: unknown) => this.change({ error }),
    );
    // Forgotten when it is over: a page that failed, or was not full yet, is asked for again.
    const kept = coming.finally(() => this.pages.delete(page));
    this.pages.set(page, kept);
    return kept;
  }

  private isWhole(page: number): boolean {
    const end = Math.min((page + 1) * PAGE, this.state.last);
    return Boolean(this.lines[page * PAGE] && this.lines[end - 1]);
  }

  /** The API does not say how long a log is, so doubling steps and then halves find its last page: 17 looks for 100,000 lines. */
  private async findEnd(): Promise<void> {
    const head = await this.fetchPage(0, PAGE);
    this.add(head.lines);
    if (!head.more) return;
    const begins = async (page: number) => (await this.fetchPage(page * PAGE, 1)).lines.length > 0;
    let is = 1;
    let isNot = 2;
    while (await begins(isNot)) [is, isNot] = [isNot, isNot * 2];
    while (isNot - is > 1) {
      const middle = Math.floor((is + isNot) / 2);
      if (await begins(middle)) is = middle;
      else isNot = middle;
    }
    this.add((await this.fetchPage(is * PAGE, PAGE)).lines);
  }

  private change(change: Partial<LogState>, now = false): void {
    this.state = { ...this.state, ...change, version: this.state.version + 1 };
    if (now) return this.tell();
    this.timer ??= setTimeout(() => this.tell(), TELL_EVERY_MS);
  }

  private tell(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.listeners.forEach((each) => each());
  }
}

const pageOf = (seq: number): number => Math.floor((seq - 1) / PAGE);
