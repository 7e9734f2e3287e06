/**
 * Where work is done: the loop somebody is in, kept on the device with every step, and the acts that come of it,
 * which go to the queue and can be taken back for a while.
 */
import { newId } from "../ids.ts";
import type { Input, Order, Step, View, World } from "../jobs/loop.ts";
import { add, isPositive } from "../jobs/quantity.ts";
import type { Act, Job, Lot } from "../protocol.ts";
import { type Draft, type Entry, instant, type Queue } from "../queue/index.ts";
import { follow, unfollow } from "./effects.ts";
import type { Knowledge } from "./knowledge.ts";
import { type Kept as KeptLog, Log } from "./log.ts";
import type { Session } from "./shown.ts";
import type { Voice } from "./voice.ts";
import { type Kind, unannounced, WORK } from "./work.ts";

type Acts = { id: string; draft: Draft<Act["kind"]> }[];

interface Kept {
  state: unknown;
  number: string;
  title: string;
  /** Acts of this step: recorded again, under the same id, when the device died in between. */
  acts: Acts;
}

const OPEN_KEY = "open loop";
const LOG_KEY = "log";
const SCANS_KEPT = 12;

const keyOf = ({ kind, id }: Pick<Session, "kind" | "id">): string => `loop ${kind} ${id || "free"}`;

export class Bench {
  session: Session | null = null;
  readonly log: Log;
  readonly #know: Knowledge;
  readonly #queue: Queue;
  /** Scans since the last act: what it was done by. */
  #scans: Act["scans"] = [];

  constructor(know: Knowledge, queue: Queue) {
    this.#know = know;
    this.#queue = queue;
    this.log = new Log((kept) => queue.keepDraft(LOG_KEY, kept).catch(() => {}));
  }

  get world(): World | null {
    const know = this.#know;
    const { shelf, site, today, online } = know;
    return shelf && { shelf, site, today, online, may: (permission) => know.may(permission) };
  }

  get view(): View | null {
    const { session, world } = this;
    return session && world && session.loop.show(session.state, world);
  }

  /** The lot in the hand, when its number is no other's. */
  get lotInHand(): Lot | null {
    const number = this.view?.subject?.number;
    const lots = number ? (this.#know.shelf?.numbered(number) ?? []) : [];
    return lots.length === 1 ? (lots[0] ?? null) : null;
  }

  /** The quantity in front and one more, or less; null when that is none. */
  more(by: 1 | -1): string | null {
    const value = this.view?.quantity?.value;
    const next = value ? add(value, String(by)) : "0";
    return isPositive(next) ? next : null;
  }

  // --- The loop -------------------------------------------------------------------------------------

  /** False: there is no book to work with yet. */
  async open(kind: Kind, job: Job | null, start: unknown): Promise<boolean> {
    const { world } = this;
    if (!world) return false;
    const id = job?.id ?? "";
    const from = job ?? (kind === "receive" ? unannounced() : null);
    const kept = job ? await this.#queue.draft<Kept>(keyOf({ kind, id })) : undefined;
    const loop = await WORK[kind].load();
    const state = kept && job && loop.refresh ? loop.refresh(kept.state, job) : loop.start(from ?? start, world);
    const open = { kind, id, number: from?.number ?? "", title: from?.title ?? "" };
    await this.#queue.keepDraft(OPEN_KEY, open);
    this.session = { ...open, state, loop };
    this.#scans = [];
    return true;
  }

  /** After a reload: the loop that was open, as it was, and acts that were not written down yet. False: none was. */
  async resume(): Promise<boolean> {
    const open = await this.#queue.draft<Omit<Session, "state" | "loop">>(OPEN_KEY);
    if (!open || !WORK[open.kind]) return false;
    const kept = await this.#queue.draft<Kept>(keyOf(open));
    for (const { id, draft } of kept?.acts ?? []) await this.#queue.record(draft, id);
    const job = this.#jobOf(open);
    if (!kept) return job || !open.id ? this.open(open.kind, job, {}) : false;
    const loop = await WORK[open.kind].load();
    this.session = { ...open, loop, state: job && loop.refresh ? loop.refresh(kept.state, job) : kept.state };
    return true;
  }

  /** After a reload: the last scans, and what can still be taken back. */
  async remember(): Promise<void> {
    const kept = await this.#queue.draft<KeptLog>(LOG_KEY);
    if (kept) this.log.recall(kept, Date.now());
  }

  /** Nobody is in a loop any more: a reload does not open it again. */
  leave(): void {
    void this.#queue.dropDraft(OPEN_KEY);
  }

  #jobOf({ kind, id }: Pick<Session, "kind" | "id">): Job | null {
    return this.#know.jobs.find((one) => one.id === id && one.kind === kind) ?? null;
  }

  /** The server's jobs have changed: what was done here stays done. */
  jobsChanged(): void {
    const { session } = this;
    const job = session?.id ? this.#jobOf(session) : null;
    if (session && job && session.loop.refresh) session.state = session.loop.refresh(session.state, job);
  }

