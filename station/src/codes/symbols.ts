/** Scans that begin with a symbology identifier (ISO/IEC 15424); as `gs1/symbols.py`. */
import { isDigits } from "./checks.ts";
import { Refused, refused, shown } from "./faults.ts";
import { readLink } from "./links.ts";
import { readings } from "./separators.ts";
import { SEPARATOR, bracketed, checked, readData, split } from "./strings.ts";
import { ELEMENT_SYMBOLS, GTIN_SYMBOLS, TEXT_SYMBOLS, TURNED } from "./table.ts";
import type { Element, Elements } from "./types.ts";

const WHAT = "a scan";
const ADD_ONS: Readonly<Record<string, number>> = { "]E1": 2, "]E2": 5 };
const COMPOSITE = "|]e0";

/** Reads `data` behind the identifier `aim`: its elements, or null for plain text. */
export function readSymbol(aim: string, data: string): Elements | null {
  if (aim.length < 3) {
    throw refused(WHAT, "no_symbology", "a symbology identifier, such as ]C1 or ]d2, and the data", shown(aim + data));
  }
  if (aim in ELEMENT_SYMBOLS) return elementSymbol(data);
  if (aim in GTIN_SYMBOLS || aim === "]E3") return retailSymbol(aim, data);
  const addOn = ADD_ONS[aim];
  if (addOn !== undefined) {
    if (data.length !== addOn || !isDigits(data)) throw refused(WHAT, "bad_add_on", `${addOn} digits`, shown(data));
    return null;
  }
  const [, modifiers = ""] = TEXT_SYMBOLS[aim.charAt(1)] ?? [];
  if (!modifiers.includes(aim.charAt(2))) {
    if (TURNED.split(" ").includes(aim)) {
      throw refused(WHAT, "caps_lock", `${turned(aim)} (is caps lock on?)`, shown(aim));
    }
    throw refused(WHAT, "unknown_symbology", "a symbology identifier that is known", shown(aim));
  }
  return isWebAddress(data) ? readLink(data) : null;
}

export function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/** Small letters for capitals and capitals for small ones. */
export function turned(text: string): string {
  return text.replace(/\p{L}/gu, (letter) => {
    const upper = letter.toUpperCase();
    const other = letter === upper ? letter.toLowerCase() : upper;
    return other.length === letter.length ? other : letter;
  });
}

function elementSymbol(data: string): Elements {
  try {
    return readData(data);
  } catch (error) {
    throw lostSeparator(data) ?? error;
  }
}

/** The error for data that no reading fits as it is, but some would if separators had been lost. */
function lostSeparator(data: string): Refused | null {
  if (data.includes(SEPARATOR)) return null;
  const [first] = readings(data, false);
  if (first === undefined) return null;
  const expected = "separators (GS) behind values of variable length, as in " + bracketed(first);
  return refused(WHAT, "separator_lost", expected, `none in ${shown(data)}`);
}

function retailSymbol(aim: string, data: string): Elements {
  const bar = data.indexOf(COMPOSITE);
  let linear = bar < 0 ? data : data.slice(0, bar);
  if (aim === "]E3") {
    if (![15, 18].includes(linear.length) || !isDigits(linear)) {
      throw refused(WHAT, "wrong_length", "13 digits, then 2 or 5 of the add-on", shown(linear));
    }
    linear = linear.slice(0, 13);
  }
  const [name, length] = GTIN_SYMBOLS[aim] ?? ["EAN-13 with add-on", 13];
  if (linear.length !== length || !isDigits(linear)) {
    throw refused(WHAT, "wrong_length", `${length} digits (${name})`, `${linear.length} in ${shown(linear)}`);
  }
  const elements: Element[] = [["01", linear.padStart(14, "0")]];
  if (bar >= 0) {
    const component = data.slice(bar + COMPOSITE.length);
    if (!component) throw refused(WHAT, "no_elements", "an element string behind |]e0", "nothing");
    elements.push(...split(component));
  }
  return checked(elements);
}
