/** The queue's database: acts, drafts and what the server told last, each written strictly. */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";

import { newId } from "../ids.ts";
import type { Act, ActKind, Instant, Inbox, Uuid, Verdict } from "../protocol.ts";
import { instant } from "./clock.ts";
import type { Draft, Entry, Snapshot, State } from "./shapes.ts";
import { whatIsWrong } from "./whole.ts";

export const DATABASE = "lotbook-station";
/** Acts that are done stay readable for "the last five scans" and for a server that lost some. */
const DONE_KEPT = 500;
const STRICT = { durability: "strict" } as const;

interface Schema extends DBSchema {
  acts: { key: string; value: Entry; indexes: { state: [string, number]; n: number } };
  meta: { key: string; value: unknown };
  drafts: { key: string; value: unknown };
  snapshots: { key: string; value: { value: unknown; at: Instant } };
}

export interface Counts {
  device: number;
  waiting: number;
  inbox: number;
  damaged: number;
  recorded: number;
}

export class Store {
  readonly #name: string;
  #opened: Promise<IDBPDatabase<Schema>> | undefined;

  constructor(name: string = DATABASE) {
    this.#name = name;
  }

  /** The database; opened again when the browser closed it (another version, an error of the disk). */
  #open(): Promise<IDBPDatabase<Schema>> {
    this.#opened ??= openDB<Schema>(this.#name, 1, {
      upgrade(db) {
        const acts = db.createObjectStore("acts", { keyPath: "id" });
        acts.createIndex("state", ["state", "n"]);
        acts.createIndex("n", "n");
        db.createObjectStore("meta");
        db.createObjectStore("drafts");
        db.createObjectStore("snapshots");
      },
      blocking: (_current, _blocked, event) => {
        this.#opened = undefined;
        (event.target as IDBDatabase).close();
      },
      terminated: () => {
        this.#opened = undefined;
      },
    }).catch((problem: unknown) => {
      this.#opened = undefined;
      throw problem;
    });
    return this.#opened;
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    (await opened)?.close();
  }

  /** The device's id: made once, with the database. */
  async device(): Promise<Uuid> {
    const tx = (await this.#open()).transaction("meta", "readwrite", STRICT);
    let id = await tx.store.get("device");
    if (typeof id !== "string") {
      id = newId();
      await tx.store.put(id, "device");
    }
    await tx.done;
    return id as Uuid;
  }

  /** Writes an act with the next number; the number and the act are there together or not at all. */
  async record<K extends ActKind>(draft: Draft<K>, id: Uuid, device: Uuid): Promise<{ act: Act; isNew: boolean }> {
    const tx = (await this.#open()).transaction(["acts", "meta"], "readwrite", STRICT);
    // A failed write rejects `done` as well: it is waited for below, or the refusal before it is told.
    tx.done.catch(() => {});
    const acts = tx.objectStore("acts");
    const before = await acts.get(id);
    if (before !== undefined) {
      await tx.done;
      return { act: before.act, isNew: false };
    }
    const meta = tx.objectStore("meta");
    const counted = await meta.get("n");
    const last = await acts.index("n").openKeyCursor(null, "prev");
    const highest = typeof last?.key === "number" ? last.key : 0;
    const n = Math.max(typeof counted === "number" ? counted : 0, highest) + 1;
    const now = instant();
    const act = {
      id,
      kind: draft.kind,
      site: draft.site,
      at: draft.at ?? now,
      device,
      n,
      after: draft.after ?? [],
      by: draft.by,
      body: draft.body,
      scans: draft.scans ?? [],
      seen: draft.seen ?? [],
      as_of: draft.as_of,
    } as unknown as Act;
    try {
      await acts.add({ id, n, state: "device", act, recorded: now, verdict: null, problem: "" });
      await meta.put(n, "n");
    } catch (problem) {
      // What cannot be stored is refused without the transaction noticing: the number would be used up.
      abort(tx);
      throw problem;
    }
    await tx.done;
    return { act, isNew: true };
  }

  /** Acts in one state, the oldest first. */
  async inState(state: State, limit?: number): Promise<Entry[]> {
    const range = IDBKeyRange.bound([state, -Infinity], [state, Infinity]);
    return (await this.#open()).getAllFromIndex("acts", "state", range, limit);
  }

  async entry(id: Uuid): Promise<Entry | undefined> {
    return (await this.#open()).get("acts", id);
  }

  async recent(count: number): Promise<Entry[]> {
    const found: Entry[] = [];
    const tx = (await this.#open()).transaction("acts");
    let cursor = await tx.store.index("n").openCursor(null, "prev");
    while (cursor !== null && found.length < count) {
      found.push(cursor.value);
      cursor = await cursor.continue();
    }
    return found;
  }

  async counts(): Promise<Counts> {
    const tx = (await this.#open()).transaction(["acts", "meta"]);
    const count = (state: State) =>
      tx
        .objectStore("acts")
        .index("state")
        .count(IDBKeyRange.bound([state, -Infinity], [state, Infinity]));
    const [device, waiting, inbox, damaged, n] = await Promise.all([
      count("device"),
      count("waiting"),
      count("inbox"),
      count("damaged"),
      tx.objectStore("meta").get("n"),
    ]);
    return { device, waiting, inbox, damaged, recorded: typeof n === "number" ? n : 0 };
  }

  /** Writes what the server said of acts, in one strict transaction. */
  async answered(verdicts: ReadonlyMap<Uuid, Verdict>): Promise<void> {
    await this.#change(verdicts.keys(), (entry) => {
      const verdict = verdicts.get(entry.id);
      return verdict === undefined ? entry : { ...entry, state: stateOf(verdict), verdict, problem: "" };
    });
  }

  /** Notes why acts stay here although the server answered. */
  async troubled(ids: Iterable<Uuid>, problem: string): Promise<void> {
    await this.#change(ids, (entry) => ({ ...entry, problem }));
  }

  /** What the server does not have any more (it was restored from a backup) is to be sent again; returns how many. */
  async againAbove(n: number): Promise<number> {
    const tx = (await this.#open()).transaction("acts");
    const above = await tx.store.index("n").getAll(IDBKeyRange.lowerBound(n, true));
    const lost = above.filter((entry) => entry.state !== "device" && entry.state !== "damaged");
    await this.#change(
      lost.map((entry) => entry.id),
      (entry) => ({ ...entry, state: whatIsWrong(entry.act) === "" ? "device" : "damaged" }),
    );
    return lost.length;
  }

  async #change(ids: Iterable<Uuid>, change: (entry: Entry) => Entry): Promise<void> {
    const tx = (await this.#open()).transaction("acts", "readwrite", STRICT);
    for (const id of ids) {
      const entry = await tx.store.get(id);
      if (entry !== undefined) await tx.store.put(change(entry));
    }
    await tx.done;
  }

  /**
   * Looks at every record once, when the queue opens: what is not a whole act any more is marked damaged (its text is
   * kept inside), so that it neither hides nor stops the others. Returns how many are damaged.
   */
  async audit(device: Uuid): Promise<number> {
    const tx = (await this.#open()).transaction("acts", "readwrite", STRICT);
    let damaged = 0;
    let cursor = await tx.store.openCursor();
    while (cursor !== null) {
      const entry: Partial<Entry> = cursor.value;
      const known = ["device", "waiting", "server", "inbox", "damaged"].includes(entry.state ?? "");
      const wrong = known && typeof entry.n === "number" ? whatIsWrong(entry.act) : "its place in the queue is lost";
      if (wrong !== "" && entry.state !== "inbox" && entry.state !== "server" && entry.state !== "damaged") {
        const n = typeof entry.n === "number" ? entry.n : 0;
        const act = (entry.act ?? { device, raw: entry }) as Act;
        const recorded = entry.recorded ?? instant();
        await cursor.update({
          id: String(cursor.key),
          n,
          state: "damaged",
          act,
          recorded,
          verdict: null,
          problem: wrong,
        });
      }
      if (wrong !== "" && entry.state !== "server") damaged += 1;
      cursor = await cursor.continue();
    }
    await tx.done;
    return damaged;
  }

  /** Forgets acts that are on the server, but for the last ones. */
  async prune(): Promise<void> {
    const tx = (await this.#open()).transaction("acts", "readwrite");
    const done = tx.store.index("state");
    const range = IDBKeyRange.bound(["server", -Infinity], ["server", Infinity]);
    let over = (await done.count(range)) - DONE_KEPT;
    let cursor = over > 0 ? await done.openCursor(range) : null;
    while (cursor !== null && over > 0) {
      await cursor.delete();
      over -= 1;
      cursor = await cursor.continue();
    }
    await tx.done;
  }

  async note<T>(key: string): Promise<T | undefined> {
    return (await (await this.#open()).get("meta", key)) as T | undefined;
  }

  async keepNote(key: string, value: unknown): Promise<void> {
    await (await this.#open()).put("meta", value, key);
  }

  async draft<T>(key: string): Promise<T | undefined> {
    return (await (await this.#open()).get("drafts", key)) as T | undefined;
  }

  async keepDraft(key: string, value: unknown): Promise<void> {
    const tx = (await this.#open()).transaction("drafts", "readwrite", STRICT);
    await Promise.all([tx.store.put(value, key), tx.done]);
  }

  async dropDraft(key: string): Promise<void> {
    const tx = (await this.#open()).transaction("drafts", "readwrite", STRICT);
    await Promise.all([tx.store.delete(key), tx.done]);
  }

  async snapshot<T>(kind: Snapshot | "inbox", site: string): Promise<{ value: T; at: Instant } | undefined> {
    const kept = await (await this.#open()).get("snapshots", `${kind} ${site}`);
    return kept as { value: T; at: Instant } | undefined;
  }

  async keepSnapshot(kind: Snapshot | "inbox", site: string, value: unknown): Promise<void> {
    await (await this.#open()).put("snapshots", { value, at: instant() }, `${kind} ${site}`);
  }

  async inbox(): Promise<Inbox | undefined> {
    return (await this.snapshot<Inbox>("inbox", ""))?.value;
  }
}

function abort(tx: { abort(): void }): void {
  try {
    tx.abort();
  } catch {
    // It was over already.
  }
}

function stateOf(verdict: Verdict): State {
  if (verdict.state === "waiting") return "waiting";
  return verdict.state === "conflict" || verdict.state === "refused" ? "inbox" : "server";
}
