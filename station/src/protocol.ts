/**
 * What the station and the server say to each other: the shapes of `/api/v1/station`.
 *
 * The server's side is `src/lotbook/interfaces/station/api`; a test there compares the two. Names of things
 * are the book's: items and places by their code, lots by their id (two items may share a lot number),
 * logistic units by their SSCC, documents by their id. Quantities are decimal texts in the unit beside them.
 */

/** RFC 3339 with offset. */
export type Instant = string;
/** YYYY-MM-DD. */
export type Day = string;
/** A decimal text, such as "12.5". */
export type Quantity = string;
export type Uuid = string;

// --- What the device knows: start, book, changes ------------------------------------------------------

/** `GET start`: who holds the device and what they may do. Not answered without a login (401). */
export interface Start {
  person: { name: string; login: string };
  /** The name of the shared handheld, when it is one. */
  handheld: string | null;
  /** Permissions, such as "receiving.post". */
  may: string[];
  sites: { code: string; name: string; today: Day }[];
  /** Host names under which labels of our own lead to this book. */
  hosts: string[];
  /** Of the server; another one than the page was built with offers to load anew. */
  version: string;
  now: Instant;
}

export interface Item {
  /** In labels of our own: https://…/items/<id>. */
  id: Uuid;
  code: string;
  name: string;
  /** Base unit and how many decimals it takes. */
  unit: string;
  scale: number;
  /** A scanned GTIN and how much of the base unit one of it is. */
  gtins: { gtin: string; unit: string; each: Quantity }[];
  /** "none": told apart by nothing, its lot has no number. */
  kept: "lot" | "serial" | "none";
  /** Data that a receipt must bring: names of the fields of `ReceiveLine`, or "temperature" of the receipt. */
  needs: string[];
}

export type LotStatus = "released" | "quarantine" | "expired" | "hold" | "rejected" | "recalled";

export interface Lot {
  id: Uuid;
  item: string;
  number: string;
  status: LotStatus;
  /** Why it may not be used, in words, or "". */
  why: string;
  expires_on: Day | null;
  /** Stock at the site, per place (code of a place, or SSCC of a unit). */
  at: { place: string; on_hand: Quantity; reserved: Quantity }[];
}

export interface Place {
  /** In labels of our own: https://…/places/<id>. */
  id: Uuid;
  code: string;
  name: string;
  kind: string;
  /** Code of the place around it, or "". */
  inside: string;
  usable: boolean;
}

export interface Unit {
  /** In labels of our own: https://…/units/<id>. */
  id: Uuid;
  sscc: string;
  /** Code of the place, or SSCC of the unit it stands in. */
  place: string;
}

/** `GET book?site=`: what a device needs to work without a network, as of one sequence of the ledger. */
export interface Book {
  site: string;
  as_of: number;
  /** What changes without an event (the site's day, dates of lots, reservations) as of then: given back with `changes`. */
  mark: string;
  items: Item[];
  lots: Lot[];
  places: Place[];
  units: Unit[];
  /** False when there is more than a device should hold: what is missing is asked of the server. */
  complete: boolean;
}

/**
 * `GET changes?site=&since=&mark=`: asked every second while online, with the `as_of` and the `mark` of the last answer
 * (of the book at first). Without `mark`, changed dates and reservations come only with the next event of the lot.
 */
export interface Changes {
  as_of: number;
  mark: string;
  /** Whole: each replaces what the device knew of the lot. Nothing of it is left at the site where `at` is empty. */
  lots: Lot[];
  /** Each replaces where it stood; one with the place "" does not stand at the site any more. */
  units: Unit[];
  /** Changes when any job does: ask for the jobs again. */
  jobs: string;
  /** So much changed that the book is asked for again. */
  reload: boolean;
}

// --- What there is to do: jobs ------------------------------------------------------------------------

interface JobHead {
  id: Uuid;
  number: string;
  /** One line for the list: partner, item or place. */
  title: string;
  due: Day | null;
  /** Lines done, and of how many. */
  done: number;
  of: number;
}

export interface ExpectedLine {
  item: string;
  /** As the notice says, or "". */
  lot: string;
  expires_on: Day | null;
  expected: Quantity;
  got: Quantity;
  unit: string;
}

