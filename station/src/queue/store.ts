/** The queue's database: acts, drafts and what the server told last, each written strictly. */
import { newId } from "../ids.ts";
import type { Act, ActKind, Instant, Inbox, Uuid, Verdict } from "../protocol.ts";
import { instant } from "./clock.ts";
import { answerOf, openDatabase, walk, within } from "./database.ts";
import type { Draft, Entry, Snapshot, State } from "./shapes.ts";
import { whatIsWrong } from "./whole.ts";

export const DATABASE = "lotbook-station";
/** Acts that are done stay readable for "the last five scans" and for a server that lost some. */
const DONE_KEPT = 500;
const STRICT = { durability: "strict" } as const;
const STATES: readonly State[] = ["device", "waiting", "server", "inbox", "damaged"];

/** What is in the database: acts by id, the others by a key beside the value. */
type Name = "acts" | "meta" | "drafts" | "snapshots";

export interface Counts {
  device: number;
  waiting: number;
  inbox: number;
  damaged: number;
  recorded: number;
}

export class Store {
  readonly #name: string;
  #opened: Promise<IDBDatabase> | undefined;

  constructor(name: string = DATABASE) {
    this.#name = name;
  }

  /** The database; opened again when the browser closed it (another version, an error of the disk). */
  #open(): Promise<IDBDatabase> {
    const lost = () => {
      this.#opened = undefined;
    };
    this.#opened ??= openDatabase(this.#name, make, lost).catch((problem: unknown) => {
      lost();
      throw problem;
    });
    return this.#opened;
  }

  /** One look into the database. */
  async #read<T>(name: Name, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    return answerOf(ask((await this.#open()).transaction(name).objectStore(name)));
  }

  /** Resolves when what `work` has written is there, all of it or nothing. */
  async #write<T>(names: Name[], work: (tx: IDBTransaction) => Promise<T>, options: IDBTransactionOptions = STRICT): Promise<T> {
    return within((await this.#open()).transaction(names, "readwrite", options), work);
  }

  /** What can be had from the server again need not be on the disk before we go on. */
  #keep(name: Name, value: unknown, key: string, options: IDBTransactionOptions = {}): Promise<unknown> {
    return this.#write([name], (tx) => answerOf(tx.objectStore(name).put(value, key)), options);
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    (await opened)?.close();
  }

  /** The device's id: made once, with the database. */
  device(): Promise<Uuid> {
    return this.#write(["meta"], async (tx) => {
      const meta = tx.objectStore("meta");
      const known: unknown = await answerOf(meta.get("device"));
      if (typeof known === "string") return known;
      const id = newId();
      await answerOf(meta.put(id, "device"));
      return id;
    });
  }

  /** Writes an act with the next number; the number and the act are there together or not at all. */
  record<K extends ActKind>(draft: Draft<K>, id: Uuid, device: Uuid): Promise<{ act: Act; isNew: boolean }> {
    return this.#write(["acts", "meta"], async (tx) => {
      const acts = tx.objectStore("acts");
      const before = (await answerOf(acts.get(id))) as Entry | undefined;
      if (before) return { act: before.act, isNew: false };
      const meta = tx.objectStore("meta");
      const counted: unknown = await answerOf(meta.get("n"));
      const last = await answerOf(acts.index("n").openKeyCursor(null, "prev"));
      const n = Math.max(numberOf(counted), numberOf(last?.key)) + 1;
      const now = instant();
      const act = { id, device, n, at: now, after: [], scans: [], seen: [], ...draft } as unknown as Act;
      await answerOf(acts.add({ id, n, state: "device", act, recorded: now, verdict: null, problem: "" } satisfies Entry));
      await answerOf(meta.put(n, "n"));
      return { act, isNew: true };
    });
  }

  /** Acts in one state, the oldest first. */
  inState(state: State, limit?: number): Promise<Entry[]> {
    return this.#read("acts", (acts) => acts.index("state").getAll(ofState(state), limit));
  }

  entry(id: Uuid): Promise<Entry | undefined> {
    return this.#read("acts", (acts) => acts.get(id));
  }

  async recent(count: number): Promise<Entry[]> {
    const found: Entry[] = [];
    const acts = (await this.#open()).transaction("acts").objectStore("acts");
    await walk(acts.index("n").openCursor(null, "prev"), (cursor) => found.push(cursor.value) < count);
    return found;
  }

  async counts(): Promise<Counts> {
    const tx = (await this.#open()).transaction(["acts", "meta"]);
    const states = tx.objectStore("acts").index("state");
    const count = (state: State) => answerOf(states.count(ofState(state)));
    const [device, waiting, inbox, damaged, n] = await Promise.all([
      count("device"),
      count("waiting"),
      count("inbox"),
      count("damaged"),
      answerOf(tx.objectStore("meta").get("n")),
    ]);
    return { device, waiting, inbox, damaged, recorded: numberOf(n) };
  }

  /** Writes what the server said of acts, in one strict transaction. */
  answered(verdicts: ReadonlyMap<Uuid, Verdict>): Promise<void> {
    return this.#change(verdicts.keys(), (entry) => {
      const verdict = verdicts.get(entry.id);
      return verdict === undefined ? entry : { ...entry, state: stateOf(verdict), verdict, problem: "" };
    });
  }

  /** Notes why acts stay here although the server answered. */
  troubled(ids: Iterable<Uuid>, problem: string): Promise<void> {
    return this.#change(ids, (entry) => ({ ...entry, problem }));
  }

  /** What the server does not have any more (it was restored from a backup) is to be sent again; returns how many. */
  async againAbove(n: number): Promise<number> {
    const above: Entry[] = await this.#read("acts", (acts) => acts.index("n").getAll(IDBKeyRange.lowerBound(n, true)));
    const lost = above.filter((entry) => entry.state !== "device" && entry.state !== "damaged");
    await this.#change(
      lost.map((entry) => entry.id),
      (entry) => ({ ...entry, state: whatIsWrong(entry.act) === "" ? "device" : "damaged" }),
    );
    return lost.length;
  }

  #change(ids: Iterable<Uuid>, change: (entry: Entry) => Entry): Promise<void> {
    return this.#write(["acts"], async (tx) => {
      const acts = tx.objectStore("acts");
      for (const id of ids) {
        const entry = (await answerOf(acts.get(id))) as Entry | undefined;
        if (entry) await answerOf(acts.put(change(entry)));
      }
    });
  }

  /**
   * Looks at every record once, when the queue opens: what is not a whole act any more is marked damaged (its text is
   * kept inside), so that it neither hides nor stops the others. Returns how many are damaged.
   */
  async audit(device: Uuid): Promise<number> {
    let damaged = 0;
    await this.#write(["acts"], (tx) =>
      walk(tx.objectStore("acts").openCursor(), (cursor) => {
        const entry: Partial<Entry> = cursor.value;
        const known = STATES.includes(entry.state as State);
        const wrong = known && typeof entry.n === "number" ? whatIsWrong(entry.act) : "its place in the queue is lost";
        if (wrong === "" || entry.state === "server") return;
        damaged += 1;
        if (entry.state === "inbox" || entry.state === "damaged") return;
        cursor.update({
          id: String(cursor.key),
          n: numberOf(entry.n),
          state: "damaged",
          act: (entry.act ?? { device, raw: entry }) as Act,
          recorded: entry.recorded ?? instant(),
          verdict: null,
          problem: wrong,
        } satisfies Entry);
      }),
    );
    return damaged;
  }

  /** Forgets acts that are on the server, but for the last ones. */
  async prune(): Promise<void> {
    await this.#write(
      ["acts"],
      async (tx) => {
        const states = tx.objectStore("acts").index("state");
        let over = (await answerOf(states.count(ofState("server")))) - DONE_KEPT;
        if (over <= 0) return;
        await walk(states.openCursor(ofState("server")), (cursor) => {
          cursor.delete();
          over -= 1;
          return over > 0;
        });
      },
      {},
    );
  }

  note<T>(key: string): Promise<T | undefined> {
    return this.#read("meta", (meta) => meta.get(key));
  }

  async keepNote(key: string, value: unknown): Promise<void> {
    await this.#keep("meta", value, key);
  }

  draft<T>(key: string): Promise<T | undefined> {
    return this.#read("drafts", (drafts) => drafts.get(key));
  }

  async keepDraft(key: string, value: unknown): Promise<void> {
    await this.#keep("drafts", value, key, STRICT);
  }

  dropDraft(key: string): Promise<void> {
    return this.#write(["drafts"], (tx) => answerOf(tx.objectStore("drafts").delete(key)));
  }

  snapshot<T>(kind: Snapshot | "inbox", site: string): Promise<{ value: T; at: Instant } | undefined> {
    return this.#read("snapshots", (snapshots) => snapshots.get(`${kind} ${site}`));
  }

  async keepSnapshot(kind: Snapshot | "inbox", site: string, value: unknown): Promise<void> {
    await this.#keep("snapshots", { value, at: instant() }, `${kind} ${site}`);
  }

  async inbox(): Promise<Inbox | undefined> {
    return (await this.snapshot<Inbox>("inbox", ""))?.value;
  }
}

function make(db: IDBDatabase): void {
  const acts = db.createObjectStore("acts", { keyPath: "id" });
  acts.createIndex("state", ["state", "n"]);
  acts.createIndex("n", "n");
  for (const name of ["meta", "drafts", "snapshots"] satisfies Name[]) db.createObjectStore(name);
}

function ofState(state: State): IDBKeyRange {
  return IDBKeyRange.bound([state, -Infinity], [state, Infinity]);
}

/** A number that was read back, or 0 for what is none. */
function numberOf(read: unknown): number {
  return typeof read === "number" ? read : 0;
}

function stateOf(verdict: Verdict): State {
  if (verdict.state === "waiting") return "waiting";
  return verdict.state === "conflict" || verdict.state === "refused" ? "inbox" : "server";
}
