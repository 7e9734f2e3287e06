/** The setup test: proof codes are scanned, and it is told whether the scanner can be trusted, and why not. */
import { SEPARATOR } from "../codes/index.ts";
import { PROOF_CODES } from "../codes/table.ts";
import type { Scan } from "../input/types.ts";
import { type Arrival, recognised, usableSeparator } from "./proof.ts";
import type { DeviceScanner } from "./store.ts";

export type Aspect = "separator" | "case" | "layout" | "terminator" | "prefix" | "identifier";

/** right: as it should be. set: different, but the station knows now. wrong: the scanner must be set. */
export interface Finding {
  readonly aspect: Aspect;
  readonly state: "right" | "set" | "wrong";
  readonly says: string;
  /** What to do, when it is wrong. */
  readonly remedy: string;
}

/** How far the test is; every scan makes a new value. */
export interface SetupTest {
  readonly arrivals: readonly Arrival[];
  readonly ends: readonly Scan["end"][];
  /** Codes that are still to be scanned. */
  readonly missing: readonly (typeof PROOF_CODES)[number][];
  readonly findings: readonly Finding[];
  /** Set when all have arrived and nothing is wrong: to be kept with `saveScanner`. */
  readonly result: DeviceScanner | null;
  /** Of the last scan, when it is no proof code: what came. */
  readonly strange: string;
}

export const START: SetupTest = {
  arrivals: [],
  ends: [],
  missing: PROOF_CODES,
  findings: [],
  result: null,
  strange: "",
};

/** Takes a scan into the test. A code scanned again counts anew: after the scanner has been set right. */
export function takeScan(test: SetupTest, scan: Scan, now: Date = new Date()): SetupTest {
  const arrival = recognised(scan.text);
  if (arrival === null) return { ...test, strange: scan.text };
  // Caps lock may be on with a scanner that makes up for it: what arrived counts.
  const others = test.arrivals.flatMap((one, at) => (one.code === arrival.code ? [] : [at]));
  const arrivals = [...others.map((at) => test.arrivals[at]!), arrival];
  const ends = [...others.map((at) => test.ends[at]!), scan.end];
  const missing = PROOF_CODES.filter((code) => !arrivals.some((one) => one.code === code));
  const findings = judged(arrivals, ends);
  const done = missing.length === 0 && findings.every((finding) => finding.state !== "wrong");
  return { arrivals, ends, missing, findings, result: done ? settings(arrivals, ends, now) : null, strange: "" };
}

function finding(aspect: Aspect, state: Finding["state"], says: string, remedy = ""): Finding {
  return { aspect, state, says, remedy };
}

/** What several arrivals have said about one thing; null when none did. */
function same<Value>(values: readonly Value[]): Value | null {
  const [first] = values;
  return first !== undefined && values.every((value) => value === first) ? first : null;
}

function judged(arrivals: readonly Arrival[], ends: readonly Scan["end"][]): Finding[] {
  return [
    ...separator(arrivals),
    capsLock(arrivals),
    layout(arrivals),
    around(arrivals),
    terminator(ends),
    identifier(arrivals),
  ];
}

function separator(arrivals: readonly Arrival[]): Finding[] {
  const seen = arrivals.flatMap((arrival) => (arrival.separator === null ? [] : [arrival.separator]));
  if (seen.length === 0) return [];
  const set = "Set the scanner to send GS (ASCII 29), or to put another character for it, such as ~ or |.";
  if (seen.includes("")) {
    return [finding("separator", "wrong", "The separator is lost: lot and serial would run together.", set)];
  }
  const unsafe = seen.find((one) => !usableSeparator(one));
  if (unsafe !== undefined) {
    const says = `${shown(unsafe)} comes for the separator: it could be part of a lot number.`;
    return [finding("separator", "wrong", says, set)];
  }
  const others = [...new Set(seen.filter((one) => one !== SEPARATOR))];
  if (others.length === 0) return [finding("separator", "right", "The separator arrives.")];
  return [finding("separator", "set", `${others.map(shown).join(" and ")} comes for the separator: the station knows now.`)];
}

function capsLock(arrivals: readonly Arrival[]): Finding {
  if (!arrivals.some((arrival) => arrival.capsLock)) return finding("case", "right", "Capitals and small letters arrive.");
  const remedy = "Turn caps lock off, or set the scanner to make up for it; then scan again.";
  return finding("case", "wrong", "Capitals arrive as small letters: caps lock is on.", remedy);
}

function layout(arrivals: readonly Arrival[]): Finding {
  const wrong = arrivals.filter((arrival) => arrival.layouts.length > 0);
  const [first] = wrong;
  if (first === undefined) return finding("layout", "right", "The keyboard layout fits.");
  const all = first.layouts.filter((one) => wrong.every((arrival) => arrival.layouts.includes(one)));
  const name = (all.length > 0 ? all : first.layouts).join(" or ");
  const says = `The scanner types as a US keyboard, but this computer has the ${name} layout.`;
  const remedy = `Set the scanner to the ${name} layout, or to Alt codes; then scan again.`;
  return finding("layout", "wrong", says, remedy);
}

function around(arrivals: readonly Arrival[]): Finding {
  const [prefix, suffix] = [same(arrivals.map((one) => one.prefix)), same(arrivals.map((one) => one.suffix))];
  if (prefix === null || suffix === null) {
    const says = "What stands in front of the codes or behind them is not the same each time.";
    return finding("prefix", "wrong", says, "Set the scanner to one prefix and suffix for all kinds of codes, or none.");
  }
  if (!prefix && !suffix) return finding("prefix", "right", "Nothing stands in front of the codes or behind them.");
  const parts = [prefix && `${shown(prefix)} in front`, suffix && `${shown(suffix)} behind`].filter(Boolean);
  return finding("prefix", "set", `Codes come with ${parts.join(" and ")}: the station knows now.`);
}

function terminator(ends: readonly Scan["end"][]): Finding {
  const end = same(ends);
  if (end === "") {
    const says = "No Enter or Tab comes behind the code: the station waits for silence, which is slower.";
    return finding("terminator", "set", says);
  }
  if (end !== null) return finding("terminator", "right", `${end} comes behind the code.`);
  const remedy = "Set the scanner to send Enter behind every code.";
  // Enter and Tab both end a scan; only a missing end would cut codes in two.
  if (!ends.includes("")) return finding("terminator", "right", "Enter or Tab comes behind the code.");
  return finding("terminator", "wrong", "Enter or Tab comes behind some codes only.", remedy);
}

function identifier(arrivals: readonly Arrival[]): Finding {
  const without = arrivals.some((arrival) => !arrival.identifier);
  if (!without) return finding("identifier", "right", "Symbology identifiers arrive.");
  const says = "No symbology identifiers arrive: plain codes are told from GS1 codes by their digits only.";
  return finding("identifier", "set", says, 'Better: switch "transmit AIM identifier" on.');
}

function settings(arrivals: readonly Arrival[], ends: readonly Scan["end"][], now: Date): DeviceScanner {
  const seen = new Set(arrivals.flatMap((arrival) => arrival.separator ?? []));
  seen.delete(SEPARATOR);
  return {
    separators: [...seen],
    proven: true,
    prefix: arrivals[0]?.prefix ?? "",
    suffix: arrivals[0]?.suffix ?? "",
    silence: ends.includes(""),
    tested_at: now.toISOString(),
  };
}

function shown(text: string): string {
  return `"${text.replace(/[\x00-\x20]/g, (one) => (one === " " ? "blank" : `^${String.fromCharCode(one.charCodeAt(0) + 64)}`))}"`;
}