/** Goods that are on their way to us. `document` says which room's document `id` is. */
export interface ReceiveJob extends JobHead {
  kind: "receive";
  document: "notice" | "order" | "transfer";
  partner: string;
  /** Where they are taken in, unless another place is scanned. */
  place: string;
  lines: ExpectedLine[];
  /** Pallets of the notice that can be received by one scan of their SSCC. */
  units: { sscc: string; received: boolean; lines: ExpectedLine[] }[];
}

/** Goods that stand where they were received. */
export interface PutAwayJob extends JobHead {
  kind: "put_away";
  place: string;
  lines: { lot: Uuid | null; sscc: string | null; quantity: Quantity; unit: string; to: string; why: string }[];
}

export interface PickLine {
  /** What is confirmed: the number of the claim (orders) or the id of the pick (transfers). */
  claim: string;
  item: string;
  lot: Uuid;
  place: string;
  quantity: Quantity;
  unit: string;
  /** Why this lot: "expires 03 MAR 2027, 12 days before L-207". */
  why: string;
}

export interface PickJob extends JobHead {
  kind: "pick";
  document: "order" | "transfer";
  partner: string;
  /** In walking order; what is picked is no longer among them. */
  lines: PickLine[];
}

export interface LoadJob extends JobHead {
  kind: "load";
  document: "order" | "transfer";
  partner: string;
  /** What stands ready: units, and loose goods that were picked. */
  units: string[];
  loose: { lot: Uuid; place: string; quantity: Quantity; unit: string }[];
}

export interface ProduceJob extends JobHead {
  kind: "produce";
  item: string;
  place: string;
  planned: Quantity;
  unit: string;
  made: Quantity;
  needs: { item: string; needed: Quantity; issued: Quantity; left: Quantity; unit: string; optional: boolean }[];
  /** What to take first of each item, and why. */
  take: PickLine[];
  /** What the output's lot number and expiry would be by rule, or "" and null. */
  output: { lot: string; expires_on: Day | null };
}

export interface CountJob extends JobHead {
  kind: "count";
  /** Counts are blind: nobody is told what should be there. */
  places: { code: string; state: "open" | "counted" | "recount" }[];
}

export type Job = ReceiveJob | PutAwayJob | PickJob | LoadJob | ProduceJob | CountJob;

/** `GET jobs?site=`. */
export interface Jobs {
  version: string;
  jobs: Job[];
  /** How many there are; more than are listed when somebody has to look in the office. */
  total: number;
}

// --- What a scan is: lookup ---------------------------------------------------------------------------

/** `POST lookup`: what scans of one thing mean to the whole book, also what the device does not know. */
export interface Lookup {
  site: string;
  scans: string[];
}

export interface Found {
  kind: "lot" | "item" | "unit" | "place" | "document";
  /** Id, code or SSCC. */
  id: string;
  title: string;
  /** Page of it in the office. */
  href: string;
  /** Status, expiry, where and how much: label and text each. */
  facts: [string, string][];
  lot: Lot | null;
  item: Item | null;
  /** What this person may do with it. */
  actions: ("move" | "hold" | "release" | "print" | "trace" | "count" | "issue" | "pick")[];
}

export interface Looked {
  /** One: the answer. Several: ask. None: not in the book. */
  found: Found[];
  /** Element string in brackets of each way to read the scan, when there are several. */
  readings: string[];
  /** Why it cannot be read, in words. */
  refused: string | null;
  /** What the scan says: label and text each. */
  understood: [string, string][];
}

// --- What was done: acts ------------------------------------------------------------------------------

export interface ReceiveLine {
  item: string;
  lot: string;
  quantity: Quantity;
  unit: string;
  expires_on?: Day;
  best_before_on?: Day;
  produced_on?: Day;
  harvested_on?: Day;
  packed_on?: Day;
  supplier_lot?: string;
  serial?: string;
  country?: string;
  tlc?: string;
  tlc_source?: string;
}

export interface GoodsLine {
  lot: Uuid;
  quantity: Quantity;
  unit: string;
  from: string;
}

