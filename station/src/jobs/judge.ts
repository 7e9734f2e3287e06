/** Whether goods may be used, and what is said when they may not. The server judges again; this is at once. */
import type { Item, Lot } from "../protocol.ts";
import { askFrom, emptyHand, type Meaning, type Question, stay, type Step, type Subject, type Tell, type World, wrong } from "./loop.ts";
import { compare, decimals, isPositive, typed } from "./quantity.ts";
import { statusOn } from "./shelf.ts";
import { amount, day, ending, sscc as grouped } from "./words.ts";

const STOPS: Record<Lot["status"], [string, string]> = {
  released: ["", ""],
  hold: ["is on hold", "Leave it where it is. Ask quality."],
  recalled: ["is recalled", "Do not use it. Put it in quarantine and tell quality."],
  rejected: ["is rejected", "Do not use it. Put it in quarantine."],
  expired: ["is expired", "Do not use it. Put it in quarantine."],
  quarantine: ["is in quarantine", "Leave it there until quality releases it."],
};

/** Stops with the reason when a lot may not be used; null when it may. */
export function stopFor(lot: Lot, world: World): Tell | null {
  const status = statusOn(lot, world.today);
  if (status === "released") return null;
  const [what, remedy] = STOPS[status];
  // The server's own words when it said why; the device's when it found out by itself.
  const told = status === lot.status && lot.why ? `: ${lot.why}` : ` ${what}`;
  const since = status === "expired" && !lot.why && lot.expires_on ? ` since ${day(lot.expires_on)}` : "";
  return wrong(`${lot.number}${told}${since}`, `${remedy} Nothing was saved.`);
}

export function subjectOf(item: Item | null, lot: Lot | null, world: World, number = ""): Subject {
  return {
    title: item ? item.name : (lot?.item ?? ""),
    number: lot?.number ?? number,
    status: lot ? statusOn(lot, world.today) : null,
    expires_on: lot?.expires_on ?? null,
    facts: [],
  };
}

/** "40 kg" does not fit an item that is counted in whole pieces. */
export function tooFine(quantity: string, item: Item): Tell | null {
  if (decimals(quantity) <= item.scale) return null;
  const most = item.scale === 0 ? "whole numbers" : `at most ${item.scale} decimals`;
  return wrong(`${quantity} is too fine`, `${item.name} takes ${most}. Nothing was saved.`);
}

/** What somebody gave as a quantity of an item; in words what is wrong with it. */
export function given(text: string, item: Item | null, remedy = "Give it in digits, more than 0."): string | Tell {
  const quantity = typed(text);
  if (!quantity || !isPositive(quantity)) return wrong("That is no quantity", remedy);
  return (item && tooFine(quantity, item)) ?? quantity;
}

/** Another quantity of the lot in the hand: no more than stands where it is taken from. */
export function changedInHand<S extends { lot: string; from: string }>(state: S, text: string, world: World, remedy?: string): Step<S> {
  const lot = world.shelf.lot(state.lot);
  const item = lot && world.shelf.item(lot.item);
  if (!lot || !item || !state.from) return emptyHand(state, remedy);
  const quantity = given(text, item);
  if (typeof quantity !== "string") return stay(state, quantity);
  const there = world.shelf.onHand(lot, state.from);
  if (compare(quantity, there) <= 0) return stay({ ...state, quantity });
  return stay(state, wrong(`Only ${amount(there, item.unit)} are at ${state.from}`, "Give less, or count the place. Nothing was saved."));
}

/** Which of the places it is taken from, and how much each has. */
export function askStock(lot: Lot, world: World): Question {
  return askFrom(lot, (one) => `${world.shelf.called(one.place)}: ${amount(one.on_hand, world.shelf.unitOf(lot.item))}`);
}

/** A unit as a whole in the hand. */
export function wholeUnit(code: string): Subject {
  return { title: "Whole unit", number: grouped(code), status: null, expires_on: null, facts: [] };
}

/** What a scan was, for a refusal that says what was scanned. */
export function named(meaning: Meaning): string {
  switch (meaning.kind) {
    case "goods":
      return meaning.number ? `${meaning.item.name}, ${meaning.number}` : meaning.item.name;
    case "unit":
      return `unit ${ending(meaning.sscc)}`;
    case "place":
      return `place ${meaning.place.code}`;
    case "several":
      return `lot ${meaning.number}`;
    case "unknown":
      return meaning.text;
  }
}

/** What every loop says to a scan it can do nothing with. */
export function notThis(meaning: Meaning, remedy: string): Tell {
  if (meaning.kind === "unknown") return wrong(meaning.words, remedy);
  return wrong(`This is ${named(meaning)}`, remedy);
}
