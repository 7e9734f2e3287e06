/** EPC URNs and the GS1 elements they stand for; as `epc/urn.py` and `epc/layout.py`. */
import { checkDigit, isDigits } from "./checks.ts";
import { refused, shown } from "./faults.ts";
import { LAYOUTS, SCHEMES } from "./table.ts";
import type { Element, Elements } from "./types.ts";
import { decode } from "./uris.ts";

const ESCAPED = /^(?:[A-Za-z0-9!'()*+,\-._:;=$@&~]|%[0-9A-Fa-f]{2})*$/;
const OPTIONAL = ["serial", "lot", "extension"];

interface Epc {
  readonly scheme: string;
  readonly fields: ReadonlyMap<string, string>;
  /** A pattern that leaves a field open, and so a class of things. */
  readonly open: boolean;
}

function stop(what: string, expected: string, got: string): never {
  throw refused(what, "bad_epc", expected, got);
}

const words = (text: string): string[] => (text ? text.split(" ") : []);

/** Reads an EPC URN: its elements, or null for a class of things and for what is no GS1 key. */
export function readEpc(text: string): Elements | null {
  const epc = parseUrn(text);
  const elements = epc.open ? [] : toElements(epc);
  return elements.length > 0 ? elements : null;
}

function parseUrn(text: string): Epc {
  const [, form = "", name = "", rest = ""] = /^urn:epc:(id|class|idpat):([a-z]+):([^]*)$/i.exec(text) ?? [];
  const scheme = name.toLowerCase() === "gcn" ? "sgcn" : name.toLowerCase();
  const row = Object.hasOwn(SCHEMES, scheme) ? SCHEMES[scheme] : undefined;
  if (row === undefined) stop("an EPC URN", "urn:epc:id|class|idpat:scheme:… of a known scheme", shown(text));
  const [fields, digits, numeric, rowForm, empty] = row;
  const pattern = form.toLowerCase() === "idpat";
  if (!pattern && form.toLowerCase() !== rowForm) {
    stop(`an EPC URN of ${scheme}`, `urn:epc:${rowForm}:…`, shown(text));
  }
  const names = words(fields);
  const values = splitAtDots(scheme, names, rest);
  const read = new Map<string, string>();
  names.forEach((field, at) => {
    const value = values[at] ?? "";
    const what = `${field} of an EPC URN of ${scheme}`;
    if (pattern && value === "*") {
      read.set(field, value);
      return;
    }
    const mustBeDigits = words(numeric).includes(field);
    if (!value && !words(empty).includes(field) && (digits === null || !mustBeDigits)) stop(what, "a value", "nothing");
    if (!ESCAPED.test(value)) stop(what, "letters and digits, others escaped with %", shown(value));
    const plain = decode(value) ?? stop("an escape", "UTF-8 behind the % signs", shown(value));
    if (mustBeDigits && plain && !isDigits(plain)) stop(what, "digits", shown(plain));
    read.set(field, plain);
  });
  checkLengths(scheme, names, digits, read, pattern);
  return { scheme, fields: read, open: pattern && [...read.values()].includes("*") };
}

/** Only the last field may hold dots itself. A missing SGLN extension is "0" (none). */
function splitAtDots(scheme: string, names: readonly string[], text: string): string[] {
  const pieces = text.split(".");
  const values = pieces.slice(0, names.length - 1);
  if (pieces.length >= names.length) values.push(pieces.slice(names.length - 1).join("."));
  if (scheme === "sgln" && values.length === 2) values.push("0");
  if (values.length !== names.length) stop(`an EPC URN of ${scheme}`, names.join("."), shown(text));
  return values;
}

function checkLengths(
  scheme: string,
  names: readonly string[],
  digits: number | null,
  fields: ReadonlyMap<string, string>,
  pattern: boolean,
): void {
  const prefix = fields.get("prefix");
  const reference = fields.get(names[1] ?? "") ?? "";
  if (prefix === undefined || (pattern && (prefix === "*" || reference === "*"))) return;
  const what = `an EPC URN of ${scheme}`;
  if (prefix.length < 6 || prefix.length > 12) {
    stop(what, "a company prefix of 6 to 12 digits", `${prefix.length} in ${shown(prefix)}`);
  }
  const length = prefix.length + reference.length;
  if (digits !== null && length !== digits) {
    stop(what, `${digits} digits in prefix and ${names[1]} together`, `${length} in ${prefix}.${reference}`);
  }
  for (const field of ["piece", "total"]) {
    const value = fields.get(field);
    if (value !== undefined && value !== "*" && value.length !== 2) stop(what, `2 digits as ${field}`, shown(value));
  }
}

function toElements(epc: Epc): Element[] {
  const layout = Object.hasOwn(LAYOUTS, epc.scheme) ? LAYOUTS[epc.scheme] : undefined;
  // Some schemes (gid, usdod, adi, bic, imovn) are no GS1 keys: they have no elements.
  if (layout === undefined) return [];
  const [code, moved, checked, lead, behind, qualifier, field] = layout;
  const [prefix = "", reference = ""] = epc.fields.values();
  const core = moved ? reference.charAt(0) + prefix + reference.slice(1) : prefix + reference;
  const tail = words(behind).map((name) => epc.fields.get(name) ?? "");
  const elements: Element[] = [[code, lead + core + (checked ? checkDigit(core) : "") + tail.join("")]];
  const value = epc.fields.get(field);
  if (OPTIONAL.includes(field) && value !== undefined) elements.push([qualifier, value]);
  return elements;
}
