/** Load what stands ready: scan every unit; what does not belong is stopped, what is missing is named. */
import type { Bodies, LoadJob } from "../protocol.ts";
import { notThis, stopFor } from "./judge.ts";
import {
  asks, BLANK, does, good, hears, type Loop, type Meaning, press, type Question, type Row, stay, type Step, type Tell,
  type View, type World, wrong,
} from "./loop.ts";
import { amount, ending, list, sscc as grouped } from "./words.ts";

type Papers = Pick<Bodies["load"], "carrier" | "vehicle" | "seal" | "temperature">;

export interface LoadState {
  job: LoadJob;
  /** SSCCs, and ids of loose lots, that are on the truck. */
  loaded: string[];
  papers: Papers;
  /** Which paper is asked, when the loading is being closed. */
  asking: "" | keyof Papers;
  /** Somebody said: leave without the missing ones. */
  without: boolean;
  gone: boolean;
}

type S = LoadState;
const ASKED: [keyof Papers, string, Question["kind"]][] = [
  ["vehicle", "Number plate?", "text"],
  ["seal", "Seal?", "text"],
  ["temperature", "Temperature of the truck, °C?", "number"],
];

function start(job: LoadJob): S {
  return { job, loaded: [], papers: { carrier: "", vehicle: "", seal: "", temperature: "" }, asking: "", without: false, gone: false };
}

function missing(state: S): string[] {
  return [...state.job.units, ...new Set(state.job.loose.map((one) => one.lot))].filter((one) => !state.loaded.includes(one));
}

const take = hears<S>({
  scan: scanned,
  quantity: (state) => stay(state, asks("Nothing is counted here", "Scan the next unit.")),
  answer: Object.fromEntries(ASKED.map(([field]) => [field, (state: S, value: string) => answered(state, field, value)])),
  press: {
    close,
    without,
    back,
    skip: (state) => (state.asking ? answered(state, state.asking, "") : stay(state)),
  },
  confirm: close,
  back,
});

function scanned(state: S, meaning: Meaning, world: World): Step<S> {
  if (state.gone) return stay(state, asks("The truck has left", "Go on with the next job."));
  if (meaning.kind === "unit") return putOn(state, state.job.units.includes(meaning.sscc) ? meaning.sscc : "", meaning);
  if (meaning.kind === "goods") {
    const lot = meaning.lot;
    const stop = lot ? stopFor(lot, world) : null;
    if (stop) return stay(state, stop);
    return putOn(state, lot && state.job.loose.some((one) => one.lot === lot.id) ? lot.id : "", meaning);
  }
  if (meaning.kind === "several") {
    const lot = meaning.lots.filter((one) => state.job.loose.some((loose) => loose.lot === one.id));
    return putOn(state, lot.length === 1 ? (lot[0]?.id ?? "") : "", meaning);
  }
  return stay(state, notThis(meaning, "Scan the SSCC of the next unit."));
}

function putOn(state: S, key: string, meaning: Meaning): Step<S> {
  if (!key) return stay(state, { ...notThis(meaning, ""), words: "Not for this truck", remedy: "Take it off. It does not belong to this delivery. Nothing was saved." });
  if (state.loaded.includes(key)) return stay(state, asks("This is loaded already", "Scan the next one."));
  const next = { ...state, loaded: [...state.loaded, key], without: false };
  const left = missing(next).length;
  return stay(next, good("Loaded", left ? `${left} to go` : "All is on the truck"));
}

function answered(state: S, field: keyof Papers, value: string): Step<S> {
  const papers = { ...state.papers, [field]: value.trim() };
  const at = ASKED.findIndex(([name]) => name === field);
  const next = ASKED[at + 1]?.[0] ?? "";
  const after: S = { ...state, papers, asking: next };
  return next ? stay(after) : leave(after);
}

