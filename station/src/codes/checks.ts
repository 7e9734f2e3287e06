/** Check digits and check characters (GS1 General Specifications, sections 7.9 and 7.9.5). */
import { CSET_32, CSET_82 } from "./table.ts";

/** The longest text that check characters are worked out for. */
export const MODEL_LENGTH_MAX = 97;

const DIGITS = /^[0-9]+$/;
const PRIMES = firstPrimes(MODEL_LENGTH_MAX);

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let candidate = 2; primes.length < count; candidate += 1) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  return primes;
}

export function isDigits(text: string): boolean {
  return DIGITS.test(text);
}

/** The modulo-10 digit that belongs behind `digits`, which must be digits. */
export function checkDigit(digits: string): string {
  let total = 0;
  let weight = 3;
  for (let at = digits.length - 1; at >= 0; at -= 1) {
    total += (digits.charCodeAt(at) - 48) * weight;
    weight = 4 - weight;
  }
  return String((10 - (total % 10)) % 10);
}

export function hasCheckDigit(digits: string): boolean {
  return digits.length > 1 && isDigits(digits) && checkDigit(digits.slice(0, -1)) === digits.slice(-1);
}

/** The two check characters behind a model number of at most 97 characters of the set 82. */
export function checkCharacters(model: string): string {
  let total = 0;
  for (let at = 0; at < model.length; at += 1) {
    total += CSET_82.indexOf(model.charAt(model.length - 1 - at)) * (PRIMES[at] ?? 0);
  }
  total %= 1021;
  return CSET_32.charAt(total >> 5) + CSET_32.charAt(total & 31);
}
