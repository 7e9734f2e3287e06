/**
 * Make something: scan what goes in, in any order, against what the recipe needs; then say what came out. The
 * quantity is what is still needed, or what is left of the lot.
 */
import type { Lot, PickLine, ProduceJob } from "../protocol.ts";
import { given, notThis, stopFor, subjectOf, tooFine } from "./judge.ts";
import {
  askFrom, askNumber, askReason, asks, BLANK, type Button, does, good, hears, type Loop, type Meaning, type Order, press,
  quantityOf, type Row, type Said, sharedNumber, stay, type Step, type View, whereFrom, type World, wrong,
} from "./loop.ts";
import { compare, isPositive, least, subtract, without } from "./quantity.ts";
import { amount, day, list } from "./words.ts";

export interface ProduceState {
  job: ProduceJob;
  /** Put in here since the server told. */
  issued: { item: string; lot: string; place: string; quantity: string }[];
  /** A quantity given before the scan, for the item in front. */
  quantity: string;
  why: { lot: string; place: string; quantity: string; about: "lot" | "more" } | null;
  /** Several places hold the lot: which? */
  where: { lot: string; said: string } | null;
  out: { quantity: string; place: string; lot: string } | null;
  /** How many labels is asked. */
  copies: boolean;
  made: { lot: string; quantity: string; unit: string }[];
  /** What of it the server has not counted yet. */
  uncounted: { quantity: string }[];
}

type S = ProduceState;

const REASONS = ["The suggested lot is used up", "Damaged", "It can not be reached"];
const MORE = ["Weighed more", "Replaces a loss", "The recipe was adjusted"];

function start(job: ProduceJob): S {
  return { job, issued: [], quantity: "", why: null, where: null, out: null, copies: false, made: [], uncounted: [] };
}

// --- What is needed -----------------------------------------------------------------------------------

function left(state: S, code: string): string {
  const need = state.job.needs.find((one) => one.item === code);
  let open = need?.left ?? "0";
  for (const one of state.issued) if (one.item === code) open = subtract(open, one.quantity);
  return isPositive(open) ? open : "0";
}

function takeLeft(state: S, line: PickLine): string {
  let open = line.quantity;
  for (const one of state.issued) if (one.lot === line.lot && one.place === line.place) open = subtract(open, one.quantity);
  return isPositive(open) ? open : "0";
}

/** The suggestion in front: the first one of what is still needed. */
function front(state: S): PickLine | undefined {
  return state.job.take.find((line) => isPositive(left(state, line.item)) && isPositive(takeLeft(state, line)));
}

function allIn(state: S): boolean {
  return state.job.needs.every((need) => need.optional || !isPositive(left(state, need.item)));
}

// --- Putting in ---------------------------------------------------------------------------------------

const take = hears<S>({
  scan: (state, meaning, world) => (state.out ? outScanned(state, meaning, world) : scanned(state, meaning, world)),
  quantity: changed,
  answer: { quantity: changed, copies: labels, from, reason },
  press: { out: takeOut, make, print: (state) => stay({ ...state, copies: true }), no: back },
  confirm: (state, world) => (state.out ? make(state, world) : takeOut(state, world)),
  back,
});

function scanned(state: S, meaning: Meaning, world: World): Step<S> {
  switch (meaning.kind) {
    case "goods":
      return goodsScanned(state, meaning, world);
    case "several": {
      const ours = meaning.lots.filter((lot) => state.job.needs.some((need) => need.item === lot.item));
      const [only] = ours;
      if (ours.length === 1 && only) return lotScanned(state, only, meaning.said, world);
      return sharedNumber(state, meaning.number);
    }
    case "place":
      if (state.where) return from(state, meaning.place.code, world);
      return stay(state, asks(`This is ${meaning.place.code}`, "Scan the lot that goes in."));
    default:
      return stay(state, notThis(meaning, remedyFor(state, world)));
  }
}

function goodsScanned(state: S, meaning: Meaning & { kind: "goods" }, world: World): Step<S> {
  const { item, lot } = meaning;
  const need = state.job.needs.find((one) => one.item === item.code);
  if (!need) {
    const wanted = list(state.job.needs.filter((one) => isPositive(left(state, one.item))).map((one) => world.shelf.name(one.item)), 3);
    return stay(state, wrong(`Wrong item: ${item.name}`, `${wanted ? `Still needed: ${wanted}.` : "All is in."} Put it back. Nothing was saved.`));
  }
  if (!lot && !meaning.number) return stay(state, asks(`${item.name}. Which lot?`, "Scan the lot's label."));
  if (!lot) return stay(state, wrong(`Lot ${meaning.number} is not in stock here`, "Do not use it. Nothing was saved."));
  return lotScanned(state, lot, meaning.said, world);
}

