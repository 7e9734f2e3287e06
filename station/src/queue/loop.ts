/** When to send: at once when something is recorded, after waiting longer and longer when nobody answers. */
import type { Turn } from "./sender.ts";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** How often acts that wait or are in the inbox are asked after. */
const ASK_EVERY_MS = 30_000;
/** Another tab is sending: look again after so long. */
const BUSY_WAIT_MS = 5_000;

export interface Steps {
  /** One turn, or null when another tab (or the worker) is at it. */
  turn(ask: boolean): Promise<Turn | null>;
  /** Whether acts wait or are in the inbox. */
  hasOpen(): boolean;
  random(): number;
}

export class Loop {
  readonly #steps: Steps;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #failures = 0;
  #closed = false;
  #listening = new AbortController();

  constructor(steps: Steps) {
    this.#steps = steps;
  }

  /** Listens to the network and to the page being looked at. */
  listen(): void {
    const { signal } = this.#listening;
    const now = () => {
      this.#failures = 0;
      void this.now(false);
    };
    globalThis.addEventListener?.("online", now, { signal });
    if (typeof document === "undefined") return;
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && now(), { signal });
  }

  /** Sends; when a turn is under way, another one follows it. Resolves when both are over. */
  async now(ask: boolean): Promise<void> {
    if (this.#closed) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return this.#running;
    }
    clearTimeout(this.#timer);
    this.#running = this.#run(ask);
    try {
      await this.#running;
    } finally {
      this.#running = undefined;
    }
  }

  async #run(ask: boolean): Promise<void> {
    let wait = 0;
    do {
      this.#again = false;
      const turn = await this.#steps.turn(ask);
      wait = this.#waitAfter(turn);
      // What was recorded while nobody answers waits its turn with the rest.
    } while (this.#again && this.#failures === 0);
    if (wait > 0 && !this.#closed) this.#timer = setTimeout(() => void this.now(true), wait);
  }

  #waitAfter(turn: Turn | null): number {
    if (turn === null) return BUSY_WAIT_MS;
    if (turn.ended === "done" || turn.ended === "refused") {
      this.#failures = 0;
      return this.#steps.hasOpen() || turn.ended === "refused" ? ASK_EVERY_MS : 0;
    }
    this.#failures += 1;
    return Math.max(turn.after_ms, waitAfter(this.#failures, this.#steps.random()));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listening.abort();
    clearTimeout(this.#timer);
    await this.#running;
  }
}

/** How long after so many failures in a row: doubling, with half of it by chance so that devices do not come at once. */
export function waitAfter(failures: number, random: number): number {
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
  return longest / 2 + (longest / 2) * random;
}
