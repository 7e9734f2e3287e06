/**
 * Take goods in. A pallet that is announced is one scan of its SSCC; goods with a label are two: what it is,
 * and where it stands now. What the label does not say and the book must know is asked, one thing at a time.
 */
import type { ExpectedLine, Lot, ReceiveJob, ReceiveLine } from "../protocol.ts";
import { given, notThis, subjectOf, tooFine } from "./judge.ts";
import {
  asks, BLANK, does, emptyHand, good, hears, type Loop, type Meaning, type Order, press, quantityOf, type Row, type Said,
  sharedNumber, stay, type Step, type View, type World, wrong,
} from "./loop.ts";
import { add, compare, isPositive, subtract, without } from "./quantity.ts";
import { FACTS, missing, NEW_LOT, questionFor, unique } from "./receive_asks.ts";
import { showTransfer, takeAll, tick } from "./receive_transfer.ts";
import { amount, day, ending, list, sscc as grouped } from "./words.ts";

/** The goods in the hand, until the place is scanned. */
export interface Pending {
  item: string;
  lot: string;
  serial: boolean;
  quantity: string;
  unit: string;
  said: Said;
  facts: Record<string, string>;
  /** Not as announced: somebody must say yes. */
  doubts: string[];
  sure: boolean;
}

export interface ReceiveState {
  job: ReceiveJob;
  place: string;
  supplier: string;
  pending: Pending | null;
  units: string[];
  /** Lots and units of a transfer that were seen. */
  seen: string[];
  got: { item: string; lot: string; quantity: string; unit: string }[];
  finished: boolean;
}

const FROM_LABEL = ["expires_on", "best_before_on", "produced_on", "supplier_lot", "country", "tlc", "tlc_source"] as const;

type S = ReceiveState;

function start(job: ReceiveJob, _world: World): S {
  const units = job.units.filter((unit) => unit.received).map((unit) => unit.sscc);
  return { job, place: job.place, supplier: "", pending: null, units, seen: [], got: [], finished: false };
}

const take = hears<S>({
  scan: (state, meaning, world) => (state.job.document === "transfer" ? tick(state, meaning, world) : scanned(state, meaning, world)),
  quantity: changed,
  answer: {
    ...Object.fromEntries(FACTS.map((name) => [name, (state: S, value: string, world: World) => told(state, name, value.trim(), world)])),
    supplier: (state, value) => stay({ ...state, supplier: value.trim() }, good(`From ${value.trim()}`)),
    lot: (state, value, world) => told(state, "lot", value.trim(), world),
    quantity: changed,
  },
  press: { drop, sure, confirm },
  confirm,
  back: drop,
});

// --- Scans --------------------------------------------------------------------------------------------

function scanned(state: S, meaning: Meaning, world: World): Step<S> {
  switch (meaning.kind) {
    case "unit":
      return unitScanned(state, meaning, world);
    case "goods":
      return goodsScanned(state, meaning, world);
    case "place":
      return placeScanned(state, meaning.place.code, world);
    case "several":
      return severalScanned(state, meaning, world);
    case "unknown":
      return missing(state, world)[0] === "lot" ? told(state, "lot", meaning.text.trim(), world) : unknown(state, meaning);
  }
}

function unknown(state: S, meaning: Meaning): Step<S> {
  return stay(state, notThis(meaning, "Scan the label of the goods, or press Type."));
}

function unitScanned(state: S, meaning: Meaning & { kind: "unit" }, world: World): Step<S> {
  const code = meaning.sscc;
  const unit = state.job.units.find((one) => one.sscc === code);
  if (!unit) {
    if (meaning.content) return goodsScanned(state, meaning.content, world);
    return stay(state, wrong("This pallet is not announced", "Scan the labels of the goods on it, or another delivery."));
  }
  if (state.units.includes(code)) return stay(state, asks("This pallet is received already", "Scan the next one."));
  const order: Order = {
    kind: "receive_unit",
    body: { sscc: code, notice: state.job.id, place: state.place, temperature: "" },
    words: `Received pallet ${ending(code)}`,
  };
  const next = { ...state, pending: null, units: [...state.units, code] };
  const what = list(unit.lines.map((line) => amount(line.expected, line.unit)));
  return does(next, good(`Received: ${what}`, `At ${state.place}`), order);
}

