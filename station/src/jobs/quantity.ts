/** Quantities are decimal texts; they are counted exactly, never as floating-point numbers. */
import type { Quantity } from "../protocol.ts";

interface Exact {
  digits: bigint;
  scale: number;
}

const DECIMAL = /^[+-]?\d+(\.\d+)?$/;

function exact(text: Quantity): Exact {
  if (!DECIMAL.test(text)) throw new RangeError(`Expected a decimal number, got "${text}"`);
  const [whole = "0", fraction = ""] = text.split(".");
  return { digits: BigInt(whole + fraction), scale: fraction.length };
}

function plain({ digits, scale }: Exact): Quantity {
  const sign = digits < 0n ? "-" : "";
  const all = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, "0");
  const cut = all.length - scale;
  const fraction = all.slice(cut).replace(/0+$/, "");
  return sign + all.slice(0, cut) + (fraction ? `.${fraction}` : "");
}

function level(a: Exact, b: Exact): [bigint, bigint, number] {
  const scale = Math.max(a.scale, b.scale);
  const raise = (one: Exact) => one.digits * 10n ** BigInt(scale - one.scale);
  return [raise(a), raise(b), scale];
}

export function add(a: Quantity, b: Quantity): Quantity {
  const [x, y, scale] = level(exact(a), exact(b));
  return plain({ digits: x + y, scale });
}

export function subtract(a: Quantity, b: Quantity): Quantity {
  const [x, y, scale] = level(exact(a), exact(b));
  return plain({ digits: x - y, scale });
}

export function multiply(a: Quantity, b: Quantity): Quantity {
  const [x, y] = [exact(a), exact(b)];
  return plain({ digits: x.digits * y.digits, scale: x.scale + y.scale });
}

/** Below zero when a is less than b, zero when they are the same, above when more. */
export function compare(a: Quantity, b: Quantity): number {
  const [x, y] = level(exact(a), exact(b));
  return x < y ? -1 : x > y ? 1 : 0;
}

export function least(a: Quantity, b: Quantity): Quantity {
  return compare(a, b) <= 0 ? a : b;
}

export function total(all: Iterable<Quantity>): Quantity {
  let sum = "0";
  for (const one of all) sum = add(sum, one);
  return sum;
}

export function isPositive(text: Quantity): boolean {
  return compare(text, "0") > 0;
}

/** How many decimals a quantity has when it is written without closing zeros. */
export function decimals(text: Quantity): number {
  return (plain(exact(text)).split(".")[1] ?? "").length;
}

/** What somebody typed as a quantity (a comma counts as a point), or null when it is none. */
export function typed(text: string): Quantity | null {
  const clean = text.trim().replace(",", ".").replace(/\.$/, "").replace(/^\./, "0.");
  return DECIMAL.test(clean) && !clean.startsWith("-") ? plain(exact(clean)) : null;
}

/**
 * Takes off a list, the oldest first, what is counted elsewhere by now: `more` of it. What is left of an entry
 * stays in the list.
 */
export function without<T extends { quantity: Quantity }>(all: readonly T[], more: Quantity): T[] {
  let rest = more;
  const kept: T[] = [];
  for (const one of all) {
    if (!isPositive(rest)) kept.push(one);
    else if (compare(one.quantity, rest) > 0) {
      kept.push({ ...one, quantity: subtract(one.quantity, rest) });
      rest = "0";
    } else rest = subtract(rest, one.quantity);
  }
  return kept;
}