function lotScanned(state: S, lot: Lot, said: Said, world: World): Step<S> {
  const stop = stopFor(lot, world);
  if (stop) return stay(state, { ...stop, remedy: `Do not use it. ${remedyFor(state, world)}` });
  const advised = state.job.take.find((line) => line.lot === lot.id && isPositive(takeLeft(state, line)));
  if (advised) return inPlace(state, lot, advised.place, said.quantity ?? "", world);
  const where = lot.at.filter((one) => isPositive(one.on_hand));
  const [only] = where;
  if (!only) return stay(state, wrong(`${lot.number}: nothing of it is here`, "Count it, or take another lot. Nothing was saved."));
  const here = where.find((one) => one.place === state.job.place);
  if (where.length > 1 && !here) {
    return whereFrom({ ...state, where: { lot: lot.id, said: said.quantity ?? "" } });
  }
  return inPlace(state, lot, (here ?? only).place, said.quantity ?? "", world);
}

function inPlace(state: S, lot: Lot, place: string, said: string, world: World): Step<S> {
  const there = world.shelf.onHand(lot, place);
  const open = left(state, lot.item);
  const first = front(state);
  const advised = state.job.take.some((line) => line.lot === lot.id && line.place === place);
  const given = state.quantity && first?.item === lot.item ? state.quantity : "";
  const wanted = given || said || (isPositive(open) ? open : "");
  if (!wanted) return stay(state, wrong(`${world.shelf.name(lot.item)} is in already`, "Put it back. Give a quantity first if more must go in."));
  const line = state.job.take.find((one) => one.lot === lot.id && one.place === place);
  // Without a word about it: what is needed, no more than the suggestion, no more than is there.
  const most = given || said ? wanted : least(wanted, line ? least(there, takeLeft(state, line)) : there);
  if (compare(most, there) > 0) {
    return stay(state, wrong(`Only ${amount(there, world.shelf.unitOf(lot.item))} of ${lot.number} are at ${place}`, "Give less, or count it. Nothing was saved."));
  }
  const quantity = isPositive(most) ? most : there;
  const firstOf = state.job.take.find((one) => one.item === lot.item && isPositive(takeLeft(state, one)));
  if (!advised && firstOf && firstOf.lot !== lot.id) {
    const better = world.shelf.lot(firstOf.lot);
    const why = better?.expires_on ? `${better.number} goes first: it expires ${day(better.expires_on)}.` : `${better?.number ?? "Another lot"} goes first.`;
    return stay({ ...state, where: null, why: { lot: lot.id, place, quantity, about: "lot" } }, wrong(`Another lot: ${lot.number}`, `${why} Put this back, or say why.`));
  }
  if (compare(quantity, open) > 0) {
    return stay({ ...state, where: null, why: { lot: lot.id, place, quantity, about: "more" } }, asks("More than the recipe needs", `${amount(open, world.shelf.unitOf(lot.item))} still needed. Say why it is more.`));
  }
  return issue(state, lot, place, quantity, "", world);
}

function issue(state: S, lot: Lot, from: string, quantity: string, reason: string, world: World): Step<S> {
  const unit = world.shelf.unitOf(lot.item);
  const order: Order = {
    kind: "issue",
    body: { run: state.job.id, lot: lot.id, quantity, unit, from, reason },
    words: `Put in ${amount(quantity, unit)} ${lot.number}`,
  };
  const issued = [...state.issued, { item: lot.item, lot: lot.id, place: from, quantity }];
  const next: S = { ...state, issued, quantity: "", why: null, where: null };
  const open = left(next, lot.item);
  const rest = isPositive(open) ? `${amount(open, unit)} of it still needed` : allIn(next) ? "All is in" : `Next: ${world.shelf.name(front(next)?.item ?? "")}`;
  return does(next, good(`In: ${amount(quantity, unit)} ${world.shelf.name(lot.item)}`, rest), order);
}

// --- Coming out ---------------------------------------------------------------------------------------

function outScanned(state: S, meaning: Meaning, world: World): Step<S> {
  if (meaning.kind === "place" && state.out) return make({ ...state, out: { ...state.out, place: meaning.place.code } }, world);
  return stay(state, notThis(meaning, "Scan the place where it stands, or press Back."));
}

