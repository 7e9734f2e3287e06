/** One turn of sending: everything that is only here, oldest first, at most 100 acts at a time. */
import type { Uuid, Verdict, Verdicts } from "../protocol.ts";
import type { Entry } from "./shapes.ts";
import type { Store } from "./store.ts";
import type { Answer, Transport } from "./transport.ts";
import { isId, whatIsWrong } from "./whole.ts";

export const BATCH_MAX = 100;
const BATCH_CHARACTERS_MAX = 400_000;
const STATES = new Set(["applied", "waiting", "conflict", "settled", "refused"]);

/** How a turn ended. done: nothing is left to send; more: only what the server will not take as it is. */
export interface Turn {
  ended: "done" | "lost" | "login" | "refused";
  problem: string;
  after_ms: number;
  /** Acts the server has given a verdict on. */
  answered: number;
}

export class Sender {
  readonly #store: Store;
  readonly #transport: Transport;
  readonly #device: Uuid;
  /** Acts that not even their text was taken of: left alone until the queue opens again. */
  readonly #stuck = new Set<Uuid>();
  readonly #askedAgain = new Set<number>();

  constructor(store: Store, transport: Transport, device: Uuid) {
    this.#store = store;
    this.#transport = transport;
    this.#device = device;
  }

  /** Sends; with `ask` also asks what became of acts that wait or are in the inbox. */
  async turn(ask: boolean): Promise<Turn> {
    let answered = 0;
    let trouble = "";
    for (;;) {
      const batch = await this.#next();
      if (batch.length === 0) break;
      const sent = await this.#send(batch);
      answered += sent.answered;
      if (sent.ended === "lost" || sent.ended === "login") return { ...sent, answered };
      if (sent.problem !== "") trouble = sent.problem;
    }
    if (ask || answered > 0) {
      const open = [...(await this.#store.inState("waiting")), ...(await this.#store.inState("inbox"))];
      for (let from = 0; from < open.length; from += BATCH_MAX) {
        const sent = await this.#send(open.slice(from, from + BATCH_MAX));
        if (sent.ended === "lost" || sent.ended === "login") return { ...sent, answered };
      }
    }
    if (answered > 0) await this.#store.prune();
    return { ended: trouble === "" ? "done" : "refused", problem: trouble, after_ms: 0, answered };
  }

  async #next(): Promise<Entry[]> {
    const waiting = [
      ...(await this.#store.inState("device", BATCH_MAX + this.#stuck.size)),
      ...(await this.#store.inState("damaged")),
    ].filter((entry) => !this.#stuck.has(entry.id));
    const batch: Entry[] = [];
    let characters = 0;
    for (const entry of waiting.slice(0, BATCH_MAX)) {
      characters += this.#text(entry).length;
      if (batch.length > 0 && characters > BATCH_CHARACTERS_MAX) break;
      batch.push(entry);
    }
    return batch;
  }

  /** The act as it is sent: a damaged one as the text that was found, in characters any parser takes. */
  #text(entry: Entry, asFound = isDamaged(entry)): string {
    if (!asFound) return JSON.stringify(entry.act);
    return JSON.stringify({ id: entry.id, device: this.#device, n: entry.n, found: escape(entry.act) });
  }

  #body(batch: Entry[], asFound = false): string {
    const acts = batch.map((entry) => this.#text(entry, asFound || isDamaged(entry)));
    return `{"device":${JSON.stringify(this.#device)},"acts":[${acts.join(",")}]}`;
  }

  /** Sends a batch; when the whole request is refused, in halves, so that one act does not hold up the others. */
  async #send(batch: Entry[]): Promise<Turn> {
    const answer = await this.#transport.deliver(this.#body(batch));
    if (answer.got !== "refused") return this.#take(batch, answer);
    if (answer.status === 403 || answer.status === 404 || answer.status === 405) {
      // About who asks or where, not about the acts: they stay as they are, and are sent again later.
      return { ended: "lost", problem: answer.problem, after_ms: 0, answered: 0 };
    }
    if (batch.length > 1) {
      const middle = Math.ceil(batch.length / 2);
      const first = await this.#send(batch.slice(0, middle));
      if (first.ended === "lost" || first.ended === "login") return first;
      const second = await this.#send(batch.slice(middle));
      return { ...second, problem: second.problem || first.problem, answered: first.answered + second.answered };
    }
    const again = await this.#transport.deliver(this.#body(batch, true));
    if (again.got !== "refused") return this.#take(batch, again);
    const ids = batch.map((entry) => entry.id);
    for (const id of ids) this.#stuck.add(id);
    await this.#store.troubled(ids, again.problem);
    return { ended: "refused", problem: again.problem, after_ms: 0, answered: 0 };
  }

  async #take(batch: Entry[], answer: Exclude<Answer<Verdicts>, { got: "refused" }>): Promise<Turn> {
    const none = { after_ms: 0, answered: 0 };
    if (answer.got === "login") return { ...none, ended: "login", problem: "" };
    if (answer.got === "csrf") return { ...none, ended: "lost", problem: "The page has to be loaded anew." };
    if (answer.got === "lost") return { ...none, ended: "lost", problem: answer.problem, after_ms: answer.after_ms };
    const verdicts = matched(batch, answer.value);
    if (verdicts.size === 0) return { ...none, ended: "lost", problem: "the answer named none of the acts" };
    await this.#store.answered(verdicts);
    for (const entry of batch) {
      // What got no verdict is asked again in the next turn, not in a loop now.
      if (!verdicts.has(entry.id)) this.#stuck.add(entry.id);
    }
    await this.#compare(answer.value.complete_to);
    return { ended: "done", problem: "", after_ms: 0, answered: verdicts.size };
  }

  /** Whether the server still has what it had: after a restore from a backup it asks for less than we sent. */
  async #compare(completeTo: number): Promise<void> {
    const counts = await this.#store.counts();
    if (counts.device + counts.damaged > 0 || completeTo >= counts.recorded) return;
    if (this.#askedAgain.has(completeTo)) return;
    this.#askedAgain.add(completeTo);
    await this.#store.againAbove(completeTo);
  }
}

function isDamaged(entry: Entry): boolean {
  return entry.state === "damaged" || whatIsWrong(entry.act) !== "";
}

/** The verdicts by the id of the entry: by place for what has no readable id. */
function matched(batch: Entry[], value: Verdicts): Map<Uuid, Verdict> {
  const found = new Map<Uuid, Verdict>();
  if (!Array.isArray(value?.verdicts)) return found;
  const inOrder = value.verdicts.length === batch.length;
  const ids = new Set(batch.map((entry) => entry.id));
  value.verdicts.forEach((verdict, index) => {
    if (!STATES.has(verdict?.state)) return;
    const entry = batch[index];
    if (ids.has(verdict.id)) found.set(verdict.id, verdict);
    else if (inOrder && entry !== undefined && !isId(entry.id)) found.set(entry.id, verdict);
  });
  return found;
}

/** A text of ASCII without NUL, whatever was found. */
function escape(found: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(found) ?? String(found);
  } catch {
    text = String(found);
  }
  return text.replace(/[^\x20-\x7e]|\\u/g, (one) =>
    one === "\\u" ? "\\\\u" : `\\x${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
