/** Several scans of one thing, taken together until it is known what it is and which lot; as `scans/collecting.py`. */
import { findFault } from "./associations.ts";
import { Refused, refused } from "./faults.ts";
import { identifier, verify } from "./identifiers.ts";
import { bracketed } from "./strings.ts";
import type { Ambiguous, Collected, Elements, Refusal, Understood } from "./types.ts";

const WHAT = "what was scanned together";
const ITEMS = ["01", "02", "03", "8006", "8026"];
const LOTS = ["10", "21", "235"];
/** Faults that no further scan can heal. */
const FINAL = ["repeated_differently", "forbidden_together"];

export const NOTHING: Collected = { elements: [], targets: [], texts: [], missing: ["item", "lot"] };

/**
 * Takes one more scan; the same symbol twice changes nothing.
 *
 * A refusal when it contradicts what was scanned before (another item, another lot), and for an ambiguous
 * scan: that is settled first. What was collected before stays as it was.
 */
export function collect(before: Collected, scan: Understood | Ambiguous): Collected | Refusal {
  if (scan.is === "ambiguous") {
    const ways = scan.readings.map(bracketed).join(" or ");
    return refused(WHAT, "ambiguous", "a scan with one reading", ways).refusal;
  }
  if (scan.target !== null) {
    const [what, uid] = scan.target;
    const known = before.targets.some((target) => target[0] === what && target[1] === uid);
    return known ? before : complete({ ...before, targets: [...before.targets, scan.target] });
  }
  if (scan.elements === null) {
    return before.texts.includes(scan.text) ? before : { ...before, texts: [...before.texts, scan.text] };
  }
  return withElements(before, scan.elements);
}

/** Takes scans in their order; stops at the first that contradicts. */
export function collectAll(scans: readonly (Understood | Ambiguous)[]): Collected | Refusal {
  let all: Collected = NOTHING;
  for (const scan of scans) {
    const next = collect(all, scan);
    if ("is" in next) return next;
    all = next;
  }
  return all;
}

/** Takes `text`, scanned or typed, as the value of `code`, such as 10 for a lot. */
export function take(before: Collected, code: string, text: string): Collected | Refusal {
  try {
    verify(identifier(code), text);
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    throw error;
  }
  const taken = withElements(before, [[code, text]]);
  return "is" in taken ? taken : { ...taken, texts: taken.texts.filter((known) => known !== text) };
}

function withElements(before: Collected, more: Elements): Collected | Refusal {
  const known = new Set(before.elements.map(([code, value]) => `${code} ${value}`));
  const elements = [...before.elements];
  for (const element of more) {
    const key = `${element[0]} ${element[1]}`;
    if (!known.has(key)) elements.push(element);
    known.add(key);
  }
  const found = findFault(elements);
  if (found !== null && FINAL.includes(found.code)) return new Refused(WHAT, found).refusal;
  return complete({ ...before, elements });
}

function complete(all: Collected): Collected {
  const has = (codes: readonly string[]): boolean => all.elements.some(([code]) => codes.includes(code));
  if (all.targets.length > 0 || has(["00"])) return { ...all, missing: [] };
  const missing: ("item" | "lot")[] = [];
  if (!has(ITEMS)) missing.push("item");
  if (!has(LOTS)) missing.push("lot");
  return { ...all, missing };
}

/** Keeps the readings that `known` says the book knows: one is the answer, none or more is none. */
export function settle(scan: Ambiguous, known: (reading: Elements) => boolean): Understood | Ambiguous {
  const kept = scan.readings.filter(known);
  const [only] = kept;
  if (only !== undefined && kept.length === 1) return choose(scan, only);
  return { ...scan, readings: kept.length > 0 ? kept : scan.readings };
}

/** The reading that somebody has picked. */
export function choose(scan: Ambiguous, reading: Elements): Understood {
  const { text, symbology } = scan;
  return { is: "understood", kind: "elements", text, elements: reading, target: null, command: null, symbology };
}
