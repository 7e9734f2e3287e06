/** What the device knows of the site's goods: the book as it was loaded, with every change since. */
import type { Book, Changes, Day, Item, Lot, Place, Quantity, Unit } from "../protocol.ts";
import { add, isPositive, subtract } from "./quantity.ts";

export class Shelf {
  readonly site: string;
  readonly complete: boolean;
  #asOf: number;
  readonly #items = new Map<string, Item>();
  readonly #gtins = new Map<string, { item: Item; unit: string; each: Quantity }>();
  readonly #lots = new Map<string, Lot>();
  readonly #numbers = new Map<string, Set<string>>();
  readonly #places = new Map<string, Place>();
  readonly #units = new Map<string, Unit>();
  /** By the ids in labels of our own. */
  readonly #labels = new Map<string, Item | Place | Unit>();

  constructor(book: Book) {
    this.site = book.site;
    this.complete = book.complete;
    this.#asOf = book.as_of;
    for (const item of book.items) this.learnItem(item);
    for (const place of book.places) this.learnPlace(place);
    for (const unit of book.units) this.learnUnit(unit);
    for (const lot of book.lots) this.learnLot(lot);
  }

  /** As it is now, to be kept on the device. */
  book(mark: string): Book {
    return {
      site: this.site, as_of: this.#asOf, mark, complete: this.complete, items: this.items(), lots: this.lots(),
      places: this.places(), units: this.units(),
    };
  }

  get asOf(): number {
    return this.#asOf;
  }

  apply(changes: Changes): void {
    for (const lot of changes.lots) this.learnLot(lot);
    for (const unit of changes.units) this.learnUnit(unit);
    this.#asOf = Math.max(this.#asOf, changes.as_of);
  }

  learnItem(item: Item): void {
    this.#items.set(item.code, item);
    this.#labels.set(item.id, item);
    for (const { gtin, unit, each } of item.gtins) this.#gtins.set(fourteen(gtin), { item, unit, each });
  }

  learnLot(lot: Lot): void {
    this.#lots.set(lot.id, lot);
    const same = this.#numbers.get(lot.number) ?? new Set();
    same.add(lot.id);
    this.#numbers.set(lot.number, same);
  }

  learnPlace(place: Place): void {
    this.#places.set(place.code, place);
    this.#labels.set(place.id, place);
  }

  learnUnit(unit: Unit): void {
    this.#units.set(unit.sscc, unit);
    this.#labels.set(unit.id, unit);
  }

  /** What a label of our own is on. */
  labelled(id: string): Item | Place | Unit | Lot | null {
    return this.#labels.get(id) ?? this.#lots.get(id) ?? null;
  }

  item(code: string): Item | null {
    return this.#items.get(code) ?? null;
  }

  /** The item of a GTIN of any length, and how much of it one package is. */
  byGtin(gtin: string): { item: Item; unit: string; each: Quantity } | null {
    return this.#gtins.get(fourteen(gtin)) ?? null;
  }

  lot(id: string): Lot | null {
    return this.#lots.get(id) ?? null;
  }

  /** Lots of a number: of one item, or of all (two items may share a number). */
  numbered(number: string, item?: string): Lot[] {
    const all = [...(this.#numbers.get(number) ?? [])].map((id) => this.#lots.get(id));
    return all.filter((lot) => lot !== undefined && (item === undefined || lot.item === item)) as Lot[];
  }

  place(code: string): Place | null {
    return this.#places.get(code) ?? null;
  }

  unit(sscc: string): Unit | null {
    return this.#units.get(sscc) ?? null;
  }

  units(): Unit[] {
    return [...this.#units.values()];
  }

  items(): Item[] {
    return [...this.#items.values()];
  }

  lots(): Lot[] {
    return [...this.#lots.values()];
  }

  places(): Place[] {
    return [...this.#places.values()];
  }

  /** How much of a lot stands somewhere. */
  onHand(lot: Lot, place: string): Quantity {
    return lot.at.find((one) => one.place === place)?.on_hand ?? "0";
  }

  free(lot: Lot, place: string): Quantity {
    const at = lot.at.find((one) => one.place === place);
    return at ? subtract(at.on_hand, at.reserved) : "0";
  }

  /** Lots that stand at a place itself (not deeper in it). */
  at(place: string): Lot[] {
    return this.lots().filter((lot) => lot.at.some((one) => one.place === place));
  }

  /** What was done here and the server has not told yet: so much of a lot is not there any more, but elsewhere. */
  moved(id: string, from: string, to: string, quantity: Quantity): void {
    const lot = this.#lots.get(id);
    if (!lot) return;
    const at = lot.at.map((one) => ({ ...one }));
    const source = at.find((one) => one.place === from);
    if (source) source.on_hand = subtract(source.on_hand, quantity);
    const target = at.find((one) => one.place === to);
    if (target) target.on_hand = add(target.on_hand, quantity);
    else if (to) at.push({ place: to, on_hand: quantity, reserved: "0" });
    this.#lots.set(id, { ...lot, at: at.filter((one) => isPositive(one.on_hand)) });
  }

  held(id: string, why: string): void {
    const lot = this.#lots.get(id);
    if (lot) this.#lots.set(id, { ...lot, status: "hold", why });
  }

  /** How an item is called: its code when the device does not know it. */
  name(code: string): string {
    return this.item(code)?.name ?? code;
  }

  /** The unit an item is kept in. */
  unitOf(code: string): string {
    return this.item(code)?.unit ?? "";
  }

  /** How a place or a unit is called. */
  called(place: string): string {
    const known = this.#places.get(place);
    if (known) return known.name && known.name !== known.code ? `${known.code} ${known.name}` : known.code;
    return place;
  }
}

export function fourteen(gtin: string): string {
  return gtin.padStart(14, "0");
}

/** The device's own look at a lot: what the book said last, and its expiry at the site's today. */
export function statusOn(lot: Lot, today: Day): Lot["status"] {
  const worse = ["recalled", "rejected", "hold", "expired"].includes(lot.status);
  return !worse && lot.expires_on !== null && lot.expires_on < today ? "expired" : lot.status;
}
