/**
 * The station at work: scans, keys and presses come in, one after the other; loops say what they mean; the screen
 * is drawn anew. It knows no element of the page. What is done is written down by the bench.
 */
import type { Command } from "../codes/index.ts";
import type { Feedback } from "../feedback/index.ts";
import type { Reading, Scan } from "../input/index.ts";
import { named } from "../jobs/judge.ts";
import { asks, good, type Input, type Meaning, type Tell, type View, type World, wrong } from "../jobs/loop.ts";
import type { Read } from "../jobs/meaning.ts";
import { candidates, opened } from "../jobs/openings.ts";
import type { Bodies, Inbox, Job, Resolution } from "../protocol.ts";
import type { Queue, Status } from "../queue/index.ts";
import { takeScan } from "../setup/index.ts";
import { Bench } from "./bench.ts";
import { changed, changedBy, type Field } from "./change.ts";
import { Ear } from "./ear.ts";
import type { Knowledge } from "./knowledge.ts";
import { type Log, UNDO_MS } from "./log.ts";
import { type Pad, padKey, padSays } from "./pad.ts";
import type { Screen, Session, Which } from "./shown.ts";
import { Voice } from "./voice.ts";
import type { Kind } from "./work.ts";

export class Deck {
  screen: Screen = { at: "home" };
  which: Which | null = null;
  pad: Pad | null = null;
  status: Status;
  inbox: Inbox = { conflicts: [] };
  readonly know: Knowledge;
  readonly log: Log;
  readonly #bench: Bench;
  readonly #ear: Ear;
  readonly #voice: Voice;
  readonly #queue: Queue;
  readonly #feedback: Feedback;
  readonly #draw: () => void;
  #chain: Promise<void> = Promise.resolve();

  constructor(know: Knowledge, queue: Queue, feedback: Feedback, reading: () => Reading, draw: () => void) {
    this.know = know;
    this.#bench = new Bench(know, queue);
    this.log = this.#bench.log;
    this.#ear = new Ear(know, reading);
    this.#voice = new Voice(feedback);
    this.#queue = queue;
    this.#feedback = feedback;
    this.#draw = draw;
    this.status = queue.status();
  }

  get session(): Session | null {
    return this.#bench.session;
  }

  // --- In -------------------------------------------------------------------------------------------

