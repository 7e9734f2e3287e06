/**
 * Pick what was reserved: place after place, what expires first in front. The scan of the lot confirms the line.
 * Anything else than what is asked for stops, and says what to do.
 */
import type { Lot, PickJob, PickLine } from "../protocol.ts";
import { given, notThis, stopFor, subjectOf } from "./judge.ts";
import {
  askReason, asks, BLANK, type Button, does, good, hears, type Loop, type Meaning, type Order, press, quantityOf, type Row,
  sharedNumber, stay, type Step, type View, type World, wrong,
} from "./loop.ts";
import { compare, isPositive } from "./quantity.ts";
import { amount, day, ending } from "./words.ts";

export interface PickState {
  job: PickJob;
  /** Claims that were picked here, or left out for now. */
  picked: string[];
  skipped: string[];
  /** The claim in front. */
  now: string;
  /** Its place was scanned. */
  there: boolean;
  /** Less than asked for, or "" for all of it. */
  quantity: string;
  /** Waits for a reason: another lot, or less. */
  why: { lot: string; about: "lot" | "short" } | null;
  /** Where picked goods go: place, SSCC, "new", or "". */
  to: string;
  /** A place that is none of the list: perhaps the stage. */
  stage: string;
}

type S = PickState;

export const SHORT = ["Not more is there", "Damaged", "Bin is blocked"];
export const OTHER = ["The suggested lot is not there", "Damaged", "It can not be reached"];

function start(job: PickJob): S {
  const state: S = { job, picked: [], skipped: [], now: "", there: false, quantity: "", why: null, to: "", stage: "" };
  return onward(state);
}

function open(state: S): PickLine[] {
  return state.job.lines.filter((line) => !state.picked.includes(line.claim));
}

/** The next line in walking order, those left out last. */
function onward(state: S): S {
  const rest = open(state);
  const next = rest.find((line) => !state.skipped.includes(line.claim)) ?? rest[0];
  return { ...state, now: next?.claim ?? "", there: false, quantity: "", why: null, stage: "" };
}

function current(state: S): PickLine | undefined {
  return state.job.lines.find((line) => line.claim === state.now);
}

const take = hears<S>({
  scan: scanned,
  quantity: changed,
  answer: { reason: (state, reason, world) => (state.why ? picked(state, state.why.lot, reason, world) : stay(state)) },
  press: {
    confirm,
    no: back,
    skip,
    stage: (state) => stay({ ...state, to: state.stage, stage: "" }, good(`Picked goods go to ${state.stage}`)),
    new: (state) => stay({ ...state, to: "new" }, good("A new pallet", "What you pick next begins it.")),
    off: (state) => stay({ ...state, to: "" }, good("Not onto a pallet any more")),
  },
  confirm,
  back,
});

function scanned(state: S, meaning: Meaning, world: World): Step<S> {
  const line = current(state);
  switch (meaning.kind) {
    case "place":
      return placeScanned(state, meaning.place.code, world);
    case "unit":
      return unitScanned(state, meaning.sscc, world);
    case "goods":
      if (!line) return allPicked(state);
      return goodsScanned(state, line, meaning, world);
    case "several": {
      const ours = meaning.lots.find((lot) => lot.id === line?.lot) ?? meaning.lots.find((lot) => open(state).some((one) => one.lot === lot.id));
      if (!ours) return stay(state, wrong(`Lot ${meaning.number} is not wanted`, remedyFor(line, world)));
      return sharedNumber(state, meaning.number);
    }
    case "unknown":
      return stay(state, notThis(meaning, remedyFor(line, world)));
  }
}

function goodsScanned(state: S, line: PickLine, meaning: Meaning & { kind: "goods" }, world: World): Step<S> {
  const { item, lot } = meaning;
  const wanted = world.shelf.lot(line.lot);
  if (lot && lot.id === line.lot) return lotScanned(state, line, lot, world);
  const elsewhere = lot ? open(state).find((one) => one.lot === lot.id) : undefined;
  if (lot && elsewhere) return lotScanned(onto(state, elsewhere), elsewhere, lot, world);
  if (item.code !== line.item) {
    return stay(state, wrong(`Wrong item: ${item.name}`, remedyFor(line, world)));
  }
  if (!meaning.number) return stay(state, asks(`Right item. Which lot?`, `Scan the lot's label: ${wanted?.number ?? ""}`));
  if (!lot) return stay(state, wrong(`Lot ${meaning.number} is not in stock`, remedyFor(line, world)));
  const stop = stopFor(lot, world);
  if (stop) return stay(state, { ...stop, remedy: remedyFor(line, world) });
  return otherLot(state, line, lot, world);
}

