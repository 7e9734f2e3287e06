/**
 * What the device knows: who holds it, the book of the site and its jobs. Kept on the device for work without a
 * network, and followed every second while there is one.
 */
import { Shelf } from "../jobs/shelf.ts";
import type { Book, Day, Job, Jobs, Looked, Start } from "../protocol.ts";
import type { Queue } from "../queue/index.ts";
import type { Answer, Network } from "./network.ts";

const EVERY_MS = 1_000;
const OFFLINE_MS = 3_000;
const START_MS = 300_000;
const KEEP_MS = 15_000;

type Store = Pick<Queue, "snapshot" | "keepSnapshot" | "draft" | "keepDraft">;

export class Knowledge {
  start: Start | null = null;
  shelf: Shelf | null = null;
  jobs: Job[] = [];
  total = 0;
  online = false;
  loginNeeded = false;
  /** Why nothing is known, in words, or "". */
  problem = "";
  /** False: this browser does not keep the station itself, which opens with a network only. */
  opensOffline = true;
  readonly #network: Network;
  readonly #store: Store;
  readonly #told: (what: "jobs" | "book" | "state") => void;
  #site = "";
  #mark = "";
  #jobsVersion = "";
  #startedOn = "";
  #startedAt = 0;
  #keptAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(network: Network, store: Store, told: (what: "jobs" | "book" | "state") => void) {
    this.#network = network;
    this.#store = store;
    this.#told = told;
  }

  get site(): string {
    return this.#site;
  }

  /** Day at the site: as the server said, and the days gone by since on the clock of the device. */
  get today(): Day {
    const told = this.start?.sites.find((site) => site.code === this.#site)?.today ?? localDay();
    const gone = (Date.parse(localDay()) - Date.parse(this.#startedOn || localDay())) / 86_400_000;
    return gone > 0 ? new Date(Date.parse(told) + gone * 86_400_000).toISOString().slice(0, 10) : told;
  }

  may(permission: string): boolean {
    return this.start?.may.includes(permission) ?? false;
  }

  /** From the device first, so that work can begin without a network; then from the server. */
  async open(): Promise<void> {
    const kept = await this.#store.snapshot<Start>("start", "");
    if (kept) this.#took(kept.value, kept.at.slice(0, 10));
    this.#site = (await this.#store.draft<string>("site")) ?? "";
    this.#chooseOnly();
    await this.#recall();
    this.#told("state");
    await this.refresh();
    this.#again();
  }

  async choose(site: string): Promise<void> {
    this.#site = site;
    await this.#store.keepDraft("site", site);
    [this.shelf, this.jobs, this.#jobsVersion] = [null, [], ""];
    await this.#recall();
    this.#told("book");
    await this.refresh();
  }

  /** Asks for everything anew: who, book, jobs. */
  async refresh(): Promise<void> {
    const start = this.#heard(await this.#network.start());
    if (!start) return this.#told("state");
    this.#took(start, localDay());
    await this.#store.keepSnapshot("start", "", start);
    this.#chooseOnly();
    if (!start.sites.length) this.problem = "You are given no site. Ask an administrator.";
    if (this.#site) await this.#load();
    else this.#told("state");
  }

  /** Asks what changed since; the book itself when too much did. */
  async follow(): Promise<void> {
    if (Date.now() - this.#startedAt > START_MS || !this.start) return this.refresh();
    if (!this.#site) return;
    if (!this.shelf) return this.#load();
    const changes = this.#heard(await this.#network.changes(this.#site, this.shelf.asOf, this.#mark));
    if (!changes) return this.#told("state");
    if (changes.reload) return this.#load();
    this.shelf.apply(changes);
    this.#mark = changes.mark;
    if (changes.lots.length || changes.units.length) {
      this.#told("book");
      await this.#keep();
    }
    if (changes.jobs !== this.#jobsVersion) await this.#loadJobs(changes.jobs);
  }

  async lookUp(scans: string[]): Promise<Looked | null> {
    return this.#heard(await this.#network.lookup({ site: this.#site, scans }));
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Asks at once, whatever the turn is. */
  hurry(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#turn(), 0);
  }

  // --- Turns ----------------------------------------------------------------------------------------

  async #turn(): Promise<void> {
    try {
      if (typeof document === "undefined" || document.visibilityState === "visible") await this.follow();
    } finally {
      this.#again();
    }
  }

  #again(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#turn(), this.online ? EVERY_MS : OFFLINE_MS);
  }

  async #load(): Promise<void> {
    // Both before anything is scanned: a scan on the first screen opens the job it belongs to.
    const [answer, jobs] = await Promise.all([this.#network.book(this.#site), this.#network.jobs(this.#site)]);
    const book = this.#heard(answer);
    const work = this.#heard(jobs);
    if (!book || !work) return this.#told("state");
    this.#learn(book);
    this.#work(work);
    this.#jobsVersion = work.version;
    await this.#store.keepSnapshot("book", this.#site, book);
    await this.#store.keepSnapshot("jobs", this.#site, work);
    this.#told("book");
    this.#told("jobs");
  }

  async #loadJobs(version: string): Promise<void> {
    const jobs = this.#heard(await this.#network.jobs(this.#site));
    if (!jobs) return;
    this.#work(jobs);
    // What `changes` said is what the next `changes` is compared with.
    this.#jobsVersion = version || jobs.version;
    await this.#store.keepSnapshot("jobs", this.#site, jobs);
    this.#told("jobs");
  }

  async #recall(): Promise<void> {
    if (!this.#site) return;
    const book = await this.#store.snapshot<Book>("book", this.#site);
    if (book) this.#learn(book.value);
    const jobs = await this.#store.snapshot<Jobs>("jobs", this.#site);
    if (jobs) this.#work(jobs.value);
  }

  async #keep(): Promise<void> {
    if (!this.shelf || Date.now() - this.#keptAt < KEEP_MS) return;
    this.#keptAt = Date.now();
    await this.#store.keepSnapshot("book", this.#site, this.shelf.book(this.#mark));
  }

  #learn(book: Book): void {
    this.shelf = new Shelf(book);
    this.#mark = book.mark;
  }

  #work(jobs: Jobs): void {
    this.jobs = jobs.jobs;
    this.total = jobs.total;
  }

  #took(start: Start, on: string): void {
    this.start = start;
    this.#startedOn = on;
    this.#startedAt = Date.now();
    this.problem = "";
  }

  /** Of several sites somebody says which: the wrong one would be silent. */
  #chooseOnly(): void {
    const sites = this.start?.sites ?? [];
    if (!sites.some((site) => site.code === this.#site)) this.#site = sites.length === 1 ? (sites[0]?.code ?? "") : "";
  }

  #heard<T>(answer: Answer<T>): T | null {
    const before = `${this.online} ${this.loginNeeded}`;
    this.online = answer.got !== "lost";
    if (answer.got !== "lost") this.loginNeeded = answer.got === "login";
    if (answer.got === "refused") this.problem = answer.words;
    if (before !== `${this.online} ${this.loginNeeded}`) this.#told("state");
    return answer.got === "answer" ? answer.value : null;
  }
}

function localDay(): Day {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}
