/**
 * The station at work: scans, keys and presses come in, one after the other; loops say what they mean; acts go
 * to the queue; the screen is drawn anew. It knows no element of the page.
 */
import { type Ambiguous, type Collected, type Command, type Elements, NOTHING } from "../codes/index.ts";
import type { Feedback, Message } from "../feedback/index.ts";
import { newId } from "../ids.ts";
import { meaningOf, type Reading, type Scan } from "../input/index.ts";
import { named } from "../jobs/judge.ts";
import type { Input, Meaning, Order, Tell, View, World } from "../jobs/loop.ts";
import { chosen, read, type Read } from "../jobs/meaning.ts";
import { candidates, opened } from "../jobs/openings.ts";
import { add, isPositive } from "../jobs/quantity.ts";
import { day } from "../jobs/words.ts";
import type { Act, Inbox, Job, Looked, Lot, Resolution } from "../protocol.ts";
import { type Draft, type Entry, instant, type Queue, type Status } from "../queue/index.ts";
import { START, takeScan, type SetupTest } from "../setup/index.ts";
import { changed, changedBy, type Field } from "./change.ts";
import { follow, unfollow } from "./effects.ts";
import type { Knowledge } from "./knowledge.ts";
import { type Kept as KeptLog, Log, UNDO_MS } from "./log.ts";
import { type Pad, padDay, padKey } from "./pad.ts";
import { type AnyLoop, type Kind, unannounced, WORK } from "./work.ts";

export type Screen =
  | { at: "home" }
  | { at: "list"; kind: Job["kind"] }
  | { at: "loop" }
  | { at: "answer"; meaning: Meaning; scans: string[]; looked: Looked | null; looking: boolean; jobs: string[] }
  | { at: "hold"; lot: string; number: string }
  | { at: "queue" }
  | { at: "change"; one: Inbox["conflicts"][number]; body: Act["body"] }
  | { at: "settings" }
  | { at: "setup"; test: SetupTest };

/** A loop somebody is in. */
export interface Session {
  kind: Kind;
  /** Id of the job, or "" of a free loop. */
  id: string;
  number: string;
  title: string;
  state: unknown;
  loop: AnyLoop;
}

/** A scan that may mean several things: somebody says which. */
export type Which =
  | { of: "readings"; scan: Ambiguous; raw: Scan; choices: { label: string; elements: Elements }[] }
  | { of: "lots"; raw: Scan | null; choices: { label: string; lot: Lot }[]; said: Extract<Meaning, { kind: "several" }>["said"] };

interface Kept {
  state: unknown;
  number: string;
  title: string;
  /** Acts of this step: recorded again, under the same id, when the device died in between. */
  acts: { id: string; draft: Draft<Act["kind"]> }[];
}

export const LOOP_KEY = (kind: Kind, id: string): string => `loop ${kind} ${id || "free"}`;
const OPEN_KEY = "open loop";
const LOG_KEY = "log";
const HELD_MS = 60_000;
const SCANS_KEPT = 12;

export class Deck {
  screen: Screen = { at: "home" };
  session: Session | null = null;
  which: Which | null = null;
  pad: Pad | null = null;
  status: Status;
  inbox: Inbox = { conflicts: [] };
  readonly log: Log;
  readonly know: Knowledge;
  readonly #queue: Queue;
  readonly #feedback: Feedback;
  readonly #reading: () => Reading;
  readonly #draw: () => void;
  #held: { all: Collected; at: number } = { all: NOTHING, at: 0 };
  #scans: Act["scans"] = [];
  #texts: string[] = [];
  /** Wrong scans that the next right one answers; what the server says waits for a press. */
  #ofScans = new Set<Message>();
  /** Acts that came too late, and of which it was said: deciding about them does not say it again. */
  readonly #late = new Set<string>();
  #chain: Promise<void> = Promise.resolve();

