/** Any scan: GS1 symbols, links, EPC URNs, labels of our own, numbers and plain codes; as `scans/understanding.py`. */
import { hasCheckDigit } from "./checks.ts";
import { commandOf } from "./commands.ts";
import { readEpc } from "./epcs.ts";
import { Refused, refused, shown } from "./faults.ts";
import { LAYOUTS, meant } from "./layouts.ts";
import { readLink } from "./links.ts";
import { readings } from "./separators.ts";
import { SEPARATOR, readBracketed, readData, written } from "./strings.ts";
import { isWebAddress, readSymbol } from "./symbols.ts";
import { COMMAND_PREFIX, CSET_82, ELEMENT_SYMBOLS, PICTURED } from "./table.ts";
import type { Ambiguous, Elements, Kind, Meaning, OwnKind, Refusal, Scanner, Understood } from "./types.ts";

const WHAT = "a scan";
const OWN =
  /^https?:\/\/([^/?#]+)\/(?:[^?#]*\/)?(lots|places|items|units)\/([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\/?$/i;
const CONTROLS = /[\x00-\x1c\x1e\x1f\x7f]/;

export const UNKNOWN_SCANNER: Scanner = { separators: [], proven: false, prefix: "", suffix: "", hosts: [] };

/** Why `separator` may not stand for GS, or null: it could be part of a value. */
export function unsafeSeparator(separator: string): Refusal | null {
  if (Array.from(separator).some((character) => !CSET_82.includes(character))) return null;
  return refused("a separator", "unsafe_separator", "a character that no GS1 value has, such as ~ or |", shown(separator))
    .refusal;
}

/** Says what a scan means; never throws. */
export function understand(text: string, scanner: Scanner = UNKNOWN_SCANNER): Meaning {
  try {
    return read(plain(text, scanner), scanner);
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    throw error;
  }
}

/** Takes off prefix, suffix and line ends, and puts GS for whatever stands for it. */
function plain(text: string, scanner: Scanner): string {
  let data = text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
  if (data.startsWith(scanner.prefix)) data = data.slice(scanner.prefix.length);
  if (scanner.suffix && data.endsWith(scanner.suffix)) data = data.slice(0, -scanner.suffix.length);
  for (const separator of [...scanner.separators, ...PICTURED.split(" ")]) data = data.replaceAll(separator, SEPARATOR);
  return data;
}

function said(kind: Kind, text: string, more: Partial<Understood> = {}): Understood {
  return { is: "understood", kind, text, elements: null, target: null, command: null, symbology: "", ...more };
}

function asked(text: string, found: readonly Elements[], symbology = ""): Ambiguous {
  return { is: "ambiguous", text, readings: found, symbology };
}

function read(data: string, scanner: Scanner): Understood | Ambiguous {
  if (!data) throw refused(WHAT, "nothing", "something scanned", "nothing");
  const odd = CONTROLS.exec(data);
  if (odd !== null) {
    const expected = "letters, digits and GS (is the scanner set to the layout of this keyboard?)";
    throw refused(WHAT, "control_character", expected, `${shown(odd[0])} in ${shown(data)}`);
  }
  if (data.startsWith("]")) return ofSymbol(data.slice(0, 3), data.slice(3), scanner);
  if (isWebAddress(data)) return ofAddress(data, scanner, "");
  if (isEpc(data)) return said("epc", data, { elements: readEpc(data) });
  if (data.startsWith("(")) return said("elements", data, { elements: readBracketed(data) });
  if (data.includes(SEPARATOR)) return ofSeparated(data);
  const told = ofCommand(data, "") ?? ofNumber(data) ?? ofDataAlone(data, scanner);
  if (told === null) refuseOtherLayouts(data);
  return told ?? said("text", data);
}

/** Only a GS1 symbol has separators; one in front is FNC1 of a scanner that sends no identifier. */
function ofSeparated(data: string): Understood {
  try {
    return said("elements", data, { elements: readData(data.startsWith(SEPARATOR) ? data.slice(1) : data) });
  } catch (error) {
    // "+C10104…" of a German keyboard is no unknown code: the better reason comes first.
    refuseOtherLayouts(data);
    throw error;
  }
}

function isEpc(data: string): boolean {
  return /^urn:epc:/i.test(data);
}

/** Refuses a text that would be a GS1 scan, check digits and all, on a keyboard of another layout. */
function refuseOtherLayouts(data: string): void {
  for (const layout of LAYOUTS) {
    const text = meant(data, layout);
    if (text === data || !mayBeGs1(text)) continue;
    if (readsAsGs1(text)) {
      const expected = `a scanner set to the ${layout} layout of this keyboard`;
      throw refused(WHAT, "keyboard_layout", expected, `${shown(data)} for ${shown(text)}`);
    }
  }
}

function mayBeGs1(text: string): boolean {
  return /^(?:\]|\(|https?:\/\/)/.test(text) || text.startsWith(COMMAND_PREFIX);
}

function readsAsGs1(text: string): boolean {
  try {
    if (commandOf(text) !== null) return true;
    if (text.startsWith("]")) return readSymbol(text.slice(0, 3), text.slice(3)) !== null;
    return (text.startsWith("(") ? readBracketed(text) : readLink(text)).length > 0;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

function ofSymbol(aim: string, behind: string, scanner: Scanner): Understood | Ambiguous {
  if (aim in ELEMENT_SYMBOLS) {
    if (!scanner.proven && !behind.includes(SEPARATOR)) return withoutSeparators(behind, aim);
  } else if ("QdJ".includes(aim.charAt(1)) && isWebAddress(behind)) {
    return ofAddress(behind, scanner, aim);
  } else if (isEpc(behind)) {
    return said("epc", behind, { elements: readEpc(behind), symbology: aim });
  }
  const command = aim in ELEMENT_SYMBOLS ? null : ofCommand(behind, aim);
  if (command !== null) return command;
  const elements = readSymbol(aim, behind);
  return said(elements === null ? "text" : "elements", behind, { elements, symbology: aim });
}

/** Reads data from which separators may be missing: there must be one way to read it, or else many. */
function withoutSeparators(data: string, aim: string): Understood | Ambiguous {
  // Companions are checked over all symbols together, but a reading that fits by itself is more likely.
  const fitting = readings(data, true);
  const found = fitting.length > 0 ? fitting : readings(data, false);
  const [first] = found;
  if (first === undefined) return said("elements", data, { elements: readData(data), symbology: aim });
  // One reading, but only with a separator that did not come: somebody should look.
  if (found.length > 1 || written(first) !== data) return asked(data, found, aim);
  return said("elements", data, { elements: first, symbology: aim });
}

function ofAddress(data: string, scanner: Scanner, symbology: string): Understood {
  const [, host = "", what = "", uid = ""] = OWN.exec(data) ?? [];
  if (host && scanner.hosts.includes(host.toLowerCase())) {
    return said("own", data, { target: [what.toLowerCase() as OwnKind, uid.toLowerCase()], symbology });
  }
  try {
    return said("link", data, { elements: readLink(data), symbology });
  } catch (error) {
    if (!(error instanceof Refused) || !["no_key", "alias_refused"].includes(error.refusal.code)) throw error;
    return said("address", data, { symbology });
  }
}

function ofCommand(data: string, symbology: string): Understood | null {
  const command = commandOf(data);
  return command === null ? null : said("command", data, { command, symbology });
}

function ofNumber(data: string): Understood | null {
  if (!hasCheckDigit(data)) return null;
  if ([8, 12, 13, 14].includes(data.length)) {
    return said("number", data, { elements: [["01", data.padStart(14, "0")]] });
  }
  return data.length === 18 ? said("number", data, { elements: [["00", data]] }) : null;
}

/** Reads data without identifier: as elements only when it begins with a key whose check digit is right. */
function ofDataAlone(data: string, scanner: Scanner): Understood | Ambiguous | null {
  if (!/^0[012]/.test(data)) return null;
  const found = readings(data, true);
  const [first] = found;
  if (first === undefined) return null;
  if ((found.length === 1 || scanner.proven) && written(first) === data) {
    return said("elements", data, { elements: first });
  }
  return asked(data, found);
}
