/** What must be known of goods that come in, and the label did not say. */
import { askNumber, type Question, type World } from "./loop.ts";
import type { Pending, ReceiveState } from "./receive.ts";

type S = ReceiveState;

const DAYS: Record<string, string> = {
  expires_on: "Expiry date",
  best_before_on: "Best before",
  produced_on: "Production date",
};
const TEXTS: Record<string, string> = {
  supplier_lot: "Supplier's lot",
  country: "Country of origin",
  tlc: "Traceability lot code",
  tlc_source: "Source of the traceability lot code",
  serial: "Serial number",
};

/** Facts that are asked for by name. */
export const FACTS = [...Object.keys(DAYS), ...Object.keys(TEXTS)];

/** The answer that there is no lot number: the server gives one. */
export const NEW_LOT = "\u0000new";

export function missing(state: S, world: World): string[] {
  const pending = state.pending;
  const item = pending ? world.shelf.item(pending.item) : null;
  if (!pending || !item) return [];
  const lacks: string[] = [];
  if (!pending.lot && !pending.facts["lot"] && (item.kept === "lot" || item.kept === "serial")) lacks.push("lot");
  if (!pending.quantity) lacks.push("quantity");
  for (const need of item.needs) {
    const told = need === "supplier_lot" ? pending.facts[need] || pending.lot : pending.facts[need];
    if (!told && (need in DAYS || need in TEXTS) && need !== "serial") lacks.push(need);
  }
  if (state.job.id === "" && !state.supplier) lacks.unshift("supplier");
  return lacks;
}

export function questionFor(field: string, state: S, world: World): Question {
  const base = { field, hint: "", kind: "text" as const };
  if (field in DAYS) return { ...base, label: `${DAYS[field]}?`, kind: "day" };
  if (field === "lot") return lotQuestion(state, world);
  if (field === "quantity") return askNumber(field, "How much?");
  if (field === "supplier") return { ...base, label: "Which supplier?", hint: "Its code, such as TUMBLING" };
  if (field === "country") return { ...base, label: "Country of origin?", hint: "Two letters, such as DE" };
  return { ...base, label: `${TEXTS[field] ?? field}?` };
}

function lotQuestion(state: S, world: World): Question {
  const pending = state.pending as Pending;
  const announced = unique(
    state.job.lines.filter((line) => line.item === pending.item && line.lot).map((line) => line.lot),
  );
  const choices = announced.slice(0, 3).map((lot) => ({ value: lot, label: `The label says ${lot}` }));
  const serial = world.shelf.item(pending.item)?.kept === "serial";
  if (!serial) choices.push({ value: NEW_LOT, label: "No lot on it: give it a number" });
  const label = serial ? "Scan the serial number" : "Scan the lot number";
  return { field: "lot", label, hint: "Or type it", kind: "text", choices };
}

export function unique<T>(all: T[]): T[] {
  return [...new Set(all)];
}
