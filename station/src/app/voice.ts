/** What is told: answers to scans and presses, verdicts of the server, and what went wrong. */
import type { Feedback, Message } from "../feedback/index.ts";
import { good, type Tell, wrong } from "../jobs/loop.ts";
import type { Resolution, Verdict } from "../protocol.ts";
import type { Entry } from "../queue/index.ts";

export class Voice {
  readonly #feedback: Feedback;
  /** Wrong scans that the next right one answers; what the server says waits for a press. */
  readonly #ofScans = new Set<Message>();
  /** Acts that came too late, and of which it was said: deciding about them does not say it again. */
  readonly #late = new Set<string>();

  constructor(feedback: Feedback) {
    this.#feedback = feedback;
    feedback.onAnswer((message) => this.#ofScans.delete(message));
  }

  say(tell: Tell, at?: number): void {
    const message: Message = {
      tone: tell.tone === "ask" ? "decide" : tell.tone,
      word: tell.words,
      text: tell.remedy,
    };
    if (tell.tone === "wrong") this.#ofScans.add(message);
    this.#feedback.say(message, at);
  }

  /** What waits for a press, whatever is scanned. */
  #stop(word: string, text: string, remedy: string): void {
    this.#feedback.say({ tone: "wrong", word, text, remedy });
  }

  failed(problem: unknown): void {
    this.#stop("Not saved", problem instanceof Error ? problem.message : String(problem), "Do it again. If it stays, reload the page.");
  }

  /** What the server said of an act that was done here, when somebody must know. */
  verdict({ id, state, verdict }: Entry, words: string): void {
    const [problem] = verdict?.problems ?? [];
    if (state === "inbox") {
      this.#stop("Not in the book", `${words}: ${problem?.cause ?? "it contradicts the book."}`, `${problem?.remedy ?? ""} It waits in the inbox.`.trim());
    }
    if (!verdict?.late || this.#late.has(id)) return;
    this.#late.add(id);
    this.#stop("Too late", verdict.late, "Tell quality what you did.");
  }

  /** What came of deciding about an act. */
  resolved({ state, problems: [problem] }: Verdict, how: Resolution["how"]): void {
    if (state === "applied" || state === "settled") this.say(good(how === "drop" ? "Dropped" : "In the book"));
    else this.say(wrong(problem?.cause ?? "It still contradicts the book", problem?.remedy ?? ""));
  }

  /** The next scan answers wrong ones before it. */
  answerScans(): void {
    while (this.#feedback.pending && this.#ofScans.has(this.#feedback.pending)) this.#feedback.answer();
  }
}
