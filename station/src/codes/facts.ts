/** What elements say about goods, in the words of the book; as `scans/facts.py`. */
import { lastDay } from "./linters.ts";
import { MEASURES } from "./table.ts";
import { Refused, refused, shown } from "./faults.ts";
import type { Elements, Facts, Refusal } from "./types.ts";

const DATES = {
  produced_on: "11",
  packed_on: "13",
  best_before_on: "15",
  sell_by_on: "16",
  expires_on: "17",
  harvested_on: "7007",
} as const;

/**
 * What `elements` tell; `today` (YYYY-MM-DD at the site) gives two-digit years their century.
 *
 * A refusal only for 29 February of a year that has none, which the digits alone do not show.
 */
export function factsOf(elements: Elements, today: string): Facts | Refusal {
  const values = new Map(elements.toReversed());
  const value = (code: string): string | null => values.get(code) ?? null;
  const date = (code: string): string | null => {
    const text = values.get(code);
    return text === undefined ? null : readDate(text.slice(0, 6), today);
  };
  try {
    const count = value("30") ?? value("37");
    return {
      sscc: value("00"),
      gtin: value("01") ?? value("03") ?? value("8006")?.slice(0, 14) ?? null,
      content_gtin: value("02"),
      lot: value("10"),
      serial: value("21") ?? value("235"),
      gln: value("414"),
      count: count === null ? null : count.replace(/^0+(?=.)/, ""),
      measures: measures(elements),
      produced_on: date(DATES.produced_on),
      packed_on: date(DATES.packed_on),
      best_before_on: date(DATES.best_before_on),
      sell_by_on: date(DATES.sell_by_on),
      expires_on: date(DATES.expires_on) ?? date("7003"),
      harvested_on: date(DATES.harvested_on),
    };
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    throw error;
  }
}

function measures(elements: Elements): { what: string; value: string; unit: string }[] {
  const found = [];
  for (const [code, digits] of elements) {
    const told = code.length === 4 ? MEASURES[code.slice(0, 3)] : undefined;
    if (told !== undefined) found.push({ what: told[0], value: scaled(digits, Number(code[3])), unit: told[1] });
  }
  return found;
}

/** Digits with their decimal point, as it was measured: "001950" with 3 is "1.950". */
function scaled(digits: string, decimals: number): string {
  const whole = digits.slice(0, digits.length - decimals).replace(/^0+(?=.)/, "") || "0";
  return decimals > 0 ? `${whole}.${digits.slice(digits.length - decimals)}` : whole;
}

/** The century that brings a year closest to today's: 49 years back to 50 ahead. */
export function fullYear(year: number, today: string): number {
  const now = Number(today.slice(0, 4));
  const ahead = year - (now % 100);
  const century = now - (now % 100);
  if (ahead >= 51) return century - 100 + year;
  return ahead <= -50 ? century + 100 + year : century + year;
}

/** YYMMDD, checked before, as YYYY-MM-DD; day 00 is the last of the month. */
function readDate(text: string, today: string): string {
  const year = fullYear(Number(text.slice(0, 2)), today);
  const month = Number(text.slice(2, 4));
  const last = lastDay(year, month);
  const day = Number(text.slice(4)) || last;
  if (day > last) {
    throw refused("a date", "illegal_day", `a day up to ${last} in ${year}-${text.slice(2, 4)}`, shown(text));
  }
  return `${String(year).padStart(4, "0")}-${text.slice(2, 4)}-${String(day).padStart(2, "0")}`;
}
