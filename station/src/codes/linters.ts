/** Checks on the content of a value, by the names of GS1's Barcode Syntax Dictionary; as `gs1/linters.py`. */
import { MODEL_LENGTH_MAX, checkCharacters, checkDigit, isDigits } from "./checks.ts";
import { checkCoupon, checkPositiveOffer } from "./coupons.ts";
import { type Fault, fault, shown } from "./faults.ts";
import {
  COUNTRIES,
  COUNTRY_NUMBERS,
  CSET_39,
  CSET_64,
  CSET_82,
  CURRENCY_NUMBERS,
  PACKAGE_TYPES,
} from "./table.ts";

export type Linter = (text: string) => Fault | null;

const PREFIX_LENGTH_MIN = 4;
const IBAN_LENGTH_MIN = 15;

const words = (text: string): Set<string> => new Set(text.split(" "));
const COUNTRY_CODES = words(COUNTRIES);
const MEDIA_TYPES = words("01 02 03 04 05 06 07 08 09 10 80 81 82 83 84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99");

function stranger(text: string, allowed: string): string | null {
  for (const character of text) if (!allowed.includes(character)) return character;
  return null;
}

function characters(code: string, allowed: string, named: string): Linter {
  return (text) => {
    const odd = stranger(text, allowed);
    return odd === null ? null : fault(code, `only ${named}`, `${shown(odd)} in ${shown(text)}`);
  };
}

export const digitsOnly: Linter = characters("non_digit_character", "0123456789", "digits");
const set82 = characters("invalid_cset82_character", CSET_82, "characters of the GS1 set 82");

function length(short: string, long: string, count: number, named: string): Linter {
  return (text) => {
    if (text.length === count) return digitsOnly(text);
    const got = `${text.length} in ${shown(text)}`;
    return fault(text.length < count ? short : long, `${count} digits (${named})`, got);
  };
}

function oneOf(code: string, allowed: Set<string>, named: string): Linter {
  return (text) => (allowed.has(text) ? null : fault(code, named, shown(text)));
}

function base64(text: string): Fault | null {
  const body = text.replace(/=+$/, "");
  const odd = stranger(body, CSET_64);
  if (odd !== null) {
    const expected = "only characters of the GS1 set 64 (base64 for URIs)";
    return fault("invalid_cset64_character", expected, `${shown(odd)} in ${shown(text)}`);
  }
  const pads = text.length - body.length;
  if (pads <= 2 && !(pads > 0 && text.length % 3 !== 0)) return null;
  const expected = "at most two = at the end, up to a multiple of three characters";
  return fault("invalid_cset64_padding", expected, shown(text));
}

function csum(text: string): Fault | null {
  const found = digitsOnly(text);
  if (found !== null) return found;
  if (!text) return fault("too_short_for_check_digit", "digits and a check digit behind them", "nothing");
  const right = checkDigit(text.slice(0, -1));
  if (text.endsWith(right)) return null;
  return fault("incorrect_check_digit", `check digit ${right}`, `${text.slice(-1)} in ${text}`);
}

function csumalpha(text: string): Fault | null {
  if (text.length < 2 || text.length > MODEL_LENGTH_MAX + 2) {
    const code = text.length < 2 ? "too_short_for_check_pair" : "too_long_for_check_pair";
    return fault(code, `2 to ${MODEL_LENGTH_MAX + 2} characters`, `${text.length} in ${shown(text)}`);
  }
  const found = set82(text.slice(0, -2));
  if (found !== null) return found;
  const right = checkCharacters(text.slice(0, -2));
  if (text.endsWith(right)) return null;
  return fault("incorrect_check_pair", `check characters ${right}`, `${shown(text.slice(-2))} in ${shown(text)}`);
}

function companyPrefix(start: number): Linter {
  return (text) => {
    const front = text.slice(start, start + PREFIX_LENGTH_MIN);
    const expected = `${PREFIX_LENGTH_MIN} digits of a company prefix` + (start ? ` after ${start}` : "");
    if (front.length < PREFIX_LENGTH_MIN) return fault("too_short_for_gcp", expected, shown(text));
    return isDigits(front) ? null : fault("invalid_gcp_prefix", expected, shown(text));
  };
}

