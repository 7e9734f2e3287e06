/** Coupons of North America (AI 8110) and positive offer files (AI 8112); as `gs1/coupons.py`. */
import { type Fault, fault, shown } from "./faults.ts";
import { LINTERS, digitsOnly } from "./linters.ts";

const DIGITS = "0123456789";

/** Reads from left to right; the first fault is thrown. */
class Reader {
  readonly text: string;
  rest: string;

  constructor(text: string) {
    this.text = text;
    this.rest = text;
  }

  stop(code: string, expected: string): never {
    const at = this.text.length - this.rest.length + 1;
    throw fault(`coupon_${code}`, expected, `${shown(this.rest)} at ${at} of ${shown(this.text)}`);
  }

  take(count: number, code: string, named: string): string {
    if (this.rest.length < count) this.stop(code, `${count} digits of ${named}`);
    const taken = this.rest.slice(0, count);
    this.rest = this.rest.slice(count);
    return taken;
  }

  /** Skips a digit that opens an optional field, when it is there. */
  opens(digit: string): boolean {
    const there = this.rest.startsWith(digit);
    if (there) this.rest = this.rest.slice(1);
    return there;
  }

  choice(name: string, allowed: string, problem = `invalid_${name}`): string {
    const named = name.replaceAll("_", " ");
    if (!this.rest) this.stop(`missing_${name}`, `one digit: ${named}`);
    if (!allowed.includes(this.rest.charAt(0))) this.stop(problem, `${named} as one of ${allowed}`);
    return this.take(1, "", named);
  }

  /** Reads a digit that gives the length (less `offset`) and then so many digits. */
  sized(name: string, allowed: string, offset: number): void {
    const size = this.choice(`${name}_vli`, allowed, `invalid_${name}_length`);
    this.take(Number(size) + offset, `truncated_${name}`, name.replaceAll("_", " "));
  }

  purchase(which: string): void {
    this.sized(`${which}_purchase_requirement`, "12345", 0);
    this.choice(`${which}_purchase_requirement_code`, "012349");
    this.take(3, `truncated_${which}_purchase_family_code`, `${which} purchase family code`);
  }

  furtherCompany(which: string): void {
    if (!this.opens("9")) this.sized(`${which}_purchase_gcp`, "0123456", 6);
  }

  date(name: string): string {
    const text = this.rest.slice(0, 6);
    if (text.length < 6) this.stop(`too_short_for_${name}_date`, `six digits of ${name} date`);
    const found = LINTERS["yymmdd"]!(text);
    if (found !== null) this.stop(`invalid_${name}_date`, `${name} date: ${found.expected}`);
    return this.take(6, "", name);
  }
}

function before(first: string, second: string): boolean {
  let years = (Number(second.slice(0, 2)) - Number(first.slice(0, 2)) + 100) % 100;
  if (years > 50) years -= 100;
  return years > 0 || (years === 0 && first.slice(2) < second.slice(2));
}

function coupon(digits: Reader): void {
  digits.sized("gcp", "0123456", 6);
  digits.take(6, "truncated_offer_code", "offer code");
  digits.sized("save_value", "12345", 0);
  digits.purchase("1st");
  if (digits.opens("1")) {
    digits.choice("additional_purchase_rules_code", "0123");
    digits.purchase("2nd");
    digits.furtherCompany("2nd");
  }
  if (digits.opens("2")) {
    digits.purchase("3rd");
    digits.furtherCompany("3rd");
  }
  dates(digits);
  if (digits.opens("5")) digits.sized("serial_number", DIGITS, 6);
  if (digits.opens("6")) digits.sized("retailer_gcp_or_gln", "1234567", 6);
  if (digits.opens("9")) {
    digits.choice("save_value_code", "01256");
    digits.choice("save_value_applies_to_item", "012");
    digits.choice("store_coupon_flag", DIGITS);
    digits.choice("dont_multiply_flag", "01");
  }
}

function dates(digits: Reader): void {
  const at = digits.rest;
  const expires = digits.opens("3") ? digits.date("expiration") : "";
  const starts = digits.opens("4") ? digits.date("start") : "";
  if (expires && starts && before(expires, starts)) {
    digits.rest = at;
    digits.stop("expiration_before_start", "an expiration date not before the start date");
  }
}

function positiveOffer(digits: Reader): void {
  digits.choice("format_code", "01");
  digits.sized("funder", "0123456", 6);
  digits.take(6, "truncated_offer_code", "offer code");
  digits.sized("serial_number", DIGITS, 6);
}

function checked(text: string, read: (digits: Reader) => void): Fault | null {
  const odd = digitsOnly(text);
  if (odd !== null) return odd;
  const digits = new Reader(text);
  try {
    read(digits);
    if (digits.rest) digits.stop("excess_data", "nothing more, or the next optional field in its order");
  } catch (found) {
    if (found instanceof Error) throw found;
    return found as Fault;
  }
  return null;
}

export function checkCoupon(text: string): Fault | null {
  return checked(text, coupon);
}

export function checkPositiveOffer(text: string): Fault | null {
  return checked(text, positiveOffer);
}