/** A lot that could be used but is not the one that goes first. */
function otherLot(state: S, line: PickLine, lot: Lot, world: World): Step<S> {
  const where = lot.at.find((one) => one.place === line.place) ?? lot.at.find((one) => isPositive(world.shelf.free(lot, one.place)));
  const wanted = world.shelf.lot(line.lot);
  const name = `Wrong lot: ${lot.number}`;
  if (!where || !isPositive(world.shelf.free(lot, where.place))) {
    return stay(state, wrong(name, `It is taken by others. ${remedyFor(line, world)}`));
  }
  const first = wanted?.expires_on ? `${wanted.number} goes first: it expires ${day(wanted.expires_on)}.` : `Take ${wanted?.number ?? "the other"}.`;
  return stay(
    { ...state, why: { lot: lot.id, about: "lot" } },
    wrong(name, `${first} Put this back, or say why it must be this one.`),
  );
}

function lotScanned(state: S, line: PickLine, lot: Lot, world: World): Step<S> {
  const stop = stopFor(lot, world);
  if (stop) return stay(state, { ...stop, remedy: "Leave it there. Press Leave it out; the planner is asked for another lot." });
  if (state.quantity && compare(state.quantity, line.quantity) < 0) {
    return stay({ ...state, why: { lot: lot.id, about: "short" } }, asks(`Only ${amount(state.quantity, line.unit)}`, "Say why it is less."));
  }
  return picked(state, lot.id, "", world);
}

function placeScanned(state: S, place: string, world: World): Step<S> {
  const line = current(state);
  if (!line) return stay({ ...state, to: place }, good(`Picked goods stand at ${place}`));
  if (place === line.place) return stay({ ...state, there: true, stage: "" }, good("Right place", `Scan lot ${numberOf(line, world)}`));
  const other = open(state).find((one) => one.place === place);
  if (other) return stay({ ...onto(state, other), there: true }, good(`Then this one first`, `Scan lot ${numberOf(other, world)}`));
  return stay({ ...state, stage: place }, wrong(`Wrong place: ${place}`, `Go to ${world.shelf.called(line.place)}.`));
}

function unitScanned(state: S, code: string, world: World): Step<S> {
  const line = current(state);
  const inUnit = open(state).find((one) => one.place === code);
  if (inUnit) return stay({ ...onto(state, inUnit), there: true }, good("Right unit", `Scan lot ${numberOf(inUnit, world)}`));
  if (!line) return allPicked(state);
  return stay({ ...state, to: code }, good(`Packing onto ${ending(code)}`, "What you pick now goes onto it."));
}

function onto(state: S, line: PickLine): S {
  return line.claim === state.now ? state : { ...state, now: line.claim, there: false, quantity: "", why: null, stage: "" };
}

function confirm(state: S, world: World): Step<S> {
  const line = current(state);
  if (!line || !state.there || !alone(line, world)) return stay(state, asks("Scan the lot", "The scan confirms the line."));
  const lot = world.shelf.lot(line.lot);
  return lot ? lotScanned(state, line, lot, world) : stay(state);
}

function back(state: S): Step<S> {
  return stay({ ...state, why: null, stage: "", quantity: "" });
}

function skip(state: S): Step<S> {
  const { now } = state;
  if (!now) return stay(state);
  return stay(onward({ ...state, skipped: [...state.skipped.filter((one) => one !== now), now] }), asks("Left out for now", "It comes again at the end."));
}

function allPicked(state: S): Step<S> {
  return stay(state, asks("All is picked", "Go on with loading."));
}

/** In a bin with one lot the place says which lot it is. */
function alone(line: PickLine, world: World): boolean {
  const there = world.shelf.at(line.place).filter((lot) => isPositive(world.shelf.onHand(lot, line.place)));
  return world.shelf.complete && there.length === 1 && there[0]?.id === line.lot;
}

