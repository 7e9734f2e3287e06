/** What the queue on the device keeps and tells. */
import type { Act, ActKind, Bodies, Inbox, Instant, Resolution, Uuid, Verdict } from "../protocol.ts";

/**
 * Where an act is. device: only here, to be sent. waiting: on the server, which waits for an act before it.
 * server: in the book, or settled by somebody. inbox: on the server, contradicting the book. damaged: only here,
 * and what was read back from the disk is not an act any more: it is sent as it is, for people to read.
 */
export type State = "device" | "waiting" | "server" | "inbox" | "damaged";

export interface Entry {
  /** Id of the act. */
  id: Uuid;
  n: number;
  state: State;
  act: Act;
  /** When it was written to the disk of this device. */
  recorded: Instant;
  /** What the server said last, or null. */
  verdict: Verdict | null;
  /** Why it was not taken although the server was there, in words, or "". */
  problem: string;
}

/** What a screen says of an act that was done; the queue adds id, device, n and time. */
export interface Draft<K extends ActKind> {
  kind: K;
  site: string;
  /** Login of the person who holds the device. */
  by: string;
  body: Bodies[K];
  /** Sequence of the device's book. */
  as_of: number;
  after?: Uuid[];
  scans?: Act["scans"];
  seen?: string[];
  /** When it was done; now, unless said. */
  at?: Instant;
}

export interface Status {
  device: Uuid;
  /** Acts that are only on this device, the damaged among them. */
  onDevice: number;
  /** On the server, waiting for an act before them. */
  waiting: number;
  /** Contradictions nobody has resolved yet. */
  inInbox: number;
  /** Records that could not be read back whole. Kept, and sent for people to read. */
  damaged: number;
  /** How many acts this device ever recorded: the `n` of the last. */
  recorded: number;
  sending: boolean;
  /** False after a request that was not answered, until one is. Null: nothing was asked yet. */
  reachable: boolean | null;
  /** The server asks for a login. Everything is kept; acts are sent once somebody has logged in. */
  loginNeeded: boolean;
  /** Why acts are not sent although the server answers, in words, or "". */
  problem: string;
  lastContact: Instant | null;
  /** Whether the browser promised not to clear this storage on its own. */
  persisted: boolean;
  /** Nothing is lost when the page is loaded anew or the device changes hands: all is on the server. */
  safe: boolean;
}

export type Snapshot = "start" | "book" | "jobs";

export interface Queue {
  readonly device: Uuid;

  /**
   * Writes an act to the disk of the device. Resolves when it is there (a strict transaction has completed), and
   * only then may a screen say "saved on this device". Rejects when it could not be written: nothing was saved.
   * The same `id` a second time (a draft recorded again after a crash) gives the first act again.
   */
  record<K extends ActKind>(draft: Draft<K>, id?: Uuid): Promise<Act>;

  /** Calls `listener` now and after each change, in this tab or another one; returns how to stop. */
  subscribe(listener: (status: Status) => void): () => void;
  status(): Status;

  /** One act with its state, or undefined when it is too long ago (or never was). */
  entry(id: Uuid): Promise<Entry | undefined>;
  /** The last acts, the newest first. */
  recent(count: number): Promise<Entry[]>;
  /** Acts that are only here, waiting or in the inbox, the oldest first. */
  open(): Promise<Entry[]>;

  /** Sends now, without waiting for the next turn (after a login, say). Resolves when the turn is over. */
  sync(): Promise<Status>;

  /** The inbox as the server has it; without a network as it was when last asked. */
  inbox(): Promise<Inbox>;
  /** Resolves a contradiction; needs the network. Rejects with `Unresolved`. */
  resolve(id: Uuid, resolution: Resolution): Promise<Verdict>;

  /** State of a screen that survives reload and flat battery; undefined when there is none. */
  draft<T>(key: string): Promise<T | undefined>;
  keepDraft(key: string, value: unknown): Promise<void>;
  dropDraft(key: string): Promise<void>;

  /** What the server told last, for work without a network. */
  snapshot<T>(kind: Snapshot, site: string): Promise<{ value: T; at: Instant } | undefined>;
  keepSnapshot(kind: Snapshot, site: string, value: unknown): Promise<void>;

  /** Stops sending and closes the database (tests, and before a new version takes over). */
  close(): Promise<void>;
}

/** A resolution the server did not take: what it said, in words. */
export class Unresolved extends Error {
  readonly problems: { field: string; code: string; cause: string; remedy: string }[];

  constructor(problems: Unresolved["problems"]) {
    super(problems.map((one) => `${one.cause} ${one.remedy}`.trim()).join(" ") || "The server did not answer.");
    this.problems = problems;
  }
}
