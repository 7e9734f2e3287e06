/** Application identifiers, made from the table; as `gs1/identifiers.py`. */
import { type Fault, Refused, fault, refused, shown } from "./faults.ts";
import { LINTERS, type Linter } from "./linters.ts";
import { PREDEFINED_LENGTHS, ROWS } from "./table.ts";

interface Part {
  readonly least: number;
  readonly most: number;
  readonly optional: boolean;
  readonly checks: readonly Linter[];
}

export interface Identifier {
  readonly code: string;
  readonly title: string;
  readonly parts: readonly Part[];
  readonly shortest: number;
  readonly longest: number;
  /** Needs no separator behind it. */
  readonly predefined: boolean;
  /** May stand in the query of a Digital Link. */
  readonly attribute: boolean;
  /** Codes that may follow it in the path of a Digital Link, each way in its order; null: no key. */
  readonly paths: readonly (readonly string[])[] | null;
  readonly needs: readonly (readonly string[])[];
  readonly bars: readonly string[];
}

const SETS: Readonly<Record<string, string>> = { N: "csetnumeric", X: "cset82", Y: "cset39", Z: "cset64" };

const words = (text: string): string[] => (text ? text.split(" ") : []);

function part(text: string): Part {
  const [, kind = "", exact, top, optional, checks = ""] =
    /^([NXYZ])(\d+)?(?:\.\.(\d+))?(\??)((?::\w+)*)$/.exec(text) ?? [];
  const names = [SETS[kind] ?? "", ...checks.split(":").slice(1)];
  return {
    least: Number(exact ?? 1),
    most: Number(exact ?? top),
    optional: optional === "?",
    checks: names.map((name) => LINTERS[name]!),
  };
}

function codes(text: string): string[] {
  const [first = "", last = first] = text.split("-");
  const count = Number(last) - Number(first) + 1;
  return Array.from({ length: count }, (_, more) => String(Number(first) + more).padStart(first.length, "0"));
}

function table(): Map<string, Identifier> {
  const all = new Map<string, Identifier>();
  for (const [range, title, form, attribute, path, needs, bars] of ROWS) {
    const parts = form.split(" ").map(part);
    const shared = {
      title,
      parts,
      shortest: parts.reduce((sum, one) => sum + (one.optional ? 0 : one.least), 0),
      longest: parts.reduce((sum, one) => sum + one.most, 0),
      attribute: attribute === 1,
      paths: path === null ? null : path.split("|").map(words),
      needs: words(needs).map((group) => group.split("+")),
      bars: words(bars),
    };
    for (const code of codes(range)) {
      all.set(code, { code, predefined: code.slice(0, 2) in PREDEFINED_LENGTHS, ...shared });
    }
  }
  return all;
}

/** The application identifiers known today, by code. */
export const AIS: ReadonlyMap<string, Identifier> = table();

/** The short title of a code, such as "BATCH/LOT", or "". */
export function titleOf(code: string): string {
  return AIS.get(code)?.title ?? "";
}

export function identifier(code: string): Identifier {
  const found = AIS.get(code);
  if (found === undefined) {
    throw refused("an element string", "unknown_ai", "a known application identifier", `(${code})`);
  }
  return found;
}

/** The identifier whose code `text` has at `at`, or null; no code is the beginning of another. */
export function identifierAt(text: string, at: number): Identifier | null {
  for (let length = 2; length <= 4; length += 1) {
    const found = AIS.get(text.slice(at, at + length));
    if (found !== undefined) return found;
  }
  return null;
}

/** The first thing wrong with `value` by format and checks, or null. */
export function examine(ai: Identifier, value: string): Fault | null {
  let at = 0;
  for (const one of ai.parts) {
    if (one.optional && at >= value.length) continue;
    const text = value.slice(at, at + one.most);
    at += text.length;
    if (text.length < one.least) return wrongLength("value_too_short", ai, value);
    for (const check of one.checks) {
      const found = check(text);
      if (found !== null) return found;
    }
  }
  return at < value.length ? wrongLength("value_too_long", ai, value) : null;
}

function wrongLength(code: string, ai: Identifier, value: string): Fault {
  const ends: number[] = [];
  let end = 0;
  for (const one of ai.parts) ends.push((end += one.most));
  const fixed = ai.parts.every((one) => one.least === one.most);
  const lengths = fixed ? ends.filter((sum) => sum >= ai.shortest).join(" or ") : `${ai.shortest} to ${ai.longest}`;
  return fault(code, `${lengths} characters`, `${value.length} in ${shown(value)}`);
}

/** Throws when `value` is not what `ai` promises. */
export function verify(ai: Identifier, value: string): void {
  const found = examine(ai, value);
  if (found !== null) throw new Refused(`(${ai.code}) ${ai.title}`.trimEnd(), found);
}
