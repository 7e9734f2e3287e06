/** Which elements must, and which must not, stand together; as `gs1/associations.py`. */
import { type Fault, Refused, fault, shown } from "./faults.ts";
import { AIS } from "./identifiers.ts";
import type { Elements } from "./types.ts";

/** How long these keys are without the serial number that a digital signature (8030) asks for. */
const SERIAL_BEHIND: Readonly<Record<string, number>> = { "253": 13, "255": 13, "8003": 14 };

/** The first of: repeats that differ, forbidden pairs, companions that are missing; or null. */
export function findFault(elements: Elements): Fault | null {
  const codes = [...new Set(elements.map(([code]) => code))];
  return repeated(elements) ?? forbidden(codes) ?? missing(codes) ?? unsigned(elements);
}

/** Whether `code` fits `pattern`, in which n stands for any digit. */
function matches(code: string, pattern: string): boolean {
  if (code.length !== pattern.length) return false;
  for (let at = 0; at < code.length; at += 1) {
    if (pattern[at] !== "n" && pattern[at] !== code[at]) return false;
  }
  return true;
}

function repeated(elements: Elements): Fault | null {
  const first = new Map<string, string>();
  for (const [code, value] of elements) {
    const known = first.get(code) ?? value;
    if (known !== value) {
      return fault("repeated_differently", `one value for (${code})`, `${shown(known)} and ${shown(value)}`);
    }
    first.set(code, value);
  }
  return null;
}

function forbidden(codes: readonly string[]): Fault | null {
  for (const code of codes) {
    for (const pattern of AIS.get(code)?.bars ?? []) {
      for (const other of codes) {
        if (other !== code && matches(other, pattern)) {
          return fault("forbidden_together", `(${code}) without (${pattern})`, `(${other}) beside it`);
        }
      }
    }
  }
  return null;
}

function missing(codes: readonly string[]): Fault | null {
  const there = (pattern: string): boolean => codes.some((code) => matches(code, pattern));
  for (const code of codes) {
    const needs = AIS.get(code)?.needs ?? [];
    if (needs.length > 0 && !needs.some((group) => group.every(there))) {
      const ways = needs.map((group) => group.map((one) => `(${one})`).join("+")).join(" or ");
      const others = codes.filter((one) => one !== code).map((one) => `(${one})`);
      return fault("required_missing", `(${code}) with ${ways}`, `${others.join(" ") || "nothing"} beside it`);
    }
  }
  return null;
}

function unsigned(elements: Elements): Fault | null {
  if (!elements.some(([code]) => code === "8030")) return null;
  for (const [code, value] of elements) {
    if (value.length === SERIAL_BEHIND[code]) {
      return fault("signature_needs_serial", `(${code}) with a serial number beside (8030)`, shown(value));
    }
  }
  return null;
}

/** Throws when `findFault` finds one. */
export function require(elements: Elements): void {
  const found = findFault(elements);
  if (found !== null) throw new Refused("the elements together", found);
}
