/** The readings that a text would have, had its separators not been lost; as `gs1/separators.py`. */
import { findFault } from "./associations.ts";
import { examine, identifierAt } from "./identifiers.ts";
import { ELEMENTS_MAX } from "./strings.ts";
import type { Element, Elements } from "./types.ts";

/** More readings are of no help to whoever has to choose. */
const READINGS_MAX = 8;
const TRIES_MAX = 20_000;

/** Goes through the text once per place and way to get there; places that lead nowhere are remembered. */
class Search {
  readonly text: string;
  readonly dead = new Set<number>();
  tries = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Every way to read the text from `at` to its end, longest values first. */
  *from(at: number, before: Elements): Generator<Elements, void, void> {
    if (at === this.text.length) {
      if (before.length > 0) yield before;
      return;
    }
    if (this.dead.has(at) || before.length >= ELEMENTS_MAX) return;
    let alive = false;
    for (const element of this.nextElements(at)) {
      for (const elements of this.from(at + element[0].length + element[1].length, [...before, element])) {
        alive = true;
        yield elements;
      }
      if (this.tries > TRIES_MAX) return;
    }
    if (!alive) this.dead.add(at);
  }

  /** Every element that may begin at `at`, its value right by itself. */
  *nextElements(at: number): Generator<Element, void, void> {
    const ai = identifierAt(this.text, at);
    if (ai === null) return;
    const start = at + ai.code.length;
    const longest = Math.min(ai.longest, this.text.length - start);
    const shortest = ai.predefined ? ai.longest : Math.max(1, ai.shortest);
    for (let length = longest; length >= shortest; length -= 1) {
      this.tries += 1;
      const value = this.text.slice(start, start + length);
      if (examine(ai, value) === null) yield [ai.code, value];
    }
  }
}

/** At most eight readings in which every value is right; with `together`, those that may stand together. */
export function readings(text: string, together: boolean): Elements[] {
  const found: Elements[] = [];
  for (const elements of new Search(text).from(0, [])) {
    if (together && findFault(elements) !== null) continue;
    found.push(elements);
    if (found.length === READINGS_MAX) break;
  }
  return found;
}
