/** Element strings: what a GS1 symbol carries, and how people write it; as `gs1/elements.py`. */
import { refused, shown } from "./faults.ts";
import { identifier, identifierAt, verify } from "./identifiers.ts";
import { PREDEFINED_LENGTHS } from "./table.ts";
import type { Element, Elements } from "./types.ts";

/** The separator (FNC1 inside a symbol) as scanners transmit it. */
export const SEPARATOR = "\x1d";
export const ELEMENTS_MAX = 64;

const WHAT = "an element string";

/** Reads the form for people: `(code)value…`, a bracket that opens within a value behind a backslash. */
export function readBracketed(text: string): Elements {
  const form = /\(([0-9]{2,4})\)((?:[^(\\]|\\[^])*)/y;
  const elements: Element[] = [];
  while (form.lastIndex < text.length || elements.length === 0) {
    const at = form.lastIndex;
    const match = form.exec(text);
    if (match === null) throw refused(WHAT, "malformed_brackets", "(code)value", shown(text.slice(at)));
    elements.push([match[1] ?? "", (match[2] ?? "").replace(/\\([^])/g, "$1")]);
  }
  return checked(elements);
}

/** Reads the data of a GS1 symbol, without anything in front. */
export function readData(text: string): Elements {
  if (!text) throw refused(WHAT, "no_elements", "at least one code and value", "nothing");
  return checked(split(text));
}

/** Cuts data into codes and values, without a look at the values. */
export function split(text: string): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < text.length; ) {
    const ai = identifierAt(text, at);
    if (ai === null) {
      throw refused(WHAT, "unknown_ai", "a known application identifier", shown(text.slice(at, at + 4)));
    }
    const start = at + ai.code.length;
    const stop = ai.predefined ? start + ai.longest : text.indexOf(SEPARATOR, start);
    const value = stop < 0 ? text.slice(start) : text.slice(start, stop);
    elements.push([ai.code, value]);
    at = start + value.length;
    // A separator after a value of predefined length is needless, but many printers set one.
    if (text[at] === SEPARATOR) at += 1;
  }
  return elements;
}

/** Checks every value by itself. */
export function checked(elements: Elements): Elements {
  limited(elements);
  for (const [code, value] of elements) verify(identifier(code), value);
  return elements;
}

export function limited(elements: Elements): void {
  if (elements.length > ELEMENTS_MAX) {
    throw refused(WHAT, "too_many_elements", `at most ${ELEMENTS_MAX} elements`, String(elements.length));
  }
}

/** The data of a symbol with these elements, without anything in front. */
export function written(elements: Elements): string {
  return elements
    .map(([code, value], number) => {
      const last = number === elements.length - 1;
      return code + value + (last || code.slice(0, 2) in PREDEFINED_LENGTHS ? "" : SEPARATOR);
    })
    .join("");
}

/** The form for people: codes in brackets, brackets within values behind a backslash. */
export function bracketed(elements: Elements): string {
  return elements.map(([code, value]) => `(${code})` + value.replace(/[\\(]/g, "\\$&")).join("");
}
