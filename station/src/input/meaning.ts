/** A scan with its circumstances understood: what the keyboard tells beside the text counts, too. */
import { type Meaning, type Refusal, type Scanner, type Understood, understand } from "../codes/index.ts";
import { turned } from "../codes/symbols.ts";
import type { Scan } from "./types.ts";

/** Refusals of what does not even begin like a code. */
const STRANGE = ["unknown_ai", "unknown_symbology"];

/** How a device reads: its scanner, and whether silence may end a scan. */
export interface Reading extends Scanner {
  readonly silence: boolean;
}

/** Says what a scan means; never throws. Codes beside those of `understand`: `unfinished`, `caps_lock`. */
export function meaningOf(scan: Scan, reading: Reading): Meaning {
  if (scan.end === "" && !reading.silence && !(reading.prefix && scan.text.startsWith(reading.prefix))) {
    const got = `${scan.text.length} characters and then silence`;
    return refusal("unfinished", "Enter or Tab behind the scan (scan again; else test the scanner)", got);
  }
  // A camera has no keyboard in between: it delivers every separator.
  const scanner = scan.how === "camera" ? { ...reading, proven: true, separators: [], prefix: "", suffix: "" } : reading;
  const meaning = understand(scan.text, scanner);
  if (scan.how !== "wedge") return meaning;
  const caps =
    meaning.is === "refused"
      ? STRANGE.includes(meaning.code) && fitsTurned(scan.text, scanner)
      : scan.capsLock && mayBeTurned(meaning);
  return caps ? refusal("caps_lock", "caps lock off (then scan again)", "caps lock on") : meaning;
}

/** Whether what was refused would be GS1's with its letters turned (perhaps on another layout, too). */
function fitsTurned(text: string, scanner: Scanner): boolean {
  const meaning = understand(turned(text), scanner);
  if (meaning.is === "understood") return meaning.elements !== null || meaning.kind === "command";
  return meaning.is === "ambiguous" || meaning.code === "keyboard_layout";
}

/** Whether caps lock may have turned letters that matter, and nothing in the scan proves that it did not. */
function mayBeTurned(meaning: Exclude<Meaning, Refusal>): boolean {
  // An identifier that arrived in its case shows that the scanner makes up for caps lock.
  if (meaning.symbology || (meaning.is === "understood" && ["own", "command"].includes(meaning.kind))) return false;
  return /[A-Za-z]/.test(values(meaning));
}

function values(meaning: Exclude<Meaning, Refusal>): string {
  if (meaning.is === "ambiguous") return meaning.text;
  const { elements, text }: Understood = meaning;
  return elements === null ? text : elements.map(([, value]) => value).join("");
}

function refusal(code: string, expected: string, got: string): Refusal {
  return { is: "refused", what: "a scan", code, expected, got };
}
