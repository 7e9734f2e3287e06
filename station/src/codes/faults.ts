/** What is wrong with a value: a stable code, what was expected and what came. */
import type { Refusal } from "./types.ts";

export interface Fault {
  readonly code: string;
  readonly expected: string;
  readonly got: string;
}

/** Thrown inside this folder only; `understand` and `collect` answer a `Refusal`. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(what: string, fault: Fault) {
    super(`${what}: expected ${fault.expected}, got ${fault.got}`);
    this.refusal = { is: "refused", what, code: fault.code, expected: fault.expected, got: fault.got };
  }
}

export function fault(code: string, expected: string, got: string): Fault {
  return { code, expected, got };
}

export function refused(what: string, code: string, expected: string, got: string): Refused {
  return new Refused(what, fault(code, expected, got));
}

/** A value as it may appear in an error: quoted, control characters spelt out, cut after 60 characters. */
export function shown(text: string): string {
  const plain = text.replace(
    /[\x00-\x1f\x7f]/g,
    (character) => "\\x" + character.charCodeAt(0).toString(16).padStart(2, "0"),
  );
  const quoted = `'${plain}'`;
  return quoted.length <= 60 ? quoted : quoted.slice(0, 59) + "…";
}