function make(state: S, world: World): Step<S> {
  const out = state.out;
  if (!out) return stay(state);
  if (!out.quantity) return stay(state, asks("How much came out?", "Give the quantity."));
  if (!out.place) return stay(state, asks("Where does it stand?", "Scan the place."));
  const { job } = state;
  const body = { run: job.id, lot: out.lot || job.output.lot, quantity: out.quantity, unit: job.unit, to: out.place };
  const order: Order = {
    kind: "output",
    body: job.output.expires_on ? { ...body, expires_on: job.output.expires_on } : body,
    words: `Made ${amount(out.quantity, job.unit)} ${body.lot}`.trim(),
  };
  const made = [...state.made, { lot: body.lot, quantity: out.quantity, unit: job.unit }];
  const fine = world.shelf.item(job.item);
  const wrongScale = fine ? tooFine(out.quantity, fine) : null;
  if (wrongScale) return stay(state, wrongScale);
  const uncounted = [...state.uncounted, { quantity: out.quantity }];
  return does({ ...state, out: null, made, uncounted }, good(`Made ${amount(out.quantity, job.unit)}`, body.lot ? `Lot ${body.lot} at ${out.place}` : `At ${out.place}`), order);
}

/** Labels of what was made last. */
function labels(state: S, text: string, world: World): Step<S> {
  const copies = Number(text);
  const number = state.made.at(-1)?.lot ?? "";
  if (!Number.isInteger(copies) || copies < 1 || copies > 100) return stay(state, wrong("That is no number of labels", "Give 1 to 100."));
  const id = world.shelf.numbered(number, state.job.item)[0]?.id;
  // The server tells the lot a moment after it was made.
  if (!id) return stay(state, asks(`The server does not know ${number} yet`, "Wait until all is on the server, then press Take again."));
  const order: Order = { kind: "print", body: { what: "lot", id, copies }, words: `${copies} labels of ${number}` };
  return does({ ...state, copies: false }, good(`${copies} labels of ${number}`, "They go to the printer."), order);
}

function planned(state: S): string {
  let open = subtract(state.job.planned, state.job.made);
  for (const one of state.uncounted) open = subtract(open, one.quantity);
  return isPositive(open) ? open : "";
}

// --- Keys ---------------------------------------------------------------------------------------------

function changed(state: S, text: string, world: World): Step<S> {
  const quantity = given(text, world.shelf.item(state.out ? state.job.item : (front(state)?.item ?? "")));
  if (typeof quantity !== "string") return stay(state, quantity);
  if (state.out) return stay({ ...state, out: { ...state.out, quantity } });
  return stay({ ...state, quantity });
}

/** The place it is taken from, when several hold the lot. */
function from(state: S, place: string, world: World): Step<S> {
  if (!state.where) return stay(state);
  const lot = world.shelf.lot(state.where.lot);
  if (lot && isPositive(world.shelf.onHand(lot, place))) return inPlace(state, lot, place, state.where.said, world);
  return stay(state, wrong(`It is not at ${place}`, `Scan ${list(lot?.at.map((one) => one.place) ?? [], 3)}.`));
}

function reason(state: S, text: string, world: World): Step<S> {
  const lot = state.why ? world.shelf.lot(state.why.lot) : null;
  return state.why && lot ? issue(state, lot, state.why.place, state.why.quantity, text, world) : stay(state);
}

function takeOut(state: S, world: World): Step<S> {
  if (!allIn(state) && !state.issued.length && !isPositive(issuedBefore(state))) {
    return stay(state, asks("Nothing is in yet", remedyFor(state, world)));
  }
  return stay({ ...state, out: { quantity: planned(state), place: state.job.place, lot: "" }, why: null, where: null });
}

function back(state: S): Step<S> {
  return stay({ ...state, out: null, copies: false, why: null, where: null, quantity: "" });
}

function issuedBefore(state: S): string {
  return state.job.needs.find((need) => isPositive(need.issued))?.issued ?? "0";
}

// --- What is seen -------------------------------------------------------------------------------------

function remedyFor(state: S, world: World): string {
  const line = front(state);
  if (!line) return allIn(state) ? "All is in. Put it back." : "Put it back. Nothing was saved.";
  return `Take ${world.shelf.lot(line.lot)?.number ?? ""} ${world.shelf.name(line.item)} at ${world.shelf.called(line.place)}. Nothing was saved.`;
}

