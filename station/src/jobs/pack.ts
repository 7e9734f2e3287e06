/** Pack goods into a unit: scan the SSCC of its label, then every lot that goes into it. */
import type { Lot } from "../protocol.ts";
import { notThis, stopFor, subjectOf, tooFine } from "./judge.ts";
import {
  asks, BLANK, good, type Input, type Loop, type Meaning, type Order, press, type Row, type Said, stay, type Step,
  type View, type World, wrong,
} from "./loop.ts";
import type { Free } from "./move.ts";
import { compare, isPositive, least, typed } from "./quantity.ts";
import { amount, list, sscc as grouped } from "./words.ts";

export interface PackState {
  sscc: string;
  lot: string;
  from: string;
  quantity: string;
  said: string;
  packed: { number: string; words: string }[];
}

type S = PackState;
const EMPTY: S = { sscc: "", lot: "", from: "", quantity: "", said: "", packed: [] };
const emptyHand = { lot: "", from: "", quantity: "", said: "" };

function start(job: Free): S {
  return { ...EMPTY, sscc: job.sscc ?? "" };
}

function take(state: S, input: Input, world: World): Step<S> {
  switch (input.do) {
    case "scan":
      return scanned(state, input.meaning, world);
    case "quantity":
      return changed(state, input.quantity, world);
    case "answer":
      return input.field === "from" ? from(state, input.value, world) : stay(state);
    case "press":
      return pressed(state, input.key, world);
    case "command":
      if (input.command === "confirm") return pressed(state, "confirm", world);
      return input.command === "back" ? pressed(state, "drop", world) : stay(state);
  }
}

function pressed(state: S, key: string, world: World): Step<S> {
  switch (key) {
    case "confirm":
      return state.from ? put(state, world) : stay(state, asks("Nothing in hand", "Scan a lot."));
    case "drop":
      return stay({ ...state, ...emptyHand });
    case "new":
      return stay({ ...EMPTY, sscc: "new" }, good("A new unit", "Its number comes with the first lot."));
    case "next":
      return stay(EMPTY, good("Next unit", "Scan its SSCC."));
    default:
      return stay(state);
  }
}

function scanned(state: S, meaning: Meaning, world: World): Step<S> {
  if (meaning.kind === "unit") {
    // What is in the hand goes into the unit before; then the next one begins.
    const before = state.from ? put(state, world) : stay(state);
    const known = meaning.unit?.place ? `It stands at ${world.shelf.called(meaning.unit.place)}` : "Scan the lots that go into it.";
    return { state: { ...EMPTY, sscc: meaning.sscc }, tell: good(`Unit …${meaning.sscc.slice(-6)}`, known), orders: before.orders };
  }
  if (!state.sscc) return stay(state, asks("Which unit?", "Scan the SSCC of its label first."));
  if (meaning.kind === "place") {
    return state.lot && !state.from ? from(state, meaning.place.code, world) : stay(state, asks(`This is ${meaning.place.code}`, "Scan a lot."));
  }
  if (meaning.kind === "several") return stay(state, asks(`Several items have a lot ${meaning.number}`, "Scan the item's barcode too."));
  if (meaning.kind === "unknown") return stay(state, notThis(meaning, "Scan the label of a lot."));
  if (!meaning.lot) {
    if (!meaning.number) return stay(state, asks(`This is ${meaning.item.name}`, "Which lot? Scan the lot's label."));
    return stay(state, wrong(`Lot ${meaning.number} is not in stock here`, "Put it aside. Nothing was saved."));
  }
  const before = state.from ? put(state, world) : stay(state);
  const after = lift(before.state, meaning.lot, meaning.said, world);
  return { state: after.state, tell: after.tell, orders: [...before.orders, ...after.orders] };
}

function lift(state: S, lot: Lot, said: Said, world: World): Step<S> {
  const stop = stopFor(lot, world);
  if (stop) return stay(state, stop);
  const where = lot.at.filter((one) => isPositive(one.on_hand) && one.place !== state.sscc);
  const [only] = where;
  if (!only) return stay(state, wrong(`${lot.number}: nothing of it is here`, "Put it aside. Nothing was saved."));
  const next: S = { ...state, lot: lot.id, from: "", quantity: "", said: said.quantity ?? "" };
  if (where.length > 1) return stay(next, asks("Where do you take it from?", "Scan that place."));
  return from(next, only.place, world);
}