/** What each kind of act says. `site` is where it was done. */
export interface Bodies {
  receive: {
    document: "notice" | "order" | "none";
    id: Uuid | "";
    place: string;
    supplier: string;
    delivery_note: string;
    temperature: string;
    lines: ReceiveLine[];
  };
  receive_unit: { sscc: string; notice: Uuid; place: string; temperature: string };
  receive_transfer: { id: Uuid; place: string };
  move: { lines: GoodsLine[]; to: string };
  move_unit: { sscc: string; to: string };
  pick: {
    document: "order" | "transfer";
    id: Uuid;
    claim: string;
    lot: Uuid;
    quantity: Quantity;
    unit: string;
    /** Stage (place) or pack (SSCC); "" leaves it as the document says; "new" packs into a new unit. */
    to: string;
    reason: string;
  };
  pack: { sscc: string; lines: GoodsLine[] };
  load: {
    document: "order" | "transfer";
    id: Uuid;
    units: string[];
    carrier: string;
    vehicle: string;
    seal: string;
    temperature: string;
  };
  issue: { run: Uuid; lot: Uuid; quantity: Quantity; unit: string; from: string; reason: string };
  output: { run: Uuid; lot: string; quantity: Quantity; unit: string; to: string; expires_on?: Day };
  count: {
    count: Uuid;
    place: string;
    lines: { item: string; lot: string; quantity: Quantity; unit: string }[];
    finish: boolean;
  };
  hold: { lots: Uuid[]; kind: string; reason: string };
  print: { what: "lot" | "unit" | "place" | "item"; id: string; copies: number };
  /** Takes an earlier act back by a reversing event. */
  undo: { act: Uuid };
}

export type ActKind = keyof Bodies;

interface ActOf<K extends ActKind> {
  /** Made on the device, UUIDv7; where the act is one event, its id in the book. */
  id: Uuid;
  kind: K;
  site: string;
  /** When it was done by the device's clock. */
  at: Instant;
  /** Which device, and its how-manieth act, counted from 1 without a gap. */
  device: Uuid;
  n: number;
  /** Acts of this device that must be in the book before: this one waits for them. */
  after: Uuid[];
  /** Who did it: the login of the person who held the device. */
  by: string;
  body: Bodies[K];
  /** The scans behind it, as they came. */
  scans: { text: string; how: "wedge" | "camera" | "typed"; at: Instant }[];
  /** What the person saw: a sentence each, kept with the act for whoever resolves a contradiction. */
  seen: string[];
  /** The sequence the device's book was of. */
  as_of: number;
}

export type Act = { [K in ActKind]: ActOf<K> }[ActKind];

/** `POST acts`: at most 100 of them. Every one gets its own verdict. */
export interface Delivery {
  device: Uuid;
  acts: Act[];
}

export interface Choice {
  /** "again" applies it as it is now; "override" with a permission and a reason; "change" with another body; */
  how: "again" | "override" | "change" | "drop";
  label: string;
}

export interface Verdict {
  id: Uuid;
  /**
   * applied: in the book (`repeated`: it already was). waiting: an act before it has not come. conflict: in the inbox of
   * contradictions, nothing is lost. settled: somebody resolved its conflict. refused: not an act at all (its shape is wrong);
   * also in the inbox.
   */
  state: "applied" | "waiting" | "conflict" | "settled" | "refused";
  repeated: boolean;
  /** Ids of the events in the book. */
  events: Uuid[];
  /** What it made that the person wants to see: the lot number by rule, the new SSCC, the receipt's number. */
  made: Record<string, string>;
  /** What happened, what was not saved and what to do, for people. */
  problems: { field: string; code: string; cause: string; remedy: string }[];
  choices: Choice[];
  /** Set when a lot was held, or expired, before this late scan came: in words. */
  late: string;
}

export interface Verdicts {
  verdicts: Verdict[];
  /** The highest n of this device below which the server has every act. */
  complete_to: number;
}

/** `GET inbox`: acts of this device or person that contradict the book, newest first. */
export interface Inbox {
  conflicts: (Verdict & { act: Act; arrived: Instant })[];
}

/** `POST inbox/{id}`: how a contradiction is resolved. Answers the act's new `Verdict`. */
export interface Resolution {
  how: Choice["how"];
  reason: string;
  /** For "change": the new body. */
  body?: Bodies[ActKind];
}