function close(state: S, world: World): Step<S> {
  if (state.asking) return answered(state, state.asking, state.papers[state.asking]);
  if (!state.loaded.length) return stay(state, asks("Nothing is loaded", "Scan the first unit."));
  const left = missing(state);
  if (left.length && !state.without) {
    return stay(state, wrong(`${left.length} not loaded`, `Scan ${namesOf(left, world)}, or press Leave without them.`));
  }
  return stay({ ...state, asking: "vehicle" });
}

function without(state: S, world: World): Step<S> {
  const stop = stopWithout(state);
  if (stop) return stay(state, stop);
  return stay({ ...state, without: true, asking: "vehicle" }, asks("Without what is missing", namesOf(missing(state), world)));
}

function back(state: S): Step<S> {
  return stay({ ...state, asking: "", without: false });
}

/** A part is named by its units; loose goods leave with the whole, and a transfer leaves as it was packed. */
function stopWithout(state: S): Tell | null {
  if (state.job.document === "transfer") return wrong("A transfer leaves as it was packed", "Load what is missing, or take it off the transfer in the office.");
  const loose = state.job.loose.some((one) => state.loaded.includes(one.lot));
  if (!loose) return null;
  return wrong("Loose goods leave with the whole order", "Load what is missing, or send a part in the office. Nothing was saved.");
}

function leave(state: S): Step<S> {
  const units = state.job.units.filter((one) => state.loaded.includes(one));
  // Without anything missing the whole of it leaves, loose goods too.
  const all = missing(state).length === 0;
  const next = { ...state, asking: "" as const, gone: true };
  const { document, id, number } = state.job;
  return does(next, good(`${number} has left`, all ? "All of it" : `${state.loaded.length} of ${state.loaded.length + missing(state).length}`), {
    kind: "load",
    body: { document, id, units: all && document === "order" ? [] : units, ...state.papers },
    words: `Loaded ${number}`,
  });
}

function namesOf(keys: string[], world: World): string {
  return list(keys.map((key) => world.shelf.lot(key)?.number ?? `${ending(key)}`), 3);
}

function show(state: S, world: World): View {
  const left = missing(state);
  const rows: Row[] = state.job.units.map((unit) => ({
    text: grouped(unit),
    more: "",
    state: state.loaded.includes(unit) ? "done" : "open",
    mono: true,
  }));
  for (const one of state.job.loose) {
    const lot = world.shelf.lot(one.lot);
    rows.push({
      text: lot?.number ?? "?",
      more: `${amount(one.quantity, one.unit)} loose · ${world.shelf.called(one.place)}`,
      state: state.loaded.includes(one.lot) ? "done" : lot && stopFor(lot, world) ? "bad" : "open",
      mono: true,
    });
  }
  const of = state.loaded.length + left.length;
  const view = { ...BLANK, rows, done: state.loaded.length, of };
  if (state.gone) return { ...view, instruction: "Done. Go on with the next job" };
  const asked = ASKED.find(([name]) => name === state.asking);
  if (asked) {
    const [field, label, kind] = asked;
    return {
      ...view,
      instruction: label,
      why: left.length ? `Leaving without ${namesOf(left, world)}` : "All is on the truck",
      ask: { field, label, hint: "Or leave it out", kind, optional: true },
      others: [press("back", "Back to loading")],
    };
  }
  return {
    ...view,
    instruction: left.length ? "Scan the next unit onto the truck" : "All loaded. Close the truck",
    why: left.length ? `${left.length} to go` : "",
    primary: left.length === 0 ? press("close", "Close the truck") : null,
    others: left.length && state.loaded.length ? [press("without", `Leave without ${left.length}`)] : [],
  };
}

function refresh(state: S, job: LoadJob): S {
  const known = new Set([...job.units, ...job.loose.map((one) => one.lot)]);
  return state.gone ? state : { ...state, job, loaded: state.loaded.filter((one) => known.has(one)) };
}

export const loop: Loop<LoadJob, LoadState> = { start, take, show, refresh };
