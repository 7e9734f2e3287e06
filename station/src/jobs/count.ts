/** Count a place: scan it, then everything in it. Nobody is told what should be there. */
import type { Bodies, CountJob, Item, Lot } from "../protocol.ts";
import { notThis, subjectOf, tooFine } from "./judge.ts";
import {
  askNumber, asks, BLANK, does, emptyHand, good, hears, type Loop, type Meaning, press, quantityOf, type Row, type Said,
  sharedNumber, stay, type Step, type View, type World, wrong,
} from "./loop.ts";
import { add, typed } from "./quantity.ts";
import { amount, list } from "./words.ts";

type Line = Bodies["count"]["lines"][number];

export interface CountState {
  job: CountJob;
  place: string;
  lines: Line[];
  /** The lot in the hand: how much of it is asked. */
  hand: { item: string; lot: string; quantity: string } | null;
  counted: string[];
}

type S = CountState;

function start(job: CountJob): S {
  const counted = job.places.filter((place) => place.state === "counted").map((place) => place.code);
  return { job, place: "", lines: [], hand: null, counted };
}

const take = hears<S>({
  scan: scanned,
  quantity: changed,
  answer: { quantity: changed },
  press: {
    keep: note,
    drop,
    finish,
    again: (state) => stay({ ...state, lines: [], hand: null }, asks("Begin this place again", "Nothing was saved of it.")),
  },
  confirm: (state, world) => (state.hand ? note(state, world) : finish(state, world)),
  back: drop,
});

function scanned(state: S, meaning: Meaning, world: World): Step<S> {
  if (meaning.kind === "place") return placeScanned(state, meaning.place.code, world);
  if (!state.place) return stay(state, asks("Which place?", `Scan the place first: ${list(open(state), 3)}.`));
  switch (meaning.kind) {
    case "goods":
      if (!meaning.number && meaning.item.kept !== "none") {
        return stay(state, asks(`${meaning.item.name}. Which lot?`, "Scan the lot's label too."));
      }
      return counted(state, meaning.item, meaning.number, meaning.lot, meaning.said, world);
    case "several": {
      const here = meaning.lots.filter((lot) => lot.at.some((one) => one.place === state.place));
      const [only] = here;
      const item = only ? world.shelf.item(only.item) : null;
      if (here.length === 1 && only && item) return counted(state, item, only.number, only, meaning.said, world);
      return sharedNumber(state, meaning.number);
    }
    default:
      return stay(state, notThis(meaning, "Scan the label of the goods. Without one: note it and tell the office."));
  }
}

function placeScanned(state: S, code: string, world: World): Step<S> {
  if (state.place === code) return stay(state, asks(`This is ${code}: you are counting it`, "Scan what is here, or press Place is done."));
  if (state.place && (state.lines.length || state.hand)) {
    return stay(state, asks(`${state.place} is not finished`, "Press Place is done, then scan the next place."));
  }
  const ours = state.job.places.find((place) => place.code === code);
  if (!ours) return stay(state, wrong(`${code} is not to be counted`, `To count: ${list(open(state), 3)}.`));
  if (!open(state).includes(code)) return stay(state, asks(`${code} is counted already`, `Next: ${list(open(state), 3) || "nothing, all is counted"}.`));
  return stay({ ...state, place: code, lines: [], hand: null }, good(`Counting ${world.shelf.called(code)}`, "Scan everything that is here."));
}

function counted(state: S, item: Item, lot: string, known: Lot | null, said: Said, world: World): Step<S> {
  const before = state.hand && !same(state.hand, item.code, lot) ? keep(state, world) : state;
  if (before.hand && !same(before.hand, item.code, lot)) {
    return stay(state, asks("How much of the last one?", "Give its quantity first, or press Drop it."));
  }
  // A piece is a piece; what is weighed must be told, unless the label says it.
  const one = said.quantity ?? (item.scale === 0 ? "1" : "");
  const hand = before.hand ? { ...before.hand, quantity: one ? add(before.hand.quantity || "0", one) : before.hand.quantity } : { item: item.code, lot, quantity: one };
  const name = lot ? `${item.name}, ${lot}` : item.name;
  const is = known ? "" : lot ? "The book does not know this lot here." : "";
  return stay({ ...before, hand }, hand.quantity ? good(`${amount(hand.quantity, item.unit)} ${lot}`, is || "Scan the next one, or give how much.") : asks(name, `How much is here? ${is}`.trim()));
}

function same(hand: { item: string; lot: string }, item: string, lot: string): boolean {
  return hand.item === item && hand.lot === lot;
}