function severalScanned(state: S, meaning: Meaning & { kind: "several" }, world: World): Step<S> {
  // The delivery says which item: only one of those that share the number is expected.
  const fitting = meaning.lots.filter((lot) => state.job.lines.some((line) => line.item === lot.item));
  const [only] = fitting;
  const item = fitting.length === 1 && only ? world.shelf.item(only.item) : null;
  if (!only || !item) {
    return sharedNumber(state, meaning.number);
  }
  return goodsScanned(state, { kind: "goods", item, lot: only, number: only.number, serial: false, said: meaning.said }, world);
}

function goodsScanned(state: S, meaning: Meaning & { kind: "goods" }, world: World): Step<S> {
  const { item, said } = meaning;
  const free = state.job.document !== "notice" && state.job.lines.length === 0;
  const lines = state.job.lines.filter((line) => line.item === item.code);
  const pending = state.pending;
  if (pending?.item === item.code && pending.lot === "" && meaning.number) {
    // The second barcode of the same package: the lot to the item.
    return settle({ ...state, pending: merged(pending, meaning) }, world, meaning.lot);
  }
  if (pending) {
    return stay(state, asks(`Where does ${pendingName(pending, world)} stand?`, "Scan its place first, or press Drop it."));
  }
  const on = lines.length ? undefined : state.job.units.find((unit) => !state.units.includes(unit.sscc) && unit.lines.some((line) => line.item === item.code));
  if (on) return stay(state, asks(`${item.name} comes on a pallet`, `Scan the pallet: ${ending(on.sscc)}`));
  if (!lines.length && !free) {
    const wanted = list(unique([...state.job.lines, ...state.job.units.flatMap((unit) => unit.lines)].map((line) => world.shelf.name(line.item))), 3);
    return stay(state, wrong(`Not expected: ${item.name}`, `This delivery brings ${wanted}. Put it aside. Nothing was saved.`));
  }
  const expired = said.expires_on ?? meaning.lot?.expires_on;
  if (expired && expired < world.today) {
    return stay(state, wrong(`Expired since ${day(expired)}`, "Do not take it in: give it back to the driver. Nothing was saved."));
  }
  const line = bestLine(lines, meaning.number);
  const open = line ? left(state, line) : "0";
  const quantity = said.quantity ?? (isPositive(open) ? open : "");
  const fine = quantity ? tooFine(quantity, item) : null;
  if (fine) return stay(state, fine);
  const next: Pending = {
    item: item.code,
    lot: meaning.number,
    serial: item.kept === "serial",
    quantity: item.kept === "serial" ? "1" : quantity,
    unit: said.unit ?? item.unit,
    said,
    facts: fromLabel(said),
    doubts: [],
    sure: false,
  };
  return settle({ ...state, pending: next }, world, meaning.lot);
}

function merged(pending: Pending, meaning: Meaning & { kind: "goods" }): Pending {
  const quantity = meaning.said.quantity ?? pending.quantity;
  return { ...pending, lot: meaning.number, quantity, facts: { ...pending.facts, ...fromLabel(meaning.said) } };
}

function settle(state: S, world: World, lot: Lot | null): Step<S> {
  const pending = state.pending as Pending;
  const known = lot ? { ...pending, facts: { ...knownOf(lot), ...pending.facts } } : pending;
  const doubts = doubtsAbout(state, known, lot);
  const next = { ...state, pending: { ...known, doubts } };
  const [doubt] = doubts;
  if (doubt) return stay(next, asks(doubt, "Look again. Press Take it in only when it is right."));
  return stay(next, good(pendingName(known, world), missing(next, world).length ? "One thing is missing." : ""));
}

function doubtsAbout(state: S, pending: Pending, lot: Lot | null): string[] {
  const lines = state.job.lines.filter((line) => line.item === pending.item);
  const doubts: string[] = [];
  const announced = unique(lines.map((line) => line.lot).filter((one) => one !== ""));
  if (pending.lot && announced.length && !announced.includes(pending.lot)) {
    doubts.push(`Lot ${pending.lot} is not announced; expected ${list(announced, 3)}`);
  }
  const said = pending.facts["expires_on"];
  const wanted = lot?.expires_on ?? lines.find((line) => line.lot && line.lot === pending.lot)?.expires_on;
  if (said && wanted && said !== wanted) doubts.push(`The label says ${day(said)}, the book ${day(wanted)}`);
  const open = lines.reduce((sum, line) => add(sum, left(state, line)), "0");
  if (lines.length && pending.quantity && compare(pending.quantity, open) > 0) {
    doubts.push(`More than expected: ${amount(open, pending.unit)} is open`);
  }
  return doubts;
}

