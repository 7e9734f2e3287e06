/** Put goods away that stand where they were received: scan the goods, scan the place. */
import type { GoodsLine, PutAwayJob } from "../protocol.ts";
import { given, notThis, subjectOf, wholeUnit } from "./judge.ts";
import {
  asks, BLANK, does, emptyHand, good, hears, type Loop, type Meaning, type Order, press, quantityOf, type Row, stay,
  type Step, type View, type World, wrong,
} from "./loop.ts";
import { compare, subtract } from "./quantity.ts";
import { amount, ending, sscc as grouped } from "./words.ts";

type Line = PutAwayJob["lines"][number];

export interface PutAwayState {
  job: PutAwayJob;
  /** Key of the line in the hand, and how much of it. */
  hand: { key: string; quantity: string } | null;
  /** Keys of what is away. */
  away: string[];
  /** Not a usual place: scanned once, waits for a second scan or a yes. */
  unusual: string;
}

type S = PutAwayState;

const keyOf = (line: Line): string => line.sscc ?? line.lot ?? "";

function start(job: PutAwayJob): S {
  return { job, hand: null, away: [], unusual: "" };
}

function open(state: S): Line[] {
  return state.job.lines.filter((line) => !state.away.includes(keyOf(line)));
}

function inHand(state: S): Line | undefined {
  return state.hand ? state.job.lines.find((line) => keyOf(line) === state.hand?.key) : undefined;
}

const take = hears<S>({
  scan: scanned,
  quantity: changed,
  press: {
    drop: (state) => stay({ ...state, hand: null, unusual: "" }),
    suggested: (state, world) => put(state, inHand(state)?.to ?? "", world),
    unusual: (state, world) => put(state, state.unusual, world),
  },
  confirm(state, world) {
    const to = state.unusual || inHand(state)?.to;
    return to ? put(state, to, world) : stay(state);
  },
});

function scanned(state: S, meaning: Meaning, world: World): Step<S> {
  if (meaning.kind === "place") return placeScanned(state, meaning.place.code, meaning.place.usable, world);
  const keys =
    meaning.kind === "unit"
      ? [meaning.sscc]
      : meaning.kind === "goods"
        ? [meaning.lot?.id ?? ""]
        : meaning.kind === "several"
          ? meaning.lots.map((lot) => lot.id)
          : [];
  const fitting = open(state).filter((line) => keys.includes(keyOf(line)));
  const [line] = fitting;
  if (fitting.length > 1) return stay(state, asks("Two of them share this number", "Scan the item's barcode too."));
  if (!line) {
    if (state.away.some((key) => keys.includes(key))) return stay(state, asks("This is away already", "Scan the next one."));
    return stay(state, notThis(meaning, `It is not waiting at ${state.job.place}. Use Move for it. Nothing was saved.`));
  }
  const next = { ...state, hand: { key: keyOf(line), quantity: line.quantity }, unusual: "" };
  return stay(next, good(line.to ? `Take it to ${line.to}` : "Scan the place it goes to", line.why));
}

function placeScanned(state: S, place: string, usable: boolean, world: World): Step<S> {
  const line = inHand(state);
  if (!line) return stay(state, asks(`This is ${place}`, "Scan the goods first, then the place."));
  if (place === state.job.place) return stay(state, wrong(`It stands at ${place} already`, "Scan the place where you put it."));
  if (!usable && state.unusual !== place && place !== line.to) {
    return stay({ ...state, unusual: place }, asks(`${place} is not for goods in use`, "Scan it again if it belongs there."));
  }
  return put(state, place, world);
}