/** What is in the hand becomes a line; twice the same lot adds up. */
function keep(state: S, world: World): S {
  const hand = state.hand;
  const item = hand ? world.shelf.item(hand.item) : null;
  if (!hand || !item || !hand.quantity) return state;
  const found = state.lines.find((line) => same(line, hand.item, hand.lot));
  const line: Line = { item: hand.item, lot: hand.lot, quantity: add(found?.quantity ?? "0", hand.quantity), unit: item.unit };
  return { ...state, hand: null, lines: [...state.lines.filter((one) => one !== found), line] };
}

function changed(state: S, text: string, world: World): Step<S> {
  const quantity = typed(text);
  const item = state.hand ? world.shelf.item(state.hand.item) : null;
  if (!state.hand || !item) return emptyHand(state);
  if (!quantity) return stay(state, wrong("That is no quantity", "Give it in digits."));
  const fine = tooFine(quantity, item);
  return fine ? stay(state, fine) : stay({ ...state, hand: { ...state.hand, quantity } });
}

function note(state: S, world: World): Step<S> {
  if (!state.hand?.quantity) return stay(state, asks("How much is here?", "Give the quantity."));
  return stay(keep(state, world), good("Noted", "Scan the next one."));
}

function drop(state: S): Step<S> {
  return stay({ ...state, hand: null });
}

function finish(state: S, world: World): Step<S> {
  if (!state.place) return stay(state, asks("Which place?", "Scan the place first."));
  if (state.hand && !state.hand.quantity) return stay(state, asks("How much of the last one?", "Give its quantity first, or press Drop it."));
  const kept = keep(state, world);
  const next: S = { ...kept, place: "", lines: [], counted: [...state.counted, state.place] };
  const left = open(next);
  return does(next, good(`${state.place} is counted`, left.length ? `Next: ${left[0]}` : "All places are counted"), {
    kind: "count",
    body: { count: state.job.id, place: state.place, lines: kept.lines, finish: true },
    words: `Counted ${state.place}: ${kept.lines.length || "nothing there"}`,
  });
}

function open(state: S): string[] {
  const rank = (code: string) => (state.job.places.find((place) => place.code === code)?.state === "recount" ? 0 : 1);
  return state.job.places.map((place) => place.code).filter((code) => !state.counted.includes(code)).sort((a, b) => rank(a) - rank(b));
}

function show(state: S, world: World): View {
  const of = state.job.places.length;
  if (!state.place) {
    const left = open(state);
    const rows = state.job.places.map((place): Row => ({
      text: world.shelf.called(place.code),
      more: state.counted.includes(place.code) ? "counted" : place.state === "recount" ? "count it again" : "",
      state: state.counted.includes(place.code) ? "done" : place.code === left[0] ? "now" : "open",
    }));
    return { ...BLANK, instruction: left.length ? `Go to ${world.shelf.called(left[0] ?? "")} and scan it` : "All counted. Go on with the next job", rows, done: state.counted.length, of };
  }
  const rows = state.lines.map((line): Row => ({
    text: line.lot || (world.shelf.name(line.item)),
    more: amount(line.quantity, line.unit),
    state: "done",
    mono: line.lot !== "",
  }));
  const view = { ...BLANK, rows, done: state.counted.length, of, why: `In ${world.shelf.called(state.place)}` };
  const item = state.hand ? world.shelf.item(state.hand.item) : null;
  if (!state.hand || !item) {
    return {
      ...view,
      instruction: "Scan everything that is here",
      primary: press("finish", state.lines.length ? "Place is done" : "Place is empty"),
      others: state.lines.length ? [press("again", "Begin again")] : [],
    };
  }
  // Blind: neither status nor figures of the book are shown.
  const subject = { ...subjectOf(item, null, world, state.hand.lot), status: null };
  if (!state.hand.quantity) {
    return { ...view, instruction: "How much is here?", subject, ask: askNumber("quantity", "How much is here?"), others: [press("drop", "Drop it")] };
  }
  return {
    ...view,
    instruction: "Scan the next one",
    subject,
    quantity: quantityOf(state.hand.quantity, item),
    primary: press("keep", `Note ${amount(state.hand.quantity, item.unit)}`),
    others: [press("drop", "Drop it")],
  };
}

function refresh(state: S, job: CountJob): S {
  const counted = new Set(state.counted);
  for (const place of job.places) {
    if (place.state === "counted") counted.add(place.code);
    // The server asks for it again, after it had our figures.
    const before = state.job.places.find((one) => one.code === place.code)?.state;
    if (place.state === "recount" && before === "counted") counted.delete(place.code);
  }
  return { ...state, job, counted: [...counted] };
}

export const loop: Loop<CountJob, CountState> = { start, take, show, refresh };