function placeScanned(state: S, place: string, world: World): Step<S> {
  const here = { ...state, place };
  if (!state.pending) return stay(here, good(`Goods are taken in at ${place}`));
  return post(here, world);
}

// --- Keys and answers ---------------------------------------------------------------------------------

function changed(state: S, text: string, world: World): Step<S> {
  const item = state.pending ? world.shelf.item(state.pending.item) : null;
  if (!state.pending || !item) return emptyHand(state);
  const quantity = given(text, item);
  if (typeof quantity !== "string") return stay(state, quantity);
  return settle({ ...state, pending: { ...state.pending, quantity, sure: false } }, world, lotOf(state.pending, world));
}

/** One of the facts that the label did not say. */
function told(state: S, name: string, text: string, world: World): Step<S> {
  const { pending } = state;
  if (!pending) return stay(state);
  if (name === "expires_on" && text < world.today) {
    return stay(state, wrong(`Expired since ${day(text)}`, "Do not take it in: give it back to the driver."));
  }
  const lot = name !== "lot" ? pending.lot : text === NEW_LOT ? "" : text;
  const next = { ...pending, lot, facts: { ...pending.facts, [name]: text } };
  return settle({ ...state, pending: next }, world, lotOf(next, world));
}

function drop(state: S): Step<S> {
  return stay({ ...state, pending: null }, state.pending ? asks("Dropped", "Nothing was saved.") : null);
}

function sure(state: S, world: World): Step<S> {
  return state.pending ? post({ ...state, pending: { ...state.pending, sure: true } }, world) : stay(state);
}

function confirm(state: S, world: World): Step<S> {
  if (state.job.document === "transfer") return takeAll(state);
  if (state.pending) return post(state, world);
  return emptyHand(state);
}

/** Record it, or ask for what is still missing. */
function post(state: S, world: World): Step<S> {
  const pending = state.pending as Pending;
  const [lack] = missing(state, world);
  if (lack) return stay(state, asks("One thing is missing", questionFor(lack, state, world).label));
  const [doubt] = pending.doubts;
  if (doubt && !pending.sure) return stay(state, asks(doubt, "Press Take it in when it is right, or Drop it."));
  const order: Order = {
    kind: "receive",
    body: {
      document: state.job.document === "notice" ? "notice" : state.job.id ? "order" : "none",
      id: state.job.id,
      place: state.place,
      supplier: state.supplier,
      delivery_note: "",
      temperature: "",
      lines: [lineOf(pending)],
    },
    words: `Received ${amount(pending.quantity, pending.unit)} ${pending.lot || pending.item}`,
  };
  const got = [...state.got, { item: pending.item, lot: pending.lot, quantity: pending.quantity, unit: pending.unit }];
  const tell = good(`Received ${amount(pending.quantity, pending.unit)}`, `${pendingName(pending, world)} at ${state.place}`);
  return { state: { ...state, pending: null, got }, tell, orders: [order] };
}

function lineOf(pending: Pending): ReceiveLine {
  const { lot: _, ...facts } = pending.facts;
  const line = { item: pending.item, lot: pending.lot, quantity: pending.quantity, unit: pending.unit };
  return pending.serial ? { ...line, serial: pending.lot, ...facts } : { ...line, ...facts };
}

// --- What is seen -------------------------------------------------------------------------------------

function show(state: S, world: World): View {
  return state.job.document === "transfer" ? showTransfer(state) : showGoods(state, world);
}

