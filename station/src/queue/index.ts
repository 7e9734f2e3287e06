/**
 * The queue on the device: nothing a person did is lost by a dead network, a reload or a flat battery.
 *
 *     const queue = await openQueue();
 *     const act = await queue.record({ kind: "move", site, by, body, as_of });  // now it is on the disk
 *     queue.subscribe((status) => show(status.onDevice, status.inInbox));
 */
import { newId } from "../ids.ts";
import type { Act, ActKind, Inbox, Instant, Resolution, Uuid, Verdict } from "../protocol.ts";
import { instant } from "./clock.ts";
import { Loop } from "./loop.ts";
import { Sender, type Turn } from "./sender.ts";
import { type Draft, type Entry, type Queue, type Snapshot, type Status, Unresolved } from "./shapes.ts";
import { type Counts, DATABASE, Store } from "./store.ts";
import { overHttp, tokenOf, type Transport } from "./transport.ts";

export { instant } from "./clock.ts";
export { type Draft, type Entry, type Queue, type Snapshot, type State, type Status, Unresolved } from "./shapes.ts";
export { keepUpToDate } from "./updates.ts";

const COOKIE = "csrf cookie";
/** What the service worker is woken for when the network is back and no page is open. */
export const SYNC_TAG = "lotbook-queue";

export interface Options {
  /** Name of the database; another one in tests. */
  name?: string;
  transport?: Transport;
  /** Name of the cookie with the token for writes; the page knows it, the worker reads it from the database. */
  cookie?: string;
  /** False: sends only when told (tests, the worker). */
  loop?: boolean;
}

/** Opens the queue of this device, and begins to send what is left from before. */
export async function openQueue(options: Options = {}): Promise<Queue> {
  const name = options.name ?? DATABASE;
  const store = new Store(name);
  const device = await store.device();
  await store.audit(device);
  const cookie = options.cookie ?? (typeof document === "undefined" ? undefined : document.body?.dataset["csrfCookie"]);
  if (cookie !== undefined) await store.keepNote(COOKIE, cookie);
  const token = async () => tokenOf((await store.note<string>(COOKIE)) ?? "csrftoken");
  const queue = new DeviceQueue(name, device, store, options.transport ?? overHttp(token), options.loop ?? true);
  await queue.begin();
  return queue;
}

class DeviceQueue implements Queue {
  readonly device: Uuid;
  readonly #name: string;
  readonly #store: Store;
  readonly #transport: Transport;
  readonly #sender: Sender;
  readonly #loop: Loop;
  readonly #loops: boolean;
  readonly #listeners = new Set<(status: Status) => void>();
  readonly #channel: BroadcastChannel | undefined;
  #counts: Counts = { device: 0, waiting: 0, inbox: 0, damaged: 0, recorded: 0 };
  #sending = false;
  #reachable: boolean | null = null;
  #loginNeeded = false;
  #problem = "";
  #lastContact: Instant | null = null;
  #persisted = false;