function changed(state: S, text: string, world: World): Step<S> {
  const line = current(state);
  const item = line ? world.shelf.item(line.item) : null;
  if (!line || !item) return allPicked(state);
  const quantity = given(text, item, "Nothing there? Press Leave it out.");
  if (typeof quantity !== "string") return stay(state, quantity);
  if (compare(quantity, line.quantity) > 0) {
    return stay(state, wrong(`Only ${amount(line.quantity, line.unit)} are wanted`, "Take no more than that. Nothing was saved."));
  }
  return stay({ ...state, quantity: compare(quantity, line.quantity) === 0 ? "" : quantity });
}

function picked(state: S, lot: string, reason: string, world: World): Step<S> {
  const line = current(state);
  if (!line) return stay(state);
  const { document, id } = state.job;
  const quantity = state.quantity || line.quantity;
  const number = world.shelf.lot(lot)?.number ?? "";
  const order: Order = {
    kind: "pick",
    body: { document, id, claim: line.claim, lot, quantity, unit: line.unit, to: state.to, reason },
    words: `Picked ${amount(quantity, line.unit)} ${number}`,
  };
  const next = onward({ ...state, picked: [...state.picked, line.claim] });
  const left = open(next).length;
  return does(next, good(`Picked ${amount(quantity, line.unit)}`, left ? `${left} to go` : "All is picked"), order);
}

function numberOf(line: PickLine, world: World): string {
  return world.shelf.lot(line.lot)?.number ?? "";
}

function remedyFor(line: PickLine | undefined, world: World): string {
  if (!line) return "All is picked. Put this back.";
  return `Put it back. Take ${numberOf(line, world)} at ${world.shelf.called(line.place)}. Nothing was saved.`;
}

function show(state: S, world: World): View {
  const rows = state.job.lines.map((line): Row => {
    const lot = world.shelf.lot(line.lot);
    const done = state.picked.includes(line.claim);
    return {
      text: numberOf(line, world),
      more: `${amount(line.quantity, line.unit)} · ${world.shelf.called(line.place)}`,
      state: done ? "done" : lot && stopFor(lot, world) ? "bad" : line.claim === state.now ? "now" : "open",
      mono: true,
    };
  });
  const before = state.job.done;
  const view = { ...BLANK, rows, done: before + state.picked.length, of: Math.max(state.job.of, before + state.job.lines.length) };
  const line = current(state);
  if (!line) return { ...view, instruction: "All picked. Go on with loading", why: state.to ? `They stand at ${state.to}` : "" };
  const lot = world.shelf.lot(line.lot);
  const item = world.shelf.item(line.item);
  const stop = lot ? stopFor(lot, world) : null;
  const subject = subjectOf(item, lot, world);
  const here = { ...view, subject, quantity: quantityOf(state.quantity || line.quantity, item, line.unit) };
  if (state.why) {
    const other = world.shelf.lot(state.why.lot);
    const asked =
      state.why.about === "lot"
        ? { instruction: `Why ${other?.number ?? "another lot"}?`, why: `Asked for: ${subject.number}`, subject: subjectOf(item, other, world), ask: askReason(OTHER) }
        : { instruction: "Why is it less?", why: `Asked for: ${amount(line.quantity, line.unit)}`, ask: askReason(SHORT) };
    return { ...here, ...asked, others: [press("no", "Put it back")] };
  }
  const others: Button[] = [press("skip", "Leave it out")];
  if (state.stage) others.unshift(press("stage", `Stage at ${state.stage}`));
  if (state.to) others.push(press("off", "End this pallet"));
  else if (state.job.document === "order") others.push(press("new", "New pallet"));
  if (stop) {
    return { ...here, quantity: null, instruction: "Do not take it", why: `${stop.words}. Press Leave it out.`, primary: press("skip", "Leave it out"), others: [] };
  }
  const place = world.shelf.called(line.place);
  return {
    ...here,
    instruction: state.there ? `Scan lot ${subject.number}` : `Go to ${place}, scan lot ${subject.number}`,
    why: line.why,
    primary: state.there && alone(line, world) ? press("confirm", "Picked") : null,
    others,
  };
}

function refresh(state: S, job: PickJob): S {
  const known = new Set(job.lines.map((line) => line.claim));
  const before = state.job.lines.filter((line) => !known.has(line.claim) && state.picked.includes(line.claim));
  // What was picked here stays in sight; the server counts it as done, so it is not counted twice.
  const next = { ...state, job: { ...job, done: job.done - before.length, lines: [...before, ...job.lines] } };
  return known.has(state.now) && !state.picked.includes(state.now) ? next : onward(next);
}

export const loop: Loop<PickJob, PickState> = { start, take, show, refresh };