function showGoods(state: S, world: World): View {
  const pending = state.pending;
  const item = pending ? world.shelf.item(pending.item) : null;
  const done = state.job.lines.filter((line) => !isPositive(left(state, line))).length + state.units.length;
  const view = { ...BLANK, rows: rowsOf(state, world), done, of: state.job.lines.length + state.job.units.length };
  if (!pending || !item) {
    const what = state.job.units.length > state.units.length ? "Scan a pallet, or the label of the goods" : "Scan the label of the goods";
    const all = view.of > 0 && done === view.of;
    return {
      ...view,
      instruction: all ? "All received. Go on with the next job" : what,
      why: state.place ? `Taken in at ${state.place}. Scan another place to change it.` : "Then scan the place.",
    };
  }
  const [lack] = missing(state, world);
  const doubtful = pending.doubts.length > 0;
  const subject = subjectOf(item, lotOf(pending, world), world, pending.lot);
  subject.expires_on = pending.facts["expires_on"] ?? subject.expires_on;
  return {
    ...view,
    instruction: lack ? questionFor(lack, state, world).label : doubtful ? "Is this right?" : "Scan the place where it stands",
    why: doubtful ? (pending.doubts[0] ?? "") : state.place ? `Or take it in at ${state.place}` : "",
    subject,
    quantity: pending.serial || !pending.quantity ? null : quantityOf(pending.quantity, item, pending.unit),
    ask: lack ? questionFor(lack, state, world) : null,
    primary: lack ? null : doubtful ? press("sure", "Take it in") : press("confirm", `Take in at ${state.place || "…"}`, state.place ? "" : "Scan the place"),
    others: [press("drop", "Drop it")],
  };
}

function rowsOf(state: S, world: World): Row[] {
  const units = state.job.units.map((unit): Row => ({
    text: grouped(unit.sscc),
    more: list(unit.lines.map((line) => `${amount(line.expected, line.unit)} ${world.shelf.name(line.item)}`), 2),
    state: state.units.includes(unit.sscc) ? "done" : "open",
    mono: true,
  }));
  const lines = state.job.lines.map((line): Row => {
    const open = left(state, line);
    const name = world.shelf.name(line.item);
    return {
      text: name,
      more: [line.lot, isPositive(open) ? `${amount(open, line.unit)} open` : `${amount(line.expected, line.unit)} received`].filter(Boolean).join(" · "),
      state: isPositive(open) ? "open" : "done",
    };
  });
  return [...units, ...lines];
}

// --- Small things -------------------------------------------------------------------------------------

/** What is still open of a line: the server's figure, less what was taken in here since. */
function left(state: S, line: ExpectedLine): string {
  const mine = state.got.filter((one) => one.item === line.item && (line.lot === "" || one.lot === line.lot));
  const onUnits = state.job.units
    .filter((unit) => !unit.received && state.units.includes(unit.sscc))
    .flatMap((unit) => unit.lines)
    .filter((one) => one.item === line.item && one.lot === line.lot);
  let open = subtract(line.expected, line.got);
  for (const one of mine) open = subtract(open, one.quantity);
  for (const one of onUnits) open = subtract(open, one.expected);
  return isPositive(open) ? open : "0";
}

function bestLine(lines: ExpectedLine[], lot: string): ExpectedLine | undefined {
  return lines.find((line) => line.lot === lot && lot !== "") ?? lines.find((line) => line.lot === "") ?? (lines.length === 1 ? lines[0] : undefined);
}

function fromLabel(said: Said): Record<string, string> {
  const facts: Record<string, string> = {};
  for (const name of FROM_LABEL) {
    const value = said[name];
    if (value) facts[name] = value;
  }
  return facts;
}

/** What the book knows of a lot need not be told again. */
function knownOf(lot: Lot): Record<string, string> {
  return lot.expires_on ? { expires_on: lot.expires_on } : {};
}

function lotOf(pending: Pending, world: World): Lot | null {
  return pending.lot ? (world.shelf.numbered(pending.lot, pending.item)[0] ?? null) : null;
}

function pendingName(pending: Pending, world: World): string {
  const name = world.shelf.name(pending.item);
  return pending.lot ? `${name}, ${pending.lot}` : name;
}

/** What the server counts by now is not counted here any more; what it has not heard of yet stays. */
function refresh(state: S, job: ReceiveJob): S {
  let got = state.got;
  for (const line of job.lines) {
    const before = state.job.lines.find((one) => one.item === line.item && one.lot === line.lot)?.got ?? line.got;
    const mine = got.filter((one) => one.item === line.item && (line.lot === "" || one.lot === line.lot));
    got = [...got.filter((one) => !mine.includes(one)), ...without(mine, subtract(line.got, before))];
  }
  const units = unique([...state.units, ...job.units.filter((unit) => unit.received).map((unit) => unit.sscc)]);
  return { ...state, job, units, got };
}

export const loop: Loop<ReceiveJob, ReceiveState> = { start, take, show, refresh };
