/**
 * What a scan means in the book of this site. Scans of one thing are taken together until it is known which lot
 * it is: an item's barcode first, its lot's next to it.
 */
import {
  type Ambiguous, bracketed, choose, collect, type Collected, type Elements, type Facts, factsOf, NOTHING, type Refusal,
  settle, type Understood,
} from "../codes/index.ts";
import type { Day, Lot } from "../protocol.ts";
import type { Goods, Meaning, Said } from "./loop.ts";
import { multiply } from "./quantity.ts";
import type { Shelf } from "./shelf.ts";

/** What came of a scan: something the loops can use, a question, or a refusal in words. */
export type Read =
  | { is: "meaning"; meaning: Meaning; held: Collected }
  | { is: "which"; scan: Ambiguous; readings: { label: string; elements: Elements }[] }
  | { is: "refused"; words: string; remedy: string };

/** Reads one more scan, with what was held of those before. */
export function read(scan: Understood | Ambiguous | Refusal, held: Collected, shelf: Shelf, today: Day): Read {
  if (scan.is === "refused") return refused(scan);
  const settled = scan.is === "ambiguous" ? settle(scan, (elements) => knows(elements, shelf, today)) : scan;
  if (settled.is === "ambiguous") {
    const readings = settled.readings.map((elements) => ({ label: bracketed(elements), elements }));
    return { is: "which", scan: settled, readings };
  }
  return together(settled, held, shelf, today);
}

/** Goes on after somebody has said which reading it is. */
export function chosen(scan: Ambiguous, elements: Elements, held: Collected, shelf: Shelf, today: Day): Read {
  return together(choose(scan, elements), held, shelf, today);
}

export function refused(refusal: Refusal): Extract<Read, { is: "refused" }> {
  const layout = ["keyboard_layout", "caps_lock", "control_character", "separator_lost"].includes(refusal.code);
  return {
    is: "refused",
    words: `This can not be read: expected ${refusal.expected}`,
    remedy: layout ? "Run the scanner test in Settings. Nothing was saved." : "Scan again, or another label. Nothing was saved.",
  };
}

function together(scan: Understood, held: Collected, shelf: Shelf, today: Day): Read {
  const both = collect(held, scan);
  if (!("is" in both)) {
    const meaning = meaningOf(both, scan.text, shelf, today);
    if (!("is" in meaning)) return { is: "meaning", meaning, held: waiting(meaning) ? both : NOTHING };
  }
  // Another thing than the one before: it begins anew.
  const alone = collect(NOTHING, scan);
  if ("is" in alone) return refused(alone);
  const meaning = meaningOf(alone, scan.text, shelf, today);
  if ("is" in meaning) return refused(meaning);
  return { is: "meaning", meaning, held: waiting(meaning) ? alone : NOTHING };
}

/** An item without its lot waits for the barcode beside it. */
function waiting(meaning: Meaning): boolean {
  return meaning.kind === "goods" && meaning.number === "" && meaning.item.kept !== "none";
}

function meaningOf(all: Collected, text: string, shelf: Shelf, today: Day): Meaning | Refusal {
  const facts = factsOf(all.elements, today);
  if ("is" in facts) return facts;
  if (facts.sscc) return { kind: "unit", sscc: facts.sscc, unit: shelf.unit(facts.sscc), content: contentOf(facts, shelf) };
  for (const [, id] of all.targets) {
    const found = labelled(id, facts, shelf);
    if (found) return found;
  }
  const gtin = facts.gtin ?? facts.content_gtin;
  const item = gtin ? shelf.byGtin(gtin) : null;
  if (item) return goodsOf(item.item, item.each, facts, all.texts, shelf);
  if (facts.gln && !gtin) return textOf(facts.gln, shelf, text);
  const number = facts.serial ?? facts.lot;
  if (number && !gtin) return numberOf(number, saidOf(facts, null, "1"), shelf, text);
  if (gtin) return { kind: "unknown", text, words: `The book does not know GTIN ${gtin}` };
  const [plain] = all.texts.slice(-1);
  if (plain) return textOf(plain, shelf, text);
  return { kind: "unknown", text, words: "This label is not of this site" };
}

function labelled(id: string, facts: Facts, shelf: Shelf): Meaning | null {
  const thing = shelf.labelled(id);
  if (!thing) return null;
  if ("number" in thing) return lotGoods(thing, saidOf(facts, null, "1"), shelf);
  if ("sscc" in thing) return { kind: "unit", sscc: thing.sscc, unit: thing, content: null };
  if ("kept" in thing) return goodsOf(thing, "1", facts, [], shelf);
  return { kind: "place", place: thing };
}