/** Days of a month; two digits of a year are enough to know a leap year (2000 was one). */
export function lastDay(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

function day(count: 6 | 8, mayBeOpen: boolean): Linter {
  const form = count === 6 ? "YYMMDD" : "YYYYMMDD";
  const rightLength = length("date_too_short", "date_too_long", count, form);
  return (text) => {
    const found = rightLength(text);
    if (found !== null) return found;
    const [year, month, which] = [text.slice(0, -4), text.slice(-4, -2), text.slice(-2)].map(Number);
    if (!month || month > 12) return fault("illegal_month", `a month from 01 to 12 in ${form}`, shown(text));
    const last = lastDay((year ?? 0) + (count === 6 ? 2000 : 0), month);
    if (which! >= (mayBeOpen ? 0 : 1) && which! <= last) return null;
    return fault("illegal_day", `a day from ${mayBeOpen ? "00" : "01"} to ${last} in ${form}`, shown(text));
  };
}

function clock(code: string, named: string, top: number): Linter {
  const rightLength = length(`${code}_too_short`, `${code}_too_long`, 2, named);
  return (text) => {
    const found = rightLength(text);
    if (found !== null || Number(text) <= top) return found;
    return fault(`illegal_${code}`, `00 to ${top} (${named})`, shown(text));
  };
}

const hours = clock("hour", "hours", 23);
const minutes = clock("minute", "minutes", 59);
const four = length("hour_with_minute_too_short", "hour_with_minute_too_long", 4, "HHMM");

function angle(code: string, top: number): Linter {
  return (text) => {
    if (text.length !== 10) return fault(`${code}_invalid_length`, "10 digits", `${text.length} in ${shown(text)}`);
    const found = digitsOnly(text);
    if (found !== null || Number(text) <= top) return found;
    return fault(`invalid_${code}`, `at most ${top}`, text);
  };
}

function nonzero(text: string): Fault | null {
  return digitsOnly(text) ?? (/[^0]/.test(text) ? null : fault("illegal_zero_value", "a number above 0", shown(text)));
}

function nozeroprefix(text: string): Fault | null {
  return text.startsWith("0") ? fault("illegal_zero_prefix", "no 0 in front", shown(text)) : digitsOnly(text);
}

function hasnondigit(text: string): Fault | null {
  if (stranger(text, "0123456789") !== null) return null;
  return fault("requires_non_digit_character", "at least one character that is no digit", shown(text));
}

function iban(text: string): Fault | null {
  const odd = stranger(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");
  if (odd !== null) {
    const expected = "only digits and capital letters in an account number (IBAN)";
    return fault("invalid_iban_character", expected, `${shown(odd)} in ${shown(text)}`);
  }
  if (text.length < IBAN_LENGTH_MIN) {
    return fault("iban_too_short", `at least ${IBAN_LENGTH_MIN} characters (IBAN)`, `${text.length} in ${shown(text)}`);
  }
  // Kosovo has no ISO 3166 code, but account numbers with one of the user-assigned codes.
  if (text.slice(0, 2) !== "XK" && !COUNTRY_CODES.has(text.slice(0, 2))) {
    return fault("illegal_iban_country_code", "a country in front (ISO 3166, two letters)", shown(text));
  }
  let rest = 0;
  for (const character of text.slice(4) + text.slice(0, 4)) {
    for (const digit of String(parseInt(character, 36))) rest = (rest * 10 + Number(digit)) % 97;
  }
  if (isDigits(text.slice(2, 4)) && rest === 1) return null;
  return fault("incorrect_iban_checksum", "check digits that fit the account number (IBAN)", shown(text));
}

function pieceoftotal(text: string): Fault | null {
  if (!text || text.length % 2 !== 0) {
    return fault("invalid_length_for_piece_of_total", "piece and total with as many digits each", shown(text));
  }
  const found = digitsOnly(text);
  if (found !== null) return found;
  const [piece, total] = [BigInt(text.slice(0, text.length / 2)), BigInt(text.slice(text.length / 2))];
  if (!piece) return fault("zero_piece_number", "a piece from 1", shown(text));
  if (!total) return fault("zero_total_pieces", "a total from 1", shown(text));
  return piece > total ? fault("piece_number_exceeds_total", `a piece up to ${total}`, `${piece} in ${shown(text)}`) : null;
}

function posinseqslash(text: string): Fault | null {
  const match = /^([0-9]+)\/([0-9]+)$/.exec(text);
  if (match === null) return fault("position_in_sequence_malformed", "position/end in digits, such as 1/2", shown(text));
  const [, position = "", end = ""] = match;
  if (position.startsWith("0") || end.startsWith("0")) {
    return fault("illegal_zero_prefix", "no 0 in front of either number", shown(text));
  }
  return BigInt(position) > BigInt(end) ? fault("position_exceeds_end", `a position up to ${end}`, shown(text)) : null;
}

function pcenc(text: string): Fault | null {
  const bad = /%(?![0-9A-Fa-f]{2})[^]{0,2}/.exec(text);
  if (bad === null) return null;
  return fault("invalid_percent_sequence", "two hexadecimal digits behind every %", `${shown(bad[0])} in ${shown(text)}`);
}

export const LINTERS: Readonly<Record<string, Linter>> = {
  csetnumeric: digitsOnly,
  cset82: set82,
  cset39: characters("invalid_cset39_character", CSET_39, "characters of the GS1 set 39"),
  cset64: base64,
  csum,
  csumalpha,
  gcppos1: companyPrefix(0),
  gcppos2: companyPrefix(1),
  yymmdd: day(6, false),
  yymmd0: day(6, true),
  yyyymmdd: day(8, false),
  yyyymmd0: day(8, true),
  hh: hours,
  mi: minutes,
  ss: clock("second", "seconds", 59),
  hhmi: (text) => four(text) ?? hours(text.slice(0, 2)) ?? minutes(text.slice(2)),
  iso3166: oneOf("not_iso3166", words(COUNTRY_NUMBERS), "a country's number (ISO 3166)"),
  iso3166999: oneOf("not_iso3166_or_999", words(COUNTRY_NUMBERS + " 999"), "a country's number (ISO 3166) or 999"),
  iso3166alpha2: oneOf("not_iso3166_alpha2", COUNTRY_CODES, "a country in two capital letters (ISO 3166)"),
  iso4217: oneOf("not_iso4217", words(CURRENCY_NUMBERS), "a currency's number (ISO 4217)"),
  iso5218: oneOf("invalid_biological_sex_code", words("0 1 2 9"), "0, 1, 2 or 9 (ISO 5218)"),
  iban,
  yesno: oneOf("not_zero_or_one", words("0 1"), "0 (no) or 1 (yes)"),
  winding: oneOf("invalid_winding_direction", words("0 1 9"), "0, 1 or 9 (direction of winding)"),
  mediatype: oneOf("invalid_media_type", MEDIA_TYPES, "a media type, 01 to 10 or 80 to 99"),
  packagetype: oneOf("invalid_package_type", words(PACKAGE_TYPES), "a package type (UN/ECE Rec. 21 or GS1)"),
  importeridx: oneOf("invalid_import_idx_character", new Set(CSET_64), "one of - 0-9 A-Z _ a-z"),
  latitude: angle("latitude", 1_800_000_000),
  longitude: angle("longitude", 3_600_000_000),
  nonzero,
  nozeroprefix,
  zero: (text) => (/^0+$/.test(text) ? null : fault("not_zero", "0", shown(text))),
  hasnondigit,
  hyphen: (text) => (/^-+$/.test(text) ? null : fault("not_hyphen", "- (below zero) or nothing", shown(text))),
  pcenc,
  pieceoftotal,
  posinseqslash,
  couponcode: checkCoupon,
  couponposoffer: checkPositiveOffer,
};