function from(state: S, place: string, world: World): Step<S> {
  const lot = world.shelf.lot(state.lot);
  if (!lot) return stay(state);
  const there = world.shelf.onHand(lot, place);
  if (!isPositive(there)) {
    return stay(state, wrong(`${lot.number} is not at ${place}`, `The book has it at ${list(lot.at.map((one) => one.place), 3)}.`));
  }
  const quantity = state.said ? least(state.said, there) : there;
  return stay({ ...state, from: place, quantity }, good(`${amount(quantity, unitOf(lot, world))} ${lot.number}`, "Right? Scan the next one, or press Pack."));
}

function put(state: S, world: World): Step<S> {
  const lot = world.shelf.lot(state.lot);
  if (!lot) return stay(state);
  const unit = unitOf(lot, world);
  const words = `${amount(state.quantity, unit)} ${lot.number}`;
  const order: Order = {
    kind: "pack",
    body: { sscc: state.sscc, lines: [{ lot: lot.id, quantity: state.quantity, unit, from: state.from }] },
    words: `Packed ${words}`,
  };
  const packed = [...state.packed, { number: lot.number, words }];
  return { state: { ...state, ...emptyHand, packed }, tell: good(`Packed ${words}`), orders: [order] };
}

function changed(state: S, text: string, world: World): Step<S> {
  const lot = world.shelf.lot(state.lot);
  const item = lot ? world.shelf.item(lot.item) : null;
  const quantity = typed(text);
  if (!lot || !item || !state.from) return stay(state, asks("Nothing in hand", "Scan a lot first."));
  if (!quantity || !isPositive(quantity)) return stay(state, wrong("That is no quantity", "Give it in digits, more than 0."));
  const fine = tooFine(quantity, item);
  if (fine) return stay(state, fine);
  const there = world.shelf.onHand(lot, state.from);
  if (compare(quantity, there) > 0) {
    return stay(state, wrong(`Only ${amount(there, item.unit)} are at ${state.from}`, "Give less, or count the place. Nothing was saved."));
  }
  return stay({ ...state, quantity });
}

function unitOf(lot: Lot, world: World): string {
  return world.shelf.item(lot.item)?.unit ?? "";
}

function show(state: S, world: World): View {
  const rows = state.packed.map((one): Row => ({ text: one.words, more: "", state: "done" }));
  const view = { ...BLANK, rows, done: state.packed.length };
  if (!state.sscc) return { ...view, instruction: "Scan the SSCC of the unit", why: "Its printed label, or a new unit", others: [press("new", "New unit")] };
  const called = state.sscc === "new" ? "a new unit" : grouped(state.sscc);
  const lot = world.shelf.lot(state.lot);
  if (!lot) {
    return { ...view, instruction: "Scan what goes into it", why: `Into ${called}`, others: state.packed.length ? [press("next", "Next unit")] : [] };
  }
  const item = world.shelf.item(lot.item);
  const subject = subjectOf(item, lot, world);
  if (!state.from) {
    const choices = lot.at.slice(0, 4).map((one) => ({ value: one.place, label: `${world.shelf.called(one.place)}: ${amount(one.on_hand, item?.unit ?? "")}` }));
    return { ...view, instruction: "Scan the place you take it from", subject, ask: { field: "from", label: "Or choose it", hint: "", kind: "choice", choices }, others: [press("drop", "Drop it")] };
  }
  return {
    ...view,
    instruction: "Pack it, or scan the next one",
    why: `Into ${called}`,
    subject,
    quantity: { value: state.quantity, unit: item?.unit ?? "", scale: item?.scale ?? 0 },
    primary: press("confirm", `Pack ${amount(state.quantity, item?.unit ?? "")}`),
    others: [press("drop", "Drop it")],
  };
}

/** The number of a new unit, once the server has given it: what follows goes into the same. */
export function numbered(state: S, sscc: string): S {
  return state.sscc === "new" ? { ...state, sscc } : state;
}

export const pack: Loop<Free, PackState> = { start, take, show };