function goodsOf(item: Goods["item"], each: string, facts: Facts, texts: readonly string[], shelf: Shelf): Goods {
  const serial = item.kept === "serial";
  const number = (serial ? facts.serial : facts.lot) ?? "";
  const said = saidOf(facts, item, each);
  const told = number || (texts.at(-1) ?? "");
  if (item.kept === "none") return { kind: "goods", item, lot: shelf.numbered("", item.code)[0] ?? null, number: "", serial, said };
  return { kind: "goods", item, lot: told ? (shelf.numbered(told, item.code)[0] ?? null) : null, number: told, serial, said };
}

function lotGoods(lot: Lot, said: Said, shelf: Shelf): Meaning {
  const item = shelf.item(lot.item);
  if (!item) return { kind: "unknown", text: lot.number, words: `The device does not know the item of ${lot.number}` };
  return { kind: "goods", item, lot, number: lot.number, serial: item.kept === "serial", said };
}

function contentOf(facts: Facts, shelf: Shelf): Goods | null {
  const gtin = facts.content_gtin ?? facts.gtin;
  const item = gtin ? shelf.byGtin(gtin) : null;
  return item ? goodsOf(item.item, item.each, facts, [], shelf) : null;
}

/** A plain code: a lot, a place, a unit or an item, when it is just one of them. */
function textOf(text: string, shelf: Shelf, scanned: string): Meaning {
  const place = shelf.place(text) ?? shelf.place(text.toUpperCase());
  const item = shelf.item(text);
  const unit = shelf.unit(text);
  const lots = shelf.numbered(text);
  const kinds = [place, item, unit, lots[0]].filter(Boolean).length;
  if (kinds > 1) return { kind: "unknown", text, words: `${text} is the name of several things. Scan another label of it` };
  if (place) return { kind: "place", place };
  if (unit) return { kind: "unit", sscc: unit.sscc, unit, content: null };
  if (item) return goodsOf(item, "1", EMPTY, [], shelf);
  return numberOf(text, { quantity: null, unit: null }, shelf, scanned);
}

function numberOf(number: string, said: Said, shelf: Shelf, scanned: string): Meaning {
  const lots = shelf.numbered(number);
  const [only] = lots;
  if (lots.length > 1) return { kind: "several", lots, number, said };
  if (only) return lotGoods(only, said, shelf);
  return { kind: "unknown", text: scanned, words: `The book does not know ${number}` };
}

const WEIGHTS: Record<string, string> = { "KGM kg": "1", "KGM g": "1000", "KGM t": "0.001", "LTR l": "1", "LTR ml": "1000" };

function saidOf(facts: Facts, item: Goods["item"] | null, each: string): Said {
  const said: Said = { quantity: quantityOf(facts, item, each), unit: item?.unit ?? null };
  if (facts.expires_on) said.expires_on = facts.expires_on;
  if (facts.best_before_on) said.best_before_on = facts.best_before_on;
  if (facts.produced_on) said.produced_on = facts.produced_on;
  return said;
}

/** So many packages, or the net weight; in the item's unit, or null when the label does not say it. */
function quantityOf(facts: Facts, item: Goods["item"] | null, each: string): string | null {
  if (facts.count !== null) return multiply(facts.count, each);
  for (const measure of facts.measures) {
    const factor = item && measure.what.startsWith("net ") ? WEIGHTS[`${measure.unit} ${item.unit}`] : undefined;
    if (factor) return multiply(measure.value, factor);
  }
  return null;
}

const EMPTY: Facts = {
  sscc: null, gtin: null, content_gtin: null, lot: null, serial: null, gln: null, count: null, measures: [],
  produced_on: null, packed_on: null, best_before_on: null, sell_by_on: null, expires_on: null, harvested_on: null,
};

/** The book knows the lot of a reading: that reading is it. */
function knows(elements: Elements, shelf: Shelf, today: Day): boolean {
  const facts = factsOf(elements, today);
  if ("is" in facts) return false;
  if (facts.sscc) return shelf.unit(facts.sscc) !== null;
  const item = facts.gtin ? shelf.byGtin(facts.gtin)?.item : undefined;
  const number = facts.serial ?? facts.lot;
  return Boolean(number && shelf.numbered(number, item?.code).length);
}
