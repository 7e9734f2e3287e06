/** Move goods, or a unit as a whole: scan what, scan where to. Goods go onto a unit when its SSCC is scanned. */
import type { GoodsLine, Lot } from "../protocol.ts";
import { askStock, changedInHand, notThis, stopFor, subjectOf, wholeUnit } from "./judge.ts";
import {
  asks, BLANK, does, good, hears, type Loop, type Meaning, type Order, press, quantityOf, type Said,
  sharedNumber, stay, type Step, type View, whereFrom, type World, wrong,
} from "./loop.ts";
import { compare, isPositive } from "./quantity.ts";
import { amount, ending, list } from "./words.ts";

export interface MoveState {
  lot: string;
  from: string;
  quantity: string;
  /** As the label says: taken when the place is known. */
  said: string;
  sscc: string;
  moved: number;
}

/** A free loop has no job of the server behind it. */
export interface Free {
  lot?: string;
  sscc?: string;
}

type S = MoveState;
const EMPTY: S = { lot: "", from: "", quantity: "", said: "", sscc: "", moved: 0 };

function start(job: Free, world: World): S {
  if (job.sscc) return { ...EMPTY, sscc: job.sscc };
  const lot = job.lot ? world.shelf.lot(job.lot) : null;
  return lot ? lift({ ...EMPTY }, lot, null, world).state : EMPTY;
}

const take = hears<S>({
  scan: scanned,
  quantity: changedInHand,
  answer: { from },
  press: { drop: dropped },
  back: dropped,
});

function dropped(state: S): Step<S> {
  return stay({ ...EMPTY, moved: state.moved });
}

function scanned(state: S, meaning: Meaning, world: World): Step<S> {
  const full = state.lot !== "" || state.sscc !== "";
  switch (meaning.kind) {
    case "goods":
      if (full) return stay(state, asks("Something is in your hand", "Scan where it goes to, or press Drop it."));
      if (!meaning.lot) return stay(state, notKnown(meaning));
      return lift(state, meaning.lot, meaning.said, world);
    case "several":
      return full ? stay(state, asks("Something is in your hand", "Scan where it goes to.")) : sharedNumber(state, meaning.number);
    case "unit":
      if (!full) return stay({ ...EMPTY, moved: state.moved, sscc: meaning.sscc }, good("Whole unit", "Scan the place it goes to."));
      if (state.sscc === meaning.sscc) return stay(state, asks("This is in your hand already", "Scan the place it goes to."));
      return drop(state, meaning.sscc, true, world);
    case "place":
      if (!full) return stay(state, asks(`This is ${meaning.place.code}`, "Scan the goods first, then the place."));
      if (state.lot && !state.from) return from(state, meaning.place.code, world);
      return drop(state, meaning.place.code, false, world);
    case "unknown":
      return stay(state, notThis(meaning, "Scan a lot, a pallet or a place."));
  }
}

function notKnown(meaning: Meaning & { kind: "goods" }) {
  if (!meaning.number) return asks(`This is ${meaning.item.name}`, "Which lot? Scan the lot's label.");
  return wrong(`Lot ${meaning.number} is not in stock here`, "Receive it first, or look it up. Nothing was saved.");
}

function lift(state: S, lot: Lot, said: Said | null, world: World): Step<S> {
  const where = lot.at.filter((one) => isPositive(one.on_hand));
  if (!where.length) {
    return stay(state, wrong(`${lot.number}: nothing of it is here`, "Receive it first, or count it. Nothing was saved."));
  }
  const [only] = where;
  const next: S = { ...EMPTY, moved: state.moved, lot: lot.id, said: said?.quantity ?? "" };
  if (where.length > 1 || !only) return whereFrom(next);
  return from(next, only.place, world);
}

function from(state: S, place: string, world: World): Step<S> {
  const lot = world.shelf.lot(state.lot);
  if (!lot) return stay(state);
  const there = world.shelf.onHand(lot, place);
  if (!isPositive(there)) {
    const where = list(lot.at.map((one) => one.place), 3);
    return stay(state, wrong(`${lot.number} is not at ${place}`, `The book has it at ${where}. Scan one of these.`));
  }
  const quantity = state.said && compare(state.said, there) <= 0 ? state.said : there;
  const next = { ...state, from: place, quantity };
  const stop = stopFor(lot, world);
  if (stop) return stay(next, asks(stop.words, "It may only be moved out of the way."));
  return stay(next, good(`Taken from ${place}`, "Scan the place it goes to."));
}

function drop(state: S, to: string, onto: boolean, world: World): Step<S> {
  if (state.sscc) {
    const order: Order = { kind: "move_unit", body: { sscc: state.sscc, to }, words: `Unit ${ending(state.sscc)} to ${onto ? `${ending(to)}` : to}` };
    return does({ ...EMPTY, moved: state.moved + 1 }, good(`Moved to ${onto ? `unit ${ending(to)}` : to}`), order);
  }
  const lot = world.shelf.lot(state.lot);
  if (!lot || !state.from) return whereFrom(state);
  if (to === state.from) return stay(state, wrong(`It is at ${to} already`, "Scan the place it goes to."));
  const unit = world.shelf.unitOf(lot.item);
  const goods: GoodsLine = { lot: lot.id, quantity: state.quantity, unit, from: state.from };
  const what = `${amount(state.quantity, unit)} ${lot.number}`;
  const order: Order = onto
    ? { kind: "pack", body: { sscc: to, lines: [goods] }, words: `${what} onto ${ending(to)}` }
    : { kind: "move", body: { lines: [goods], to }, words: `${what} to ${to}` };
  return does({ ...EMPTY, moved: state.moved + 1 }, good(`Moved ${what}`, onto ? `Onto unit ${ending(to)}` : `To ${to}`), order);
}

function show(state: S, world: World): View {
  const moved = { ...BLANK, done: state.moved };
  if (state.sscc) {
    const unit = world.shelf.unit(state.sscc);
    return {
      ...moved,
      instruction: "Scan the place it goes to",
      why: unit?.place ? `It stands at ${world.shelf.called(unit.place)}` : "",
      subject: wholeUnit(state.sscc),
      others: [press("drop", "Drop it")],
    };
  }
  const lot = world.shelf.lot(state.lot);
  if (!lot) return { ...moved, instruction: "Scan what you move", why: "A lot, or the SSCC of a whole unit" };
  const item = world.shelf.item(lot.item);
  const subject = subjectOf(item, lot, world);
  if (!state.from) {
    return {
      ...moved,
      instruction: "Scan the place you take it from",
      subject,
      ask: askStock(lot, world),
      others: [press("drop", "Drop it")],
    };
  }
  return {
    ...moved,
    instruction: "Scan the place it goes to",
    why: `From ${world.shelf.called(state.from)}`,
    subject,
    quantity: quantityOf(state.quantity, item),
    others: [press("drop", "Drop it")],
  };
}

export const loop: Loop<Free, MoveState> = { start, take, show };