  /** One input to the loop. Its acts are written down, and the state kept, before anything is told. */
  async step(input: Input): Promise<Step<unknown> | null> {
    const { session, world, view: shown } = this;
    if (!session || !world) return null;
    const before = session.state;
    const step = session.loop.take(before, input, world);
    session.state = step.state;
    if (!step.orders.length) {
      await this.#keep(session, []);
      return step;
    }
    const seen = [shown?.instruction, shown?.why, step.tell?.words].filter((text): text is string => Boolean(text));
    try {
      await this.#record(step.orders, session, before, seen);
    } catch (problem) {
      session.state = before;
      throw problem;
    }
    return step;
  }

  #keep(session: Session, acts: Acts): Promise<void> {
    const { state, number, title } = session;
    return this.#queue.keepDraft(keyOf(session), { state, number, title, acts } satisfies Kept);
  }

  // --- Acts -----------------------------------------------------------------------------------------

  scanned({ text, how }: Pick<Act["scans"][number], "text" | "how">): void {
    this.#scans = [...this.#scans, { text, how, at: instant() }].slice(-SCANS_KEPT);
  }

  /** An act beside loops: a hold, a label. */
  note(order: Order): Promise<void> {
    return this.#record([order], null, null);
  }

  #draft(order: Pick<Order, "kind" | "body">): Draft<Act["kind"]> {
    const { site, start, shelf } = this.#know;
    return { ...order, site, by: start?.person.login ?? "", as_of: shelf?.asOf ?? 0 };
  }

  /** Writes acts down. First the draft with their ids, so that a dead battery neither loses nor doubles one. */
  async #record(orders: Order[], session: Session | null, before: unknown, seen: string[] = []): Promise<void> {
    const acts = orders.map(({ kind, body, words }) => {
      const draft = { ...this.#draft({ kind, body } as Order), scans: this.#scans, seen, at: instant() };
      return { id: newId(), draft, words };
    });
    if (session) await this.#keep(session, acts.map(({ id, draft }) => ({ id, draft })));
    for (const { id, draft, words } of acts) {
      const act = await this.#queue.record(draft, id);
      this.log.did(act, words, session ? keyOf(session) : "", before, Date.now());
      if (this.#know.shelf) follow(this.#know.shelf, draft.kind, draft.body);
    }
    await this.log.saved;
    this.#scans = [];
  }

  /** Takes the last act back and gives its words; null when there is none. */
  async undo(): Promise<string | null> {
    const last = this.log.last(Date.now());
    if (!last) return null;
    const { act, words, key, before } = last;
    const entry = await this.#queue.entry(act);
    await this.#queue.record({ ...this.#draft({ kind: "undo", body: { act } }), seen: [words] });
    this.log.undone(act);
    if (entry && this.#know.shelf) unfollow(this.#know.shelf, entry.act.kind, entry.act.body);
    const { session } = this;
    if (session && key === keyOf(session)) {
      session.state = before;
      await this.#keep(session, []);
    }
    return words;
  }

  /** Acts that the server does not know yet have their effect on a book that was loaded anew. */
  async bookChanged(): Promise<void> {
    const { shelf } = this.#know;
    if (!shelf) return;
    for (const { state, act } of await this.#queue.open()) {
      if (state === "device") follow(shelf, act.kind, act.body);
    }
  }

  // --- Verdicts -------------------------------------------------------------------------------------

  /** The queue has something new: verdicts of what was done here. */
  async heard(voice: Voice): Promise<void> {
    const fresh = this.log.heard(await this.#queue.recent(30));
    for (const entry of fresh) {
      const words = this.log.lines.find((line) => line.act === entry.id)?.words ?? "An act";
      this.#judged(entry);
      voice.verdict(entry, words);
    }
    if (fresh.some((entry) => entry.state === "server")) this.#know.hurry();
  }

  /** What the server made of an act changes what comes next. */
  #judged({ id, state, verdict }: Entry): void {
    if (state === "inbox") this.#notDone(id);
    const sscc = verdict?.made["sscc"];
    if (sscc && this.session) this.#numbered(this.session, sscc);
  }

  /** What the server did not take is to do again, when nothing was done on top of it. */
  #notDone(act: string): void {
    const { session } = this;
    const last = this.log.undoables.at(-1);
    if (!session || last?.act !== act || last.key !== keyOf(session)) return;
    session.state = last.before;
    this.jobsChanged();
  }

  /** A unit that was begun as "new" has its number: what follows goes into the same. */
  #numbered(session: Session, sscc: string): void {
    const state = session.state as { sscc?: string; to?: string };
    if (session.kind === "pack" && state.sscc === "new") session.state = { ...state, sscc };
    if (session.kind === "pick" && state.to === "new") session.state = { ...state, to: sscc };
  }
}
