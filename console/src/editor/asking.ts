/** Asks one question at a time, always the newest: a slow answer slows the asking, so that fast typing floods nobody. */

// What is typed at once, such as a bracket and its partner, is asked for once.
const LEAST_MS = 15;
// After an answer that took a while, so many times as long belongs to others.
const REST = 1.5;

export class Asking {
  #timer = 0;
  #underway: AbortController | null = null;
  /** There is something newer than what is under way. */
  #isStale = false;
  #restsUntil = 0;
  readonly #ask: (signal: AbortSignal) => Promise<number | null>;

  /** `ask` tells after how many ms to ask again although nothing is newer; null for never. Of what was given up, nobody wants to hear. */
  constructor(ask: (signal: AbortSignal) => Promise<number | null>) {
    this.#ask = ask;
  }

  /** There is something to ask. `isSoon`: at once, whatever is under way. */
  wake({ isSoon = false } = {}): void {
    if (isSoon) this.stop();
    this.#isStale = this.#underway !== null;
    if (this.#underway === null) this.#after(isSoon ? 0 : Math.max(LEAST_MS, this.#restsUntil - performance.now()));
  }

  /** Nothing is wanted any more. */
  stop(): void {
    window.clearTimeout(this.#timer);
    this.#underway?.abort();
    this.#underway = null;
  }

  #after(wait: number): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#turn(), wait);
  }

  async #turn(): Promise<void> {
    const own = new AbortController();
    this.#underway = own;
    this.#isStale = false;
    const began = performance.now();
    const again = await this.#ask(own.signal);
    if (this.#underway !== own) return;
    this.#underway = null;
    this.#restsUntil = performance.now() + REST * (performance.now() - began);
    if (this.#isStale) this.wake();
    else if (again !== null) this.#after(again);
  }
}
