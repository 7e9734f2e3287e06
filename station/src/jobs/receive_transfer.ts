/** A transfer is taken in as a whole; what is scanned of it is ticked off. */
import { notThis } from "./judge.ts";
import { asks, BLANK, does, good, type Meaning, type Order, press, type Row, stay, type Step, type View, type World } from "./loop.ts";
import type { ReceiveState } from "./receive.ts";
import { amount, ending, sscc as grouped } from "./words.ts";

type S = ReceiveState;

export function tick(state: S, meaning: Meaning, world: World): Step<S> {
  if (meaning.kind === "place") return stay({ ...state, place: meaning.place.code }, good(`Taken in at ${meaning.place.code}`));
  const key = meaning.kind === "unit" ? meaning.sscc : meaning.kind === "goods" ? meaning.number : "";
  const ours =
    meaning.kind === "unit"
      ? state.job.units.some((unit) => unit.sscc === key)
      : state.job.lines.some((line) => line.lot === key && meaning.kind === "goods" && line.item === meaning.item.code);
  if (!ours) return stay(state, notThis(meaning, "It does not belong to this transfer. Put it aside."));
  if (state.seen.includes(key)) return stay(state, asks("Seen already", "Scan the next one."));
  const next = { ...state, seen: [...state.seen, key] };
  return stay(next, good(`${named(meaning, world)} is here`, `${next.seen.length} of ${wholes(state).length}`));
}

export function takeAll(state: S): Step<S> {
  if (state.finished) return stay(state, asks("Taken in already", "Go on with the next job."));
  const order: Order = {
    kind: "receive_transfer",
    body: { id: state.job.id, place: state.place },
    words: `Received ${state.job.number}`,
  };
  return does({ ...state, finished: true }, good(`${state.job.number} is taken in`, `At ${state.place}`), order);
}

export function showTransfer(state: S): View {
  const all = wholes(state);
  const rows: Row[] = all.map((one) => ({ ...one.row, state: state.seen.includes(one.key) ? "done" : "open" }));
  return {
    ...BLANK,
    instruction: state.finished ? "Done. Go on with the next job" : "Check what came: scan each, then take it in",
    why: `At ${state.place}. Scan another place to change it.`,
    primary: state.finished ? null : press("confirm", "Take all in"),
    rows,
    done: state.seen.length,
    of: all.length,
  };
}

function named(meaning: Meaning, world: World): string {
  if (meaning.kind === "unit") return `Pallet ${ending(meaning.sscc)}`;
  return meaning.kind === "goods" ? `${world.shelf.item(meaning.item.code)?.name}, ${meaning.number}` : "It";
}

/** What of a transfer can be ticked off: its units, else its lines. */
function wholes(state: S): { key: string; row: Row }[] {
  const units = state.job.units.map((unit) => ({
    key: unit.sscc,
    row: { text: grouped(unit.sscc), more: "", state: "open" as const, mono: true },
  }));
  const on = new Set(state.job.units.flatMap((unit) => unit.lines.map((line) => line.lot)));
  const loose = state.job.lines
    .filter((line) => !on.has(line.lot))
    .map((line) => ({ key: line.lot, row: { text: line.lot, more: `${line.item} · ${amount(line.expected, line.unit)}`, state: "open" as const, mono: true } }));
  return [...units, ...loose];
}