  /** One after the other: a scan that comes while another is written down waits for it. */
  #next(act: () => Promise<void> | void): Promise<void> {
    this.#chain = this.#chain.then(act).catch((problem: unknown) => {
      this.#voice.failed(problem);
      this.#draw();
    });
    return this.#chain;
  }

  readonly scan = (scan: Scan) => this.#next(() => this.#scanned(scan));
  readonly give = (input: Input) => this.#next(() => this.#give(input, null));
  /** Presses what the screen has as its one button. */
  readonly confirm = () => this.#next(() => this.#confirm());
  readonly back = () => this.#next(() => this.#back());
  readonly undo = () => this.#next(() => this.#undo());
  readonly open = (kind: Kind, job: Job | null, start: unknown = {}) => this.#next(() => this.#open(kind, job, start));
  readonly print = (what: Bodies["print"]["what"], id: string, name: string) => this.#next(() => this.#print(what, id, name));
  /** How a contradiction is resolved; the inbox is asked again. */
  readonly resolve = (id: string, how: "again" | "override" | "drop", reason: string) => this.#next(() => this.#resolve(id, { how, reason }));
  readonly sendChange = () => this.#next(() => this.#sendChange());

  go(screen: Screen): void {
    this.which = null;
    this.pad = null;
    this.#ear.forget();
    this.screen = screen;
    this.#feedback.clear();
    if (screen.at !== "loop") this.#bench.leave();
    if (screen.at === "queue") void this.#readInbox();
    this.#draw();
  }

  readonly home = () => this.go({ at: "home" });

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
      const quantity = this.#bench.more(by);
      if (quantity && this.view) await this.#give({ do: "quantity", quantity }, null);
    });
  }

  /** Which of several it is. */
  choose(index: number): Promise<void> {
    return this.#next(async () => {
      const which = this.which;
      this.which = null;
      if (which?.of === "readings") {
        const said = this.#ear.choose(which, index);
        if (said) await this.#took(said, which.raw, false);
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
      await this.#bench.note({ kind: "hold", body: { lots: [lot], kind, reason }, words: `Held ${number}` });
      this.screen = this.#beside();
      this.#say(good(`${number} is on hold`, this.status.reachable === false ? "Everybody else knows once this device is online." : "Everybody is told."));
    });
  }

  // --- What is known --------------------------------------------------------------------------------

  get world(): World | null {
    return this.#bench.world;
  }

  get view(): View | null {
    return this.screen.at === "loop" ? this.#bench.view : null;
  }

  jobsChanged(): void {
    this.#bench.jobsChanged();
    this.#draw();
  }

  /** Acts that the server does not know yet have their effect on a book that was loaded anew. */
  async bookChanged(): Promise<void> {
    await this.#bench.bookChanged();
    this.#draw();
  }

  /** The queue has something new: verdicts of what was done here. */
  async queueChanged(status: Status): Promise<void> {
    this.status = status;
    await this.#bench.heard(this.#voice);
    this.#draw();
  }

  // --- Scans ----------------------------------------------------------------------------------------

  async #scanned(scan: Scan): Promise<void> {
    if (this.screen.at === "setup") {
      this.screen = { at: "setup", test: takeScan(this.screen.test, scan) };
      return this.#draw();
    }
    this.#voice.answerScans();
    const said = this.#ear.hear(scan);
    if (!said) {
      return this.#say(wrong("The book is not on this device yet", this.know.loginNeeded ? "Log in first." : "Wait until it is loaded, then scan again."), scan.at);
    }
    if (!("is" in said)) return this.#command(said, scan.at);
    this.#bench.scanned(scan);
    this.which = null;
    await this.#took(said, scan, true);
  }

  async #took(said: Read, scan: Scan, lookUp: boolean): Promise<void> {
    if (said.is === "refused") {
      this.log.refused(scan.text);
      return this.#say(wrong(said.words, said.remedy), scan.at);
    }
    if (said.is === "which") {
      this.which = { of: "readings", scan: said.scan, raw: scan, choices: said.readings };
      return this.#say(asks("This can be read in several ways", "Press what the label says."), scan.at);
    }
    this.#ear.keep(said.held, scan);
    const asked = this.view?.ask?.field === "lot";
    const again = said.meaning.kind === "unknown" && lookUp && this.know.online && !asked ? await this.#ear.ask(scan) : null;
    return again ? this.#took(again, scan, false) : this.#means(said.meaning, scan);
  }

  async #means(meaning: Meaning, scan: Scan | null): Promise<void> {
    if (this.screen.at === "change") return this.#changeBy(this.screen, meaning, scan);
    if (this.screen.at === "loop" && this.session) return this.#give({ do: "scan", meaning }, scan);
    const job = opened(meaning, this.know.jobs);
    if (job) {
      await this.#open(job.kind, job, {});
      if (meaning.kind !== "unknown") return this.#give({ do: "scan", meaning }, scan);
      return this.#say(good(job.number, job.title), scan?.at);
    }
    await this.#answer(meaning, scan);
  }

  async #answer(meaning: Meaning, scan: Scan | null): Promise<void> {
    if (meaning.kind === "several") {
      this.which = this.#ear.lotsOf(meaning, scan);
      return this.#say(asks(`Several items have a lot ${meaning.number}`, "Press the one in your hand."), scan?.at);
    }
    const jobs = candidates(meaning, this.know.jobs).map((job) => job.id);
    const screen: Screen = { at: "answer", meaning, scans: this.#ear.texts, looked: null, looking: this.know.online, jobs };
    this.#bench.session = null;
    this.go(screen);
    const known = meaning.kind !== "unknown";
    if (known) this.#say(good(named(meaning)), scan?.at);
    const looked = this.know.online ? await this.know.lookUp(screen.scans) : null;
    if (this.screen !== screen) return;
    this.screen = { ...screen, looked, looking: false };
    if (!known && !looked?.found.length) {
      const words = looked?.refused || (looked ? "The book does not know this" : "This device does not know it, and is offline");
      this.#say(wrong(words, "Scan another label of it, or receive it first."), scan?.at);
    }
    this.#draw();
  }

  // --- Loops ----------------------------------------------------------------------------------------

  async #open(kind: Kind, job: Job | null, start: unknown): Promise<void> {
    if (await this.#bench.open(kind, job, start)) this.go({ at: "loop" });
  }

  async remember(): Promise<void> {
    await this.#bench.remember();
    await this.queueChanged(this.#queue.status());
  }

  async resume(): Promise<void> {
    if (await this.#bench.resume()) this.go({ at: "loop" });
  }

  async #give(input: Input, scan: Scan | null): Promise<void> {
    this.pad = null;
    const step = await this.#bench.step(input);
    if (!step) return;
    const { tell, orders } = step;
    if (input.do === "scan" && input.meaning.kind === "several" && !orders.length && tell?.tone !== "good") this.which = this.#ear.lotsOf(input.meaning, scan);
    if (tell?.tone === "wrong" && scan) this.log.refused(tell.words);
    if (tell) this.#say(tell, scan?.at);
    else this.#feedback.clear();
    this.#draw();
  }

  async #undo(): Promise<void> {
    const words = await this.#bench.undo();
    if (words !== null) return this.#say(good("Undone", words));
    this.#say(asks("Nothing to undo", `Undo works for ${UNDO_MS / 1000} seconds. Later: a correction in the office.`));
  }

  // --- Commands and keys ----------------------------------------------------------------------------

  readonly #commands: Readonly<Record<string, (number: string, at: number) => Promise<void> | void>> = {
    confirm: () => this.#confirm(),
    undo: () => this.#undo(),
    back: () => this.#back(),
    quantity: (number, at) => this.#quantity(number, at),
    digit: (number) => this.digit(number),
    clear: () => this.padKey("clear"),
    hold: () => this.#holdWhat(),
    print: () => this.#printWhat(),
  };

  #command({ name, number }: Command, at: number): Promise<void> | void {
    const act = this.#commands[name];
    if (act) return act(number, at);
    this.#say(asks("This command is not known here", "Reload the page: it may be too old."), at);
  }

  #quantity(quantity: string, at: number): Promise<void> | void {
    const { ask, quantity: asked } = this.view ?? {};
    if (ask?.kind === "number") return this.#give({ do: "answer", field: ask.field, value: quantity }, null);
    if (asked) return this.#give({ do: "quantity", quantity }, null);
    this.#say(asks("Nothing in hand", "Scan the goods first."), at);
  }

  /** The lot in the hand, or in the answer. */
  #lotInFront(): { id: string; number: string } | null {
    const { screen } = this;
    if (screen.at === "answer" && screen.meaning.kind === "goods") return screen.meaning.lot;
    return screen.at === "loop" ? this.#bench.lotInHand : null;
  }

  #holdWhat(): void {
    const lot = this.#lotInFront();
    if (!lot) return this.#say(asks("Hold what?", "Scan the lot first."));
    if (!this.know.may("lots.hold")) return this.#say(wrong("You may not hold lots", "Tell quality. Nothing was saved."));
    this.go({ at: "hold", lot: lot.id, number: lot.number });
  }

  async #printWhat(): Promise<void> {
    const lot = this.#lotInFront();
    if (!lot) return this.#say(asks("Which label?", "Scan the lot first."));
    await this.#print("lot", lot.id, lot.number);
  }

  async #print(what: Bodies["print"]["what"], id: string, name: string): Promise<void> {
    const words = `Label of ${name}`;
    await this.#bench.note({ kind: "print", body: { what, id, copies: 1 }, words });
    this.#say(good(words, "It goes to the printer."));
  }

  async #confirm(): Promise<void> {
    if (this.#feedback.pending) return this.#feedback.answer();
    if (this.screen.at === "change") return this.#sendChange();
    const { view, pad } = this;
    if (!view) return;
    if (pad || view.ask?.kind === "day" || view.ask?.kind === "number") {
      const given = padSays(pad?.text ?? "", view.ask);
      if (!given) return this.closePad();
      return "do" in given ? this.#give(given, null) : this.#say(given);
    }
    if (view.primary && !view.primary.off) return this.#give(view.primary.input, null);
    await this.#give({ do: "command", command: "confirm" }, null);
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
    if (this.screen.at === "hold") return this.go(this.#beside());
    this.home();
  }

  /** Where somebody goes on after something beside the work. */
  #beside(): Screen {
    return this.session ? { at: "loop" } : { at: "home" };
  }

  // --- Out ------------------------------------------------------------------------------------------

  #say(tell: Tell, at?: number): void {
    this.#voice.say(tell, at);
    this.#draw();
  }

  async #readInbox(): Promise<void> {
    this.inbox = await this.#queue.inbox();
    this.#draw();
  }

  async #resolve(id: string, resolution: Resolution): Promise<void> {
    const verdict = await this.#queue.resolve(id, resolution);
    this.#voice.resolved(verdict, resolution.how);
    await this.#readInbox();
  }

  /** What was really done is given in a field: the page need not be drawn for it. */
  change(field: Field, value: string): void {
    if (this.screen.at === "change") this.screen.body = changed(this.screen.body, field, value);
  }

  #changeBy(screen: Extract<Screen, { at: "change" }>, meaning: Meaning, scan: Scan | null): void {
    const body = changedBy(screen.body, meaning, this.know.shelf);
    if (!body) return this.#say(wrong("This changes nothing here", "Scan a lot or a place. Nothing was saved."), scan?.at);
    this.screen = { ...screen, body };
    this.#say(good(named(meaning), "Press Send it so."), scan?.at);
  }

  async #sendChange(): Promise<void> {
    const { screen } = this;
    if (screen.at !== "change") return;
    this.go({ at: "queue" });
    await this.#resolve(screen.one.id, { how: "change", reason: "", body: screen.body });
  }
}