  constructor(name: string, device: Uuid, store: Store, transport: Transport, loops: boolean) {
    this.#name = name;
    this.device = device;
    this.#store = store;
    this.#transport = transport;
    this.#loops = loops;
    this.#sender = new Sender(store, transport, device);
    this.#loop = new Loop({
      turn: (ask) => this.#turn(ask),
      hasOpen: () => this.#counts.waiting + this.#counts.inbox > 0,
      random: Math.random,
    });
    this.#channel = typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel(name);
    if (this.#channel !== undefined) this.#channel.onmessage = () => void this.#look();
  }

  async begin(): Promise<void> {
    this.#lastContact = (await this.#store.note<Instant>("last contact")) ?? null;
    this.#persisted = (await persist()) === true;
    await this.#look();
    if (!this.#loops) return;
    this.#loop.listen();
    void this.#loop.now(true);
  }

  async record<K extends ActKind>(draft: Draft<K>, id: Uuid = newId()): Promise<Act> {
    const after = draft.kind === "undo" ? [(draft.body as { act: Uuid }).act] : [];
    const { act, isNew } = await this.#store.record(
      { ...draft, after: [...new Set([...(draft.after ?? []), ...after])] },
      id,
      this.device,
    );
    if (isNew) {
      this.#counts = { ...this.#counts, device: this.#counts.device + 1, recorded: act.n };
      this.#tell();
      if (this.#loops) {
        void this.#loop.now(false);
        void askForSync();
      }
    }
    return act;
  }

  subscribe(listener: (status: Status) => void): () => void {
    this.#listeners.add(listener);
    listener(this.status());
    return () => this.#listeners.delete(listener);
  }

  status(): Status {
    const { device, waiting, inbox, damaged, recorded } = this.#counts;
    return {
      device: this.device,
      onDevice: device + damaged,
      waiting,
      inInbox: inbox,
      damaged,
      recorded,
      sending: this.#sending,
      reachable: this.#reachable,
      loginNeeded: this.#loginNeeded,
      problem: this.#problem,
      lastContact: this.#lastContact,
      persisted: this.#persisted,
      safe: device + damaged === 0,
    };
  }

  entry(id: Uuid): Promise<Entry | undefined> {
    return this.#store.entry(id);
  }

  recent(count: number): Promise<Entry[]> {
    return this.#store.recent(count);
  }

  async open(): Promise<Entry[]> {
    const states = ["damaged", "device", "waiting", "inbox"] as const;
    const found = await Promise.all(states.map((state) => this.#store.inState(state)));
    return found.flat().toSorted((one, other) => one.n - other.n);
  }

  async sync(): Promise<Status> {
    await this.#loop.now(true);
    return this.status();
  }

  async inbox(): Promise<Inbox> {
    const answer = await this.#transport.inbox();
    this.#heard(answer.got);
    if (answer.got === "answer") {
      await this.#store.keepSnapshot("inbox", "", answer.value);
      return answer.value;
    }
    return (await this.#store.inbox()) ?? { conflicts: [] };
  }

  async resolve(id: Uuid, resolution: Resolution): Promise<Verdict> {
    const answer = await this.#transport.resolve(id, resolution);
    this.#heard(answer.got);
    if (answer.got === "refused") throw new Unresolved(answer.faults);
    if (answer.got !== "answer") throw new Unresolved([]);
    await this.#store.answered(new Map([[id, answer.value]]));
    await this.#changed();
    return answer.value;
  }

  draft<T>(key: string): Promise<T | undefined> {
    return this.#store.draft<T>(key);
  }

  keepDraft(key: string, value: unknown): Promise<void> {
    return this.#store.keepDraft(key, value);
  }

  dropDraft(key: string): Promise<void> {
    return this.#store.dropDraft(key);
  }

  snapshot<T>(kind: Snapshot, site: string): Promise<{ value: T; at: Instant } | undefined> {
    return this.#store.snapshot<T>(kind, site);
  }

  keepSnapshot(kind: Snapshot, site: string, value: unknown): Promise<void> {
    return this.#store.keepSnapshot(kind, site, value);
  }

  async close(): Promise<void> {
    await this.#loop.close();
    this.#channel?.close();
    await this.#store.close();
  }

  // --- Sending --------------------------------------------------------------------------------------

  async #turn(ask: boolean): Promise<Turn | null> {
    return alone(`${this.#name} sending`, async () => {
      this.#sending = true;
      this.#tell();
      try {
        const turn = await this.#sender.turn(ask);
        this.#loginNeeded = turn.ended === "login";
        this.#problem = turn.problem;
        const asked = turn.ended !== "done" || turn.answered > 0;
        if (asked) this.#heard(turn.ended === "lost" || turn.ended === "login" ? turn.ended : "answer");
        return turn;
      } catch (problem) {
        // The disk, not the network: what could not be read or written is tried again like anything else.
        this.#problem = problem instanceof Error ? problem.message : String(problem);
        return { ended: "lost", problem: this.#problem, after_ms: 0, answered: 0 };
      } finally {
        this.#sending = false;
        await this.#changed();
      }
    });
  }

  #heard(got: string): void {
    this.#reachable = got !== "lost";
    if (got === "lost") return;
    if (got === "answer") this.#loginNeeded = false;
    if (got === "login") this.#loginNeeded = true;
    this.#lastContact = instant();
    this.#store.keepNote("last contact", this.#lastContact).catch(() => {});
  }

  /** Says so here and in the other tabs. */
  async #changed(): Promise<void> {
    this.#channel?.postMessage("changed");
    await this.#look();
  }

  async #look(): Promise<void> {
    try {
      this.#counts = await this.#store.counts();
    } catch {
      return; // closed meanwhile
    }
    this.#tell();
  }

  #tell(): void {
    const status = this.status();
    for (const listener of this.#listeners) listener(status);
  }
}

const busy = new Set<string>();

/** Runs `act` while no other tab does; null when one does. */
async function alone<T>(name: string, act: () => Promise<T>): Promise<T | null> {
  const locks = globalThis.navigator?.locks;
  if (locks !== undefined) {
    return locks.request(name, { ifAvailable: true }, (lock) => (lock === null ? null : act()));
  }
  if (busy.has(name)) return null;
  busy.add(name);
  try {
    return await act();
  } finally {
    busy.delete(name);
  }
}

/** Asks the browser not to clear our storage when the disk runs full. */
async function persist(): Promise<boolean | undefined> {
  try {
    return await globalThis.navigator?.storage?.persist?.();
  } catch {
    return false;
  }
}

/** Asks the browser to wake the worker when the network is back, where browsers can. */
async function askForSync(): Promise<void> {
  try {
    const registration = await globalThis.navigator?.serviceWorker?.getRegistration();
    const sync = (registration as { sync?: { register(tag: string): Promise<void> } } | undefined)?.sync;
    await sync?.register(SYNC_TAG);
  } catch {
    // It is a help, not a need: pages send by themselves.
  }
}
