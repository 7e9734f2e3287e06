/** What was done here last, and what of it can still be taken back. */
import type { Act, ActKind, Bodies } from "../protocol.ts";
import type { Entry } from "../queue/index.ts";

export const UNDO_MS = 30_000;
const SHOWN = 5;

/** One line of the last five: a scan that was refused, or an act. */
export interface Line {
  words: string;
  tone: "good" | "wrong";
  /** Id of the act, or "" of what was refused. */
  act: string;
  state: Entry["state"] | "undone" | "refused";
  /** What the server made of it: the lot, the number of the unit. */
  made: string;
}

/** An act that can be taken back, and the state of its loop before. */
export interface Undoable {
  act: string;
  words: string;
  until: number;
  /** Key of the loop's draft, "" for acts beside loops. */
  key: string;
  before: unknown;
}

/** Counts and labels are not taken back (the server says so, too), nor picks of transfers. */
export function canUndo<K extends ActKind>(kind: K, body: Bodies[K]): boolean {
  if (kind === "count" || kind === "print" || kind === "undo") return false;
  return !(kind === "pick" && (body as Bodies["pick"]).document === "transfer");
}

/** What a reload must not take away. */
export type Kept = Pick<Log, "lines" | "undoables">;

export class Log {
  lines: Line[] = [];
  undoables: Undoable[] = [];
  /** Resolves when the device has it. */
  saved: Promise<void> = Promise.resolve();
  readonly #keep: (kept: Kept) => Promise<void>;

  constructor(keep: (kept: Kept) => Promise<void>) {
    this.#keep = keep;
  }

  /** After a reload: the last lines, and what can still be taken back. */
  recall({ lines, undoables }: Kept, now: number): void {
    this.lines = [...this.lines, ...lines].slice(0, SHOWN);
    this.undoables = [...undoables, ...this.undoables];
    this.last(now);
  }

  did(act: Act, words: string, key: string, before: unknown, now: number): void {
    this.#add({ words, tone: "good", act: act.id, state: "device", made: "" });
    if (canUndo(act.kind, act.body)) this.undoables.push({ act: act.id, words, until: now + UNDO_MS, key, before });
    this.#kept();
  }

  refused(words: string): void {
    this.#add({ words, tone: "wrong", act: "", state: "refused", made: "" });
    this.#kept();
  }

  /** What can be taken back now: the last one first. */
  last(now: number): Undoable | null {
    this.undoables = this.undoables.filter((one) => one.until > now);
    return this.undoables.at(-1) ?? null;
  }

  undone(act: string): void {
    this.undoables = this.undoables.filter((one) => one.act !== act);
    this.lines = this.lines.map((line) => (line.act === act ? { ...line, state: "undone" } : line));
    this.#kept();
  }

  /** What the queue knows of it now; gives those of which something new is to be told. */
  heard(entries: Entry[]): Entry[] {
    const fresh: Entry[] = [];
    this.lines = this.lines.map((line) => {
      const entry = entries.find((one) => one.id === line.act);
      if (!entry || line.state === "undone" || line.state === entry.state) return line;
      fresh.push(entry);
      const made = Object.entries(entry.verdict?.made ?? {}).filter(([name]) => ["lot", "sscc", "document"].includes(name));
      return { ...line, state: entry.state, made: made.map(([, value]) => value).join(", ") };
    });
    if (fresh.length) this.#kept();
    return fresh;
  }

  #kept(): void {
    this.saved = this.#keep({ lines: this.lines, undoables: this.undoables });
  }

  #add(line: Line): void {
    this.lines = [line, ...this.lines].slice(0, SHOWN);
  }
}