function show(state: S, world: World): View {
  const first = front(state);
  const rows = state.job.needs.map((need): Row => {
    const open = left(state, need.item);
    return {
      text: world.shelf.name(need.item),
      more: isPositive(open) ? `${amount(open, need.unit)} needed${need.optional ? ", or not" : ""}` : `${amount(need.needed, need.unit)} in`,
      state: !isPositive(open) ? "done" : first?.item === need.item ? "now" : "open",
    };
  });
  const done = state.job.needs.filter((need) => !isPositive(left(state, need.item))).length;
  const view = { ...BLANK, rows, done, of: state.job.needs.length };
  if (state.out) return showOut(state, view, world);
  if (state.copies) {
    return { ...view, rows: [], instruction: "How many labels?", ask: askNumber("copies", "How many labels?"), others: [press("no", "Back")] };
  }
  if (state.why) {
    const lot = world.shelf.lot(state.why.lot);
    return {
      ...view,
      instruction: state.why.about === "lot" ? `Why ${lot?.number ?? "another lot"}?` : "Why is it more?",
      subject: subjectOf(lot ? world.shelf.item(lot.item) : null, lot, world),
      ask: askReason(state.why.about === "lot" ? REASONS : MORE),
      others: [press("no", "Put it back")],
    };
  }
  if (state.where) {
    const lot = world.shelf.lot(state.where.lot);
    return {
      ...view,
      instruction: "Scan the place you take it from",
      subject: subjectOf(lot ? world.shelf.item(lot.item) : null, lot, world),
      ask: askFrom(lot, (one) => world.shelf.called(one.place)),
      others: [press("no", "Drop it")],
    };
  }
  return showIn(state, first, view, world);
}

function showIn(state: S, first: PickLine | undefined, view: View, world: World): View {
  const finished = allIn(state);
  const others: Button[] = finished ? [] : [press("out", "Take out")];
  const last = state.made.at(-1);
  if (finished && last) {
    const labels = last.lot ? [press("print", "Print labels")] : [];
    return { ...view, instruction: "Made. Go on with the next job", why: last.lot ? `Lot ${last.lot}` : "", others: [...labels, press("out", "Take out more")] };
  }
  const primary = finished ? press("out", "Take out") : null;
  if (!first) {
    const open = state.job.needs.filter((need) => !need.optional && isPositive(left(state, need.item)));
    if (!open.length) return { ...view, instruction: "All is in. Take out what was made", primary };
    const [lack] = open;
    return { ...view, instruction: `Scan ${lack ? world.shelf.name(lack.item) : "what goes in"}`, why: lack ? `${amount(left(state, lack.item), lack.unit)} needed. No lot of it is free: tell the planner.` : "", others };
  }
  const lot = world.shelf.lot(first.lot);
  const item = world.shelf.item(first.item);
  const open = least(left(state, first.item), takeLeft(state, first));
  return {
    ...view,
    instruction: `Scan ${lot?.number ?? ""} at ${world.shelf.called(first.place)}`,
    why: first.why,
    subject: subjectOf(item, lot, world),
    quantity: quantityOf(state.quantity || open, item),
    primary,
    others,
  };
}

function showOut(state: S, view: View, world: World): View {
  const { job } = state;
  const out = state.out as NonNullable<S["out"]>;
  const item = world.shelf.item(job.item);
  const subject = { title: item?.name ?? job.item, number: job.output.lot, status: null, expires_on: job.output.expires_on, facts: [] };
  const still = job.needs.filter((need) => !need.optional && isPositive(left(state, need.item)));
  const why = still.length ? `Not in yet: ${list(still.map((need) => world.shelf.name(need.item)), 3)}` : job.output.lot ? "Lot and expiry by your rule" : "It gets a lot number by your rule";
  const base = { ...view, rows: [], subject, why, others: [press("no", "Back")] };
  if (!out.quantity) return { ...base, instruction: "How much came out?", ask: askNumber("quantity", "How much came out?") };
  return {
    ...base,
    instruction: out.place ? "Right? Take it out, or scan where it stands" : "Scan the place where it stands",
    quantity: quantityOf(out.quantity, item, job.unit),
    primary: press("make", `Take out at ${out.place || "…"}`, out.place ? "" : "Scan the place"),
  };
}

/** What the server counts by now is not counted here any more; what it has not heard of yet stays. */
function refresh(state: S, job: ProduceJob): S {
  let issued = state.issued;
  for (const need of job.needs) {
    const before = state.job.needs.find((one) => one.item === need.item)?.issued ?? need.issued;
    const mine = issued.filter((one) => one.item === need.item);
    issued = [...issued.filter((one) => one.item !== need.item), ...without(mine, subtract(need.issued, before))];
  }
  const counted = without(state.uncounted, subtract(job.made, state.job.made));
  return { ...state, job, issued, uncounted: counted };
}

export const loop: Loop<ProduceJob, ProduceState> = { start, take, show, refresh };