function put(state: S, to: string, world: World): Step<S> {
  const line = inHand(state);
  if (!line || !state.hand || !to) return emptyHand(state);
  const order = line.sscc
    ? ({ kind: "move_unit", body: { sscc: line.sscc, to }, words: `Unit ${ending(line.sscc)} to ${to}` } satisfies Order)
    : moved(line, state.hand.quantity, state.job.place, to, world);
  const rest = line.sscc || compare(state.hand.quantity, line.quantity) >= 0;
  const lines = state.job.lines.map((one) => (one === line && !rest ? { ...one, quantity: subtract(one.quantity, state.hand?.quantity ?? "0") } : one));
  const next: S = {
    job: { ...state.job, lines },
    hand: null,
    away: rest ? [...state.away, keyOf(line)] : state.away,
    unusual: "",
  };
  const other = line.to && line.to !== to ? `${line.to} was suggested.` : "";
  return does(next, good(`Put away at ${to}`, other), order);
}

function moved(line: Line, quantity: string, from: string, to: string, world: World): Order {
  const goods: GoodsLine = { lot: line.lot ?? "", quantity, unit: line.unit, from };
  const number = world.shelf.lot(goods.lot)?.number ?? "";
  return { kind: "move", body: { lines: [goods], to }, words: `${amount(quantity, line.unit)} ${number} to ${to}` };
}

function changed(state: S, text: string): Step<S> {
  const line = inHand(state);
  if (!line || !state.hand || line.sscc) return emptyHand(state);
  const quantity = given(text, null);
  if (typeof quantity !== "string") return stay(state, quantity);
  if (compare(quantity, line.quantity) > 0) {
    return stay(state, wrong(`Only ${amount(line.quantity, line.unit)} stand here`, "Give less, or count again. Nothing was saved."));
  }
  return stay({ ...state, hand: { ...state.hand, quantity } });
}

function show(state: S, world: World): View {
  const line = inHand(state);
  const rows = state.job.lines.map((one): Row => {
    const lot = one.lot ? world.shelf.lot(one.lot) : null;
    const away = state.away.includes(keyOf(one));
    return {
      text: one.sscc ? grouped(one.sscc) : (lot?.number ?? "?"),
      more: [one.sscc ? "whole unit" : amount(one.quantity, one.unit), one.to && `to ${one.to}`].filter(Boolean).join(" · "),
      state: away ? "done" : one === line ? "now" : "open",
      mono: true,
    };
  });
  const view = { ...BLANK, rows, done: state.away.length, of: state.job.lines.length };
  if (!line || !state.hand) {
    const all = open(state).length === 0;
    return { ...view, instruction: all ? "All put away. Go on with the next job" : "Scan what you put away", why: all ? "" : `It stands at ${world.shelf.called(state.job.place)}` };
  }
  const lot = line.lot ? world.shelf.lot(line.lot) : null;
  const item = lot ? world.shelf.item(lot.item) : null;
  const subject = line.sscc
    ? wholeUnit(line.sscc)
    : subjectOf(item, lot, world);
  return {
    ...view,
    instruction: state.unusual ? `Scan ${state.unusual} again if it belongs there` : line.to ? `Take it to ${line.to}, scan the place` : "Scan the place it goes to",
    why: line.why,
    subject,
    quantity: line.sscc ? null : quantityOf(state.hand.quantity, item, line.unit),
    primary: state.unusual ? press("unusual", `Put it at ${state.unusual}`) : line.to ? press("suggested", `Put away at ${line.to}`) : null,
    others: [press("drop", "Drop it")],
  };
}

function refresh(state: S, job: PutAwayJob): S {
  const known = new Set(job.lines.map(keyOf));
  // Away and gone from the server's list: it has it. Away here and still in its list: on its way there.
  const gone = state.job.lines.filter((line) => !known.has(keyOf(line)) && state.away.includes(keyOf(line)));
  const hand = state.hand && known.has(state.hand.key) ? state.hand : null;
  return { ...state, job: { ...job, lines: [...job.lines, ...gone] }, hand, unusual: hand ? state.unusual : "" };
}

export const loop: Loop<PutAwayJob, PutAwayState> = { start, take, show, refresh };
