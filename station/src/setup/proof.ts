/**
 * What the arrival of a proof code tells about the scanner.
 *
 * What the code holds is known, so every way of spoiling it is tried: layouts, caps lock, what stands in place
 * of the separator, with and without symbology identifier, with something in front or behind.
 */
import { LAYOUTS, SEPARATOR, typed, unsafeSeparator } from "../codes/index.ts";
import { turned } from "../codes/symbols.ts";
import { PROOF_CODES } from "../codes/table.ts";

export type ProofCode = (typeof PROOF_CODES)[number];

/** How one code arrived. */
export interface Arrival {
  readonly code: ProofCode;
  /** Which other layouts than the scanner's this computer may have; none when nothing was changed. */
  readonly layouts: readonly string[];
  readonly capsLock: boolean;
  /** What arrived in place of GS ("" when it was lost); null for codes that hold none. */
  readonly separator: string | null;
  /** Whether the symbology identifier came. */
  readonly identifier: boolean;
  readonly prefix: string;
  readonly suffix: string;
}

/** More than that in front, behind or for the separator is no setting but another code. */
const AROUND_MAX = 12;

/** Says which proof code `text` was and how it was changed on its way; null when it is none of them. */
export function recognised(text: string): Arrival | null {
  for (const capsLock of [false, true]) {
    const plain = tried(text, "", capsLock);
    if (plain !== null) return plain;
    const found = LAYOUTS.flatMap((layout) => tried(text, layout, capsLock) ?? []);
    const [first] = found;
    // Layouts that differ elsewhere may agree on what this code holds.
    if (first !== undefined) return { ...first, layouts: found.flatMap((one) => one.layouts) };
  }
  return null;
}

function tried(text: string, layout: string, capsLock: boolean): Arrival | null {
  // Caps lock acts on the letters that the layout gives.
  const spoilt = (sent: string): string => {
    const arrives = layout ? typed(sent, layout) : sent;
    return capsLock ? turned(arrives) : arrives;
  };
  for (const code of PROOF_CODES) {
    const found = matched(text, code, spoilt);
    if (found !== null) return { ...found, code, layouts: layout ? [layout] : [], capsLock };
  }
  return null;
}

function matched(
  text: string,
  code: ProofCode,
  spoilt: (sent: string) => string,
): Omit<Arrival, "code" | "layouts" | "capsLock"> | null {
  const [first = "", second = null] = code.data.split(SEPARATOR).map(spoilt);
  const start = text.indexOf(first);
  if (start < 0) return null;
  const between = start + first.length;
  const next = second === null ? between : text.indexOf(second, between);
  if (next < 0 || next - between > AROUND_MAX) return null;
  const aim = spoilt(code.aim);
  const before = text.slice(0, start);
  const identifier = before.endsWith(aim);
  const prefix = identifier ? before.slice(0, -aim.length) : before;
  const suffix = text.slice(next + (second ?? "").length);
  if (prefix.length > AROUND_MAX || suffix.length > AROUND_MAX) return null;
  return { separator: second === null ? null : text.slice(between, next), identifier, prefix, suffix };
}

/** Whether a substitute for the separator can be told from a value. */
export function usableSeparator(separator: string): boolean {
  return separator === SEPARATOR || (separator !== "" && unsafeSeparator(separator) === null);
}
