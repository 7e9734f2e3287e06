/** Pack goods into a unit: scan the SSCC of its label, then every lot that goes into it. */
import type { Lot } from "../protocol.ts";
import { askStock, changedInHand, notThis, stopFor, subjectOf } from "./judge.ts";
import {
  asks, BLANK, does, emptyHand, good, hears, type Loop, type Meaning, type Order, press, quantityOf, type Row,
  type Said, sharedNumber, stay, type Step, type View, whereFrom, type World, wrong,
} from "./loop.ts";
import type { Free } from "./move.ts";
import { isPositive, least } from "./quantity.ts";
import { amount, ending, list, sscc as grouped } from "./words.ts";

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
const PUT_DOWN = { lot: "", from: "", quantity: "", said: "" };

function start(job: Free): S {
  return { ...EMPTY, sscc: job.sscc ?? "" };
}

const take = hears<S>({
  scan: scanned,
  quantity: (state, text, world) => changedInHand(state, text, world, "Scan a lot first."),
  answer: { from },
  press: {
    confirm,
    drop: putDown,
    new: () => stay({ ...EMPTY, sscc: "new" }, good("A new unit", "Its number comes with the first lot.")),
    next: () => stay(EMPTY, good("Next unit", "Scan its SSCC.")),
  },
  confirm,
  back: putDown,
});

function confirm(state: S, world: World): Step<S> {
  return state.from ? put(state, world) : emptyHand(state, "Scan a lot.");
}

function putDown(state: S): Step<S> {
  return stay({ ...state, ...PUT_DOWN });
}

function scanned(state: S, meaning: Meaning, world: World): Step<S> {
  if (meaning.kind === "unit") {
    // What is in the hand goes into the unit before; then the next one begins.
    const before = state.from ? put(state, world) : stay(state);
    const known = meaning.unit?.place ? `It stands at ${world.shelf.called(meaning.unit.place)}` : "Scan the lots that go into it.";
    return { state: { ...EMPTY, sscc: meaning.sscc }, tell: good(`Unit ${ending(meaning.sscc)}`, known), orders: before.orders };
  }
  if (!state.sscc) return stay(state, asks("Which unit?", "Scan the SSCC of its label first."));
  if (meaning.kind === "place") {
    return state.lot && !state.from ? from(state, meaning.place.code, world) : stay(state, asks(`This is ${meaning.place.code}`, "Scan a lot."));
  }
  if (meaning.kind === "several") return sharedNumber(state, meaning.number);
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
  if (where.length > 1) return whereFrom(next);
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
  return stay({ ...state, from: place, quantity }, good(`${amount(quantity, world.shelf.unitOf(lot.item))} ${lot.number}`, "Right? Scan the next one, or press Pack."));
}

function put(state: S, world: World): Step<S> {
  const lot = world.shelf.lot(state.lot);
  if (!lot) return stay(state);
  const unit = world.shelf.unitOf(lot.item);
  const words = `${amount(state.quantity, unit)} ${lot.number}`;
  const order: Order = {
    kind: "pack",
    body: { sscc: state.sscc, lines: [{ lot: lot.id, quantity: state.quantity, unit, from: state.from }] },
    words: `Packed ${words}`,
  };
  const packed = [...state.packed, { number: lot.number, words }];
  return does({ ...state, ...PUT_DOWN, packed }, good(`Packed ${words}`), order);
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
    const ask = askStock(lot, world);
    return { ...view, instruction: "Scan the place you take it from", subject, ask, others: [press("drop", "Drop it")] };
  }
  return {
    ...view,
    instruction: "Pack it, or scan the next one",
    why: `Into ${called}`,
    subject,
    quantity: quantityOf(state.quantity, item),
    primary: press("confirm", `Pack ${amount(state.quantity, item?.unit ?? "")}`),
    others: [press("drop", "Drop it")],
  };
}

export const loop: Loop<Free, PackState> = { start, take, show };
