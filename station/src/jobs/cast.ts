/** A small site for the tests of the loops: the cast's tomatoes, paprika, jars and sauce. */
import type { Act, Book, Item, Lot, Place } from "../protocol.ts";
import { understand, UNKNOWN_SCANNER, NOTHING } from "../codes/index.ts";
import type { Input, Loop, Meaning, Order, Step, World } from "./loop.ts";
import { read } from "./meaning.ts";
import { Shelf } from "./shelf.ts";

export const TODAY = "2027-03-01";
export const GTIN = { tomatoes: "04012345000009", sauce: "09526543006015" };

const item = (code: string, name: string, unit: string, scale: number, more: Partial<Item> = {}): Item => ({
  id: `item-${code}`, code, name, unit, scale, gtins: [], kept: "lot", needs: [], ...more,
});

const place = (code: string, name: string, usable = true): Place => ({
  id: `place-${code}`, code, name, kind: "bin", inside: "KIT", usable,
});

export function lot(of: string, number: string, expires_on: string | null, at: Record<string, string>, more: Partial<Lot> = {}): Lot {
  const spots = Object.entries(at).map(([place, on_hand]) => ({ place, on_hand, reserved: "0" }));
  return { id: `lot-${number || of}-${of}`, item: of, number, status: "released", why: "", expires_on, at: spots, ...more };
}

export function book(lots: Lot[] = []): Book {
  return {
    site: "KIT", as_of: 7, mark: "m", complete: true, units: [], lots,
    items: [
      item("RM-TOMATO", "Tomatoes", "kg", 3, { gtins: [{ gtin: GTIN.tomatoes, unit: "kg", each: "1" }] }),
      item("RM-PAPRIKA", "Paprika", "kg", 3),
      item("RM-SALT", "Salt", "kg", 3),
      item("FG-SAUCE", "Marinara sauce", "pcs", 0, { gtins: [{ gtin: GTIN.sauce, unit: "pcs", each: "1" }] }),
      item("PK-JAR", "Jar", "pcs", 0, { kept: "none" }),
    ],
    places: [place("DOCK", "Dock"), place("A-01", "Bay 1"), place("A-02", "Bay 2"), place("STAGE", "Stage"), place("QUAR", "Quarantine", false)],
  };
}

export function world(lots: Lot[] = [], more: Partial<World> = {}): World {
  return { shelf: new Shelf(book(lots)), site: "KIT", today: TODAY, online: true, may: () => true, ...more };
}

/** What a scan means to the world; the scanner's setup has proven that separators arrive. */
export function meaningOf(text: string, at: World): Meaning {
  const said = read(understand(text, { ...UNKNOWN_SCANNER, proven: true }), NOTHING, at.shelf, at.today);
  if (said.is !== "meaning") throw new Error(`${text}: ${JSON.stringify(said)}`);
  return said.meaning;
}

/** Somebody at work: does one thing after the other, and what came of it is kept. */
export class Hand<J, S> {
  state: S;
  last: Step<S>;
  orders: Order[] = [];
  scans = 0;
  readonly loop: Loop<J, S>;
  readonly world: World;

  constructor(loop: Loop<J, S>, job: J, at: World) {
    this.loop = loop;
    this.world = at;
    this.state = loop.start(job, at);
    this.last = { state: this.state, tell: null, orders: [] };
  }

  give(input: Input): this {
    // Through JSON, as a draft that was read again after a reload.
    const state = JSON.parse(JSON.stringify(this.state)) as S;
    this.last = this.loop.take(state, input, this.world);
    this.state = this.last.state;
    this.orders.push(...this.last.orders);
    return this;
  }

  scan(text: string): this {
    this.scans += 1;
    return this.give({ do: "scan", meaning: meaningOf(text, this.world) });
  }

  press(key: string): this {
    return this.give({ do: "press", key });
  }

  get told(): string {
    return `${this.last.tell?.tone ?? "-"}: ${this.last.tell?.words ?? ""}`;
  }

  get view() {
    return this.loop.show(this.state, this.world);
  }

  bodies(): Act["body"][] {
    return this.orders.map((order) => order.body);
  }
}
