/** Reads scans in the book of the site: those of one thing together, and again once the server has told of it. */
import { type Collected, type Command, NOTHING } from "../codes/index.ts";
import { meaningOf, type Reading, type Scan } from "../input/index.ts";
import { chosen, read, type Read } from "../jobs/meaning.ts";
import { day } from "../jobs/words.ts";
import type { Knowledge } from "./knowledge.ts";
import type { Several, Which } from "./shown.ts";

type Readings = Extract<Which, { of: "readings" }>;

const HELD_MS = 60_000;

export class Ear {
  /** The last scans of the thing in front: what the server is asked about. */
  texts: string[] = [];
  readonly #know: Knowledge;
  readonly #reading: () => Reading;
  #held: { all: Collected; at: number } = { all: NOTHING, at: 0 };

  constructor(know: Knowledge, reading: () => Reading) {
    this.#know = know;
    this.#reading = reading;
  }

  /** The next scan is of another thing. */
  forget(): void {
    this.#held = { all: NOTHING, at: 0 };
  }

  #before(): Collected {
    return Date.now() - this.#held.at < HELD_MS ? this.#held.all : NOTHING;
  }

  /** A printed command, or what the scan says in the book; null while there is no book. */
  hear(scan: Scan, before = this.#before()): Command | Read | null {
    const { shelf, today } = this.#know;
    const meaning = meaningOf(scan, this.#reading());
    if (meaning.is === "understood" && meaning.command) return meaning.command;
    return shelf && read(meaning, before, shelf, today);
  }

  /** What the scan says as the reading that somebody has chosen. */
  choose(which: Readings, index: number): Read | null {
    const choice = which.choices[index];
    const { shelf, today } = this.#know;
    return choice && shelf ? chosen(which.scan, choice.elements, this.#before(), shelf, today) : null;
  }

  /** It waits for the scans that belong to it. */
  keep(held: Collected, scan: Scan): void {
    this.texts = this.#before() === NOTHING ? [scan.text] : [...this.texts, scan.text].slice(-4);
    this.#held = { all: held, at: Date.now() };
  }

  /** Asks the server what the device does not know, and reads the scan again; null when nobody knows more. */
  async ask(scan: Scan): Promise<Read | null> {
    const looked = await this.#know.lookUp([scan.text]);
    const found = (looked?.found ?? []).filter(({ item, lot }) => item || lot);
    const { shelf } = this.#know;
    for (const { item, lot } of found) {
      if (item) shelf?.learnItem(item);
      if (lot) shelf?.learnLot(lot);
    }
    const again = found.length ? this.hear(scan, NOTHING) : null;
    return again && "is" in again ? again : null;
  }

  /** The lots that share a number, in the words of a choice. */
  lotsOf({ lots, said }: Several, raw: Scan | null): Which {
    const choices = lots.map((lot) => {
      const expires = lot.expires_on ? `, expires ${day(lot.expires_on)}` : "";
      const at = lot.at[0] ? `, at ${lot.at[0].place}` : "";
      return { lot, label: `${this.#know.shelf?.name(lot.item) ?? lot.item}${expires}${at}` };
    });
    return { of: "lots", raw, choices, said };
  }
}