  constructor(know: Knowledge, queue: Queue, feedback: Feedback, reading: () => Reading, draw: () => void) {
    this.know = know;
    this.#queue = queue;
    this.#feedback = feedback;
    this.#reading = reading;
    this.#draw = draw;
    this.status = queue.status();
    this.log = new Log((kept) => queue.keepDraft(LOG_KEY, kept).catch(() => {}));
    feedback.onAnswer((message) => this.#ofScans.delete(message));
  }

  // --- In -------------------------------------------------------------------------------------------

  /** One after the other: a scan that comes while another is written down waits for it. */
  #next(act: () => Promise<void> | void): Promise<void> {
    this.#chain = this.#chain.then(act).catch((problem: unknown) => {
      const text = problem instanceof Error ? problem.message : String(problem);
      this.#feedback.say({ tone: "wrong", word: "Not saved", text, remedy: "Do it again. If it stays, reload the page." });
      this.#draw();
    });
    return this.#chain;
  }

  scan(scan: Scan): Promise<void> {
    return this.#next(() => this.#scanned(scan));
  }

  give(input: Input): Promise<void> {
    return this.#next(() => this.#give(input, null));
  }

  /** Presses what the screen has as its one button. */
  confirm(): Promise<void> {
    return this.#next(() => this.#confirm());
  }

  back(): Promise<void> {
    return this.#next(() => this.#back());
  }

  undo(): Promise<void> {
    return this.#next(() => this.#undo());
  }

  go(screen: Screen): void {
    this.which = null;
    this.pad = null;
    this.#held = { all: NOTHING, at: 0 };
    this.screen = screen;
    this.#feedback.clear();
    if (screen.at !== "loop") void this.#queue.dropDraft(OPEN_KEY);
    if (screen.at === "queue") void this.#readInbox();
    this.#draw();
  }

  home(): void {
    this.go({ at: "home" });
  }

  open(kind: Kind, job: Job | null, start: unknown = {}): Promise<void> {
    return this.#next(() => this.#open(kind, job, start));
  }

  padKey(key: string): void {
    if (this.pad) this.pad = padKey(this.pad, key);
    this.#draw();
  }

  openPad(): void {
    this.#feedback.clear();
    if (this.view?.quantity) this.pad = { kind: "number", label: "Quantity", text: "" };
    this.#draw();
  }

  closePad(): void {
    this.pad = null;
    this.#draw();
  }

  /** A digit that a keyboard has given, or a printed one. */
  digit(key: string): void {
    const { ask } = this.view ?? {};
    if (!this.pad && (ask?.kind === "day" || ask?.kind === "number")) this.pad = { kind: ask.kind, label: ask.label, text: "" };
    if (!this.pad) this.openPad();
    this.padKey(key);
  }

  step(by: 1 | -1): Promise<void> {
    return this.#next(async () => {
      const quantity = this.view?.quantity;
      if (!quantity) return;
      const next = add(quantity.value, String(by));
      if (isPositive(next)) await this.#give({ do: "quantity", quantity: next }, null);
    });
  }

  /** Which of several it is. */
  choose(index: number): Promise<void> {
    return this.#next(async () => {
      const which = this.which;
      this.which = null;
      if (which?.of === "readings") {
        const choice = which.choices[index];
        const { shelf } = this.know;
        if (choice && shelf) await this.#took(chosen(which.scan, choice.elements, this.#before(), shelf, this.know.today), which.raw, false);
      } else if (which) {
        const lot = which.choices[index]?.lot;
        const item = lot ? this.know.shelf?.item(lot.item) : null;
        if (lot && item) await this.#means({ kind: "goods", item, lot, number: lot.number, serial: item.kept === "serial", said: which.said }, which.raw);
      }
      this.#draw();
    });
  }

  async answerHold(kind: string, reason: string): Promise<void> {
    await this.#next(async () => {
      if (this.screen.at !== "hold") return;
      const { lot, number } = this.screen;
      await this.#record([{ kind: "hold", body: { lots: [lot], kind, reason }, words: `Held ${number}` }], "", null);
      this.#say({ tone: "good", words: `${number} is on hold`, remedy: this.status.reachable === false ? "Everybody else knows once this device is online." : "Everybody is told." });
      this.screen = this.session ? { at: "loop" } : { at: "home" };
      this.#draw();
    });
  }

  print(what: "lot" | "unit" | "place" | "item", id: string, name: string, copies = 1): Promise<void> {
    return this.#next(async () => {
      await this.#record([{ kind: "print", body: { what, id, copies }, words: `Label of ${name}` }], "", null);
      this.#say({ tone: "good", words: `Label of ${name}`, remedy: "It goes to the printer." });
      this.#draw();
    });
  }

  // --- What is known --------------------------------------------------------------------------------

  get world(): World | null {
    const { know } = this;
    if (!know.shelf) return null;
    return { shelf: know.shelf, site: know.site, today: know.today, online: know.online, may: (permission) => know.may(permission) };
  }

  get view(): View | null {
    const { session, world } = this;
    if (this.screen.at !== "loop" || !session || !world) return null;
    return session.loop.show(session.state, world);
  }

  /** The server's jobs have changed: what was done here stays done. */
  jobsChanged(): void {
    const { session } = this;
    const job = session?.id ? this.know.jobs.find((one) => one.id === session.id && one.kind === session.kind) : null;
    if (session && job && session.loop.refresh) session.state = session.loop.refresh(session.state, job);
    this.#draw();
  }

  /** Acts that the server does not know yet have their effect on a book that was loaded anew. */
  async bookChanged(): Promise<void> {
    const { shelf } = this.know;
    if (!shelf) return;
    for (const entry of await this.#queue.open()) {
      if (entry.state === "device") follow(shelf, entry.act.kind, entry.act.body);
    }
    this.#draw();
  }

  /** The queue has something new: verdicts of what was done here. */
  async queueChanged(status: Status): Promise<void> {
    this.status = status;
    const fresh = this.log.heard(await this.#queue.recent(30));
    for (const entry of fresh) this.#verdict(entry);
    if (fresh.some((entry) => entry.state === "server")) this.know.hurry();
    this.#draw();
  }

  #verdict(entry: Entry): void {
    const { verdict } = entry;
    if (entry.state === "inbox") {
      const [problem] = verdict?.problems ?? [];
      const words = this.log.lines.find((line) => line.act === entry.id)?.words ?? "An act";
      this.#notDone(entry.id);
      const remedy = `${problem?.remedy ?? ""} It waits in the inbox.`.trim();
      this.#feedback.say({ tone: "wrong", word: "Not in the book", text: `${words}: ${problem?.cause ?? "it contradicts the book."}`, remedy });
    }
    if (verdict?.late && !this.#late.has(entry.id)) this.#feedback.say({ tone: "wrong", word: "Too late", text: verdict.late, remedy: "Tell quality what you did." });
    if (verdict?.late) this.#late.add(entry.id);
    const sscc = verdict?.made["sscc"];
    if (sscc && this.session) this.#numbered(sscc);
  }

  /** What the server did not take is to do again, when nothing was done on top of it. */
  #notDone(act: string): void {
    const { session } = this;
    const last = this.log.undoables.at(-1);
    if (!session || last?.act !== act || last.key !== LOOP_KEY(session.kind, session.id)) return;
    session.state = last.before;
    this.jobsChanged();
  }

  /** A unit that was begun as "new" has its number: what follows goes into the same. */
  #numbered(sscc: string): void {
    const state = this.session?.state as { sscc?: string; to?: string };
    if (this.session?.kind === "pack" && state.sscc === "new") this.session.state = { ...state, sscc };
    if (this.session?.kind === "pick" && state.to === "new") this.session.state = { ...state, to: sscc };
  }

  // --- Scans ----------------------------------------------------------------------------------------

  #before(): Collected {
    return Date.now() - this.#held.at < HELD_MS ? this.#held.all : NOTHING;
  }

  async #scanned(scan: Scan): Promise<void> {
    if (this.screen.at === "setup") {
      this.screen = { at: "setup", test: takeScan(this.screen.test, scan) };
      return this.#draw();
    }
    this.#answerScans();
    const { shelf } = this.know;
    const meaning = meaningOf(scan, this.#reading());
    if (meaning.is === "understood" && meaning.command) return this.#command(meaning.command, scan.at);
    if (!shelf) {
      return this.#say({ tone: "wrong", words: "The book is not on this device yet", remedy: this.know.loginNeeded ? "Log in first." : "Wait until it is loaded, then scan again." }, scan.at);
    }
    this.#scans = [...this.#scans, { text: scan.text, how: scan.how, at: instant() }].slice(-SCANS_KEPT);
    this.which = null;
    await this.#took(read(meaning, this.#before(), shelf, this.know.today), scan, true);
  }

  async #took(said: Read, scan: Scan, lookUp: boolean): Promise<void> {
    if (said.is === "refused") {
      this.log.refused(scan.text);
      return this.#say({ tone: "wrong", words: said.words, remedy: said.remedy }, scan.at);
    }
    if (said.is === "which") {
      this.which = { of: "readings", scan: said.scan, raw: scan, choices: said.readings };
      return this.#say({ tone: "ask", words: "This can be read in several ways", remedy: "Press what the label says." }, scan.at);
    }
    this.#texts = this.#before() === NOTHING ? [scan.text] : [...this.#texts, scan.text].slice(-4);
    this.#held = { all: said.held, at: Date.now() };
    const asked = this.view?.ask?.field === "lot";
    if (said.meaning.kind === "unknown" && lookUp && this.know.online && !asked && (await this.#learn(scan))) {
      const { shelf } = this.know;
      const again = meaningOf(scan, this.#reading());
      if (shelf && !(again.is === "understood" && again.command)) return this.#took(read(again, NOTHING, shelf, this.know.today), scan, false);
    }
    await this.#means(said.meaning, scan);
  }

  /** Asks the server what the device does not know. */
  async #learn(scan: Scan): Promise<boolean> {
    const looked = await this.know.lookUp([scan.text]);
    const { shelf } = this.know;
    for (const found of looked?.found ?? []) {
      if (found.item) shelf?.learnItem(found.item);
      if (found.lot) shelf?.learnLot(found.lot);
    }
    return (looked?.found ?? []).some((found) => found.item || found.lot);
  }

  async #means(meaning: Meaning, scan: Scan | null): Promise<void> {
    if (this.screen.at === "change") return this.#changeBy(this.screen, meaning, scan);
    if (this.screen.at === "loop" && this.session) return this.#give({ do: "scan", meaning }, scan);
    const job = opened(meaning, this.know.jobs);
    if (job) {
      await this.#open(job.kind, job, {});
      if (meaning.kind !== "unknown") return this.#give({ do: "scan", meaning }, scan);
      return this.#say({ tone: "good", words: job.number, remedy: job.title }, scan?.at);
    }
    await this.#answer(meaning, scan);
  }

  async #answer(meaning: Meaning, scan: Scan | null): Promise<void> {
    if (meaning.kind === "several") {
      this.#ask(meaning, scan);
      return this.#say({ tone: "ask", words: `Several items have a lot ${meaning.number}`, remedy: "Press the one in your hand." }, scan?.at);
    }
    const jobs = candidates(meaning, this.know.jobs).map((job) => job.id);
    const screen: Screen = { at: "answer", meaning, scans: this.#texts, looked: null, looking: this.know.online, jobs };
    this.session = null;
    this.go(screen);
    const known = meaning.kind !== "unknown";
    if (known) this.#say({ tone: "good", words: named(meaning), remedy: "" }, scan?.at);
    const looked = this.know.online ? await this.know.lookUp(screen.scans) : null;
    if (this.screen !== screen) return;
    this.screen = { ...screen, looked, looking: false };
    if (!known && !looked?.found.length) {
      const words = looked?.refused || (looked ? "The book does not know this" : "This device does not know it, and is offline");
      this.#say({ tone: "wrong", words, remedy: "Scan another label of it, or receive it first." }, scan?.at);
    }
    this.#draw();
  }

  #ask(meaning: Extract<Meaning, { kind: "several" }>, raw: Scan | null): void {
    const { shelf } = this.know;
    const choices = meaning.lots.map((lot) => {
      const expires = lot.expires_on ? `, expires ${day(lot.expires_on)}` : "";
      const at = lot.at[0] ? `, at ${lot.at[0].place}` : "";
      return { lot, label: `${shelf?.item(lot.item)?.name ?? lot.item}${expires}${at}` };
    });
    this.which = { of: "lots", raw, choices, said: meaning.said };
  }

  // --- Loops ----------------------------------------------------------------------------------------

  async #open(kind: Kind, job: Job | null, start: unknown): Promise<void> {
    const { world } = this;
    if (!world) return;
    const key = LOOP_KEY(kind, job?.id ?? "");
    const kept = job ? await this.#queue.draft<Kept>(key) : undefined;
    const loop = await WORK[kind].load();
    const fresh = () => loop.start(job ?? (kind === "receive" ? unannounced() : start), world);
    const state = kept && job && loop.refresh ? loop.refresh(kept.state, job) : fresh();
    const { number, title } = job ?? (kind === "receive" ? unannounced() : { number: "", title: "" });
    this.session = { kind, id: job?.id ?? "", number, title, state, loop };
    this.#scans = [];
    this.go({ at: "loop" });
    await this.#queue.keepDraft(OPEN_KEY, { kind, id: job?.id ?? "", number, title });
  }

  /** After a reload: the last scans, and what can still be taken back. */
  async remember(): Promise<void> {
    const kept = await this.#queue.draft<KeptLog>(LOG_KEY);
    if (kept) this.log.recall(kept, Date.now());
    await this.queueChanged(this.#queue.status());
  }

  /** After a reload: the loop that was open, as it was, and acts that were not written down yet. */
  async resume(): Promise<void> {
    const open = await this.#queue.draft<Omit<Session, "state" | "loop">>(OPEN_KEY);
    const kept = open ? await this.#queue.draft<Kept>(LOOP_KEY(open.kind, open.id)) : undefined;
    if (!open || !WORK[open.kind]) return;
    for (const { id, draft } of kept?.acts ?? []) await this.#queue.record(draft, id);
    const job = this.know.jobs.find((one) => one.id === open.id && one.kind === open.kind) ?? null;
    if (!kept) return job || !open.id ? this.#open(open.kind, job, {}) : undefined;
    const loop = await WORK[open.kind].load();
    this.session = { ...open, loop, state: job && loop.refresh ? loop.refresh(kept.state, job) : kept.state };
    this.go({ at: "loop" });
  }

  async #give(input: Input, scan: Scan | null): Promise<void> {
    const { session, world } = this;
    if (!session || !world) return;
    const before = session.state;
    const shown = this.view;
    const step = session.loop.take(before, input, world);
    this.pad = null;
    if (step.orders.length) {
      const seen = [shown?.instruction, shown?.why, step.tell?.words].filter((text): text is string => Boolean(text));
      session.state = step.state;
      try {
        await this.#record(step.orders, LOOP_KEY(session.kind, session.id), before, seen);
      } catch (problem) {
        session.state = before;
        throw problem;
      }
    } else {
      session.state = step.state;
      // Before it is told: what the screen says survives a reload.
      await this.#keepLoop(session, []);
    }
    if (input.do === "scan" && input.meaning.kind === "several" && !step.orders.length && step.tell?.tone !== "good") this.#ask(input.meaning, scan);
    if (step.tell?.tone === "wrong" && scan) this.log.refused(step.tell.words);
    if (step.tell) this.#say(step.tell, scan?.at);
    else this.#feedback.clear();
    this.#draw();
  }

  #keepLoop(session: Session, acts: Kept["acts"]): Promise<void> {
    const kept: Kept = { state: session.state, number: session.number, title: session.title, acts };
    return this.#queue.keepDraft(LOOP_KEY(session.kind, session.id), kept);
  }

  /** Writes acts down. First the draft with their ids, so that a dead battery neither loses nor doubles one. */
  async #record(orders: Order[], key: string, before: unknown, seen: string[] = []): Promise<void> {
    const { know, session } = this;
    const acts = orders.map((order) => {
      const scans = this.#scans;
      const draft: Draft<Act["kind"]> = {
        kind: order.kind, site: know.site, by: know.start?.person.login ?? "", body: order.body, as_of: know.shelf?.asOf ?? 0,
        scans, seen, at: instant(),
      };
      return { id: newId(), draft, words: order.words };
    });
    if (key && session) await this.#keepLoop(session, acts.map(({ id, draft }) => ({ id, draft })));
    for (const { id, draft, words } of acts) {
      const act = await this.#queue.record(draft, id);
      this.log.did(act, words, key, before, Date.now());
      if (know.shelf) follow(know.shelf, draft.kind, draft.body);
    }
    await this.log.saved;
    this.#scans = [];
  }

  async #undo(): Promise<void> {
    const last = this.log.last(Date.now());
    if (!last) return this.#say({ tone: "ask", words: "Nothing to undo", remedy: `Undo works for ${UNDO_MS / 1000} seconds. Later: a correction in the office.` });
    const entry = await this.#queue.entry(last.act);
    const { know } = this;
    await this.#queue.record({ kind: "undo", site: know.site, by: know.start?.person.login ?? "", body: { act: last.act }, as_of: know.shelf?.asOf ?? 0, seen: [last.words] });
    this.log.undone(last.act);
    if (entry && know.shelf) unfollow(know.shelf, entry.act.kind, entry.act.body);
    const { session } = this;
    if (session && last.key === LOOP_KEY(session.kind, session.id)) {
      session.state = last.before;
      await this.#keepLoop(session, []);
    }
    this.#say({ tone: "good", words: "Undone", remedy: last.words });
    this.#draw();
  }

  // --- Commands and keys ----------------------------------------------------------------------------

  async #command(command: Command, at: number): Promise<void> {
    const { name, number } = command;
    switch (name) {
      case "confirm":
        return this.#confirm();
      case "undo":
        return this.#undo();
      case "back":
        return this.#back();
      case "quantity":
        if (this.view?.ask?.kind === "number") return this.#give({ do: "answer", field: this.view.ask.field, value: number }, null);
        return this.view?.quantity ? this.#give({ do: "quantity", quantity: number }, null) : this.#say({ tone: "ask", words: "Nothing in hand", remedy: "Scan the goods first." }, at);
      case "digit":
        return this.digit(number);
      case "clear":
        return this.padKey("clear");
      case "hold":
        return this.#holdWhat();
      case "print":
        return this.#printWhat();
      default:
        return this.#say({ tone: "ask", words: "This command is not known here", remedy: "Reload the page: it may be too old." }, at);
    }
  }

  /** The lot in the hand, or in the answer. */
  #lotInFront(): { id: string; number: string } | null {
    if (this.screen.at === "answer" && this.screen.meaning.kind === "goods") return this.screen.meaning.lot;
    const number = this.view?.subject?.number;
    const lots = number ? (this.know.shelf?.numbered(number) ?? []) : [];
    const [only] = lots;
    return lots.length === 1 && only ? only : null;
  }

  #holdWhat(): void {
    const lot = this.#lotInFront();
    if (!lot) return this.#say({ tone: "ask", words: "Hold what?", remedy: "Scan the lot first." });
    if (!this.know.may("lots.hold")) return this.#say({ tone: "wrong", words: "You may not hold lots", remedy: "Tell quality. Nothing was saved." });
    this.go({ at: "hold", lot: lot.id, number: lot.number });
  }

  async #printWhat(): Promise<void> {
    const lot = this.#lotInFront();
    if (!lot) return this.#say({ tone: "ask", words: "Which label?", remedy: "Scan the lot first." });
    await this.#record([{ kind: "print", body: { what: "lot", id: lot.id, copies: 1 }, words: `Label of ${lot.number}` }], "", null);
    this.#say({ tone: "good", words: `Label of ${lot.number}`, remedy: "It goes to the printer." });
    this.#draw();
  }

  async #confirm(): Promise<void> {
    if (this.#feedback.pending) return this.#feedback.answer();
    if (this.screen.at === "change") return this.#sendChange();
    const { view, pad } = this;
    if (!view) return;
    if (pad || view.ask?.kind === "day" || view.ask?.kind === "number") return this.#takePad(view);
    if (view.primary && !view.primary.off) return this.#give(view.primary.input, null);
    await this.#give({ do: "command", command: "confirm" }, null);
  }

  /** What the digits say is the quantity, or the answer to what is asked. */
  async #takePad(view: View): Promise<void> {
    const text = this.pad?.text ?? "";
    const { ask } = view;
    if (ask?.kind === "day") {
      const made = padDay(text);
      if (!made) return this.#say({ tone: "wrong", words: "That is no day", remedy: "Give day, month and year: six digits." });
      return this.#give({ do: "answer", field: ask.field, value: made }, null);
    }
    if (ask?.kind === "number") {
      if (!text && !ask.optional) return this.#say({ tone: "ask", words: ask.label, remedy: "Give the digits." });
      return this.#give({ do: "answer", field: ask.field, value: text }, null);
    }
    if (!text) return this.closePad();
    await this.#give({ do: "quantity", quantity: text }, null);
  }

  async #back(): Promise<void> {
    this.#feedback.answer();
    if (this.which) {
      this.which = null;
      return this.#draw();
    }
    if (this.pad) return this.closePad();
    const back = this.view?.others.find((one) => one.input.do === "press" && ["drop", "no", "back"].includes(one.input.key));
    if (back) return this.#give(back.input, null);
    if (this.screen.at === "change") return this.go({ at: "queue" });
    if (this.screen.at === "hold") return this.go(this.session ? { at: "loop" } : { at: "home" });
    this.home();
  }

  // --- Out ------------------------------------------------------------------------------------------

  #say(tell: Tell, at?: number): void {
    const message: Message = {
      tone: tell.tone === "ask" ? "decide" : tell.tone,
      word: tell.words,
      text: tell.remedy,
    };
    if (tell.tone === "wrong") this.#ofScans.add(message);
    this.#feedback.say(message, at);
    this.#draw();
  }

  #answerScans(): void {
    while (this.#feedback.pending && this.#ofScans.has(this.#feedback.pending)) this.#feedback.answer();
  }

  async #readInbox(): Promise<void> {
    this.inbox = await this.#queue.inbox();
    this.#draw();
  }

  /** How a contradiction is resolved; the inbox is asked again. */
  async resolve(id: string, how: "again" | "override" | "drop", reason: string): Promise<void> {
    await this.#next(() => this.#resolve(id, { how, reason }));
  }

  async #resolve(id: string, resolution: Resolution): Promise<void> {
    const verdict = await this.#queue.resolve(id, resolution);
    const done = verdict.state === "applied" || verdict.state === "settled";
    const [problem] = verdict.problems;
    if (done) this.#say({ tone: "good", words: resolution.how === "drop" ? "Dropped" : "In the book", remedy: "" });
    else this.#say({ tone: "wrong", words: problem?.cause ?? "It still contradicts the book", remedy: problem?.remedy ?? "" });
    await this.#readInbox();
  }

  /** What was really done is given in a field: the page need not be drawn for it. */
  change(field: Field, value: string): void {
    if (this.screen.at === "change") this.screen.body = changed(this.screen.body, field, value);
  }

  #changeBy(screen: Extract<Screen, { at: "change" }>, meaning: Meaning, scan: Scan | null): void {
    const body = changedBy(screen.body, meaning, this.know.shelf);
    if (!body) return this.#say({ tone: "wrong", words: "This changes nothing here", remedy: "Scan a lot or a place. Nothing was saved." }, scan?.at);
    this.screen = { ...screen, body };
    this.#say({ tone: "good", words: named(meaning), remedy: "Press Send it so." }, scan?.at);
  }

  sendChange(): Promise<void> {
    return this.#next(() => this.#sendChange());
  }

  async #sendChange(): Promise<void> {
    const { screen } = this;
    if (screen.at !== "change") return;
    this.go({ at: "queue" });
    await this.#resolve(screen.one.id, { how: "change", reason: "", body: screen.body });
  }

  beginSetup(): void {
    this.go({ at: "setup", test: START });
  }
}
