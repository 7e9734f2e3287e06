/** How things are said on the screen. */
import type { Day, Quantity } from "../protocol.ts";

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/** 2027-03-03 as 03 MAR 2027. */
export function day(text: Day): string {
  const [year = "", month = "", date = ""] = text.split("-");
  return `${date} ${MONTHS[Number(month) - 1] ?? month} ${year}`;
}

export function amount(quantity: Quantity, code: string): string {
  return `${quantity} ${code}`.trim();
}

/** "A, B and C"; of a long list the first ones and how many more. */
export function list(all: readonly string[], most = 4): string {
  if (all.length === 0) return "";
  const shown = all.length > most ? [...all.slice(0, most), `${all.length - most} more`] : [...all];
  const last = shown.pop() ?? "";
  return shown.length ? `${shown.join(", ")} and ${last}` : last;
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** Days from one day to another. */
export function days(from: Day, to: Day): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}

/** An SSCC in groups, so that its end can be compared with a label. */
export function sscc(text: string): string {
  return text.replace(/^(\d{2})(\d{4})(\d{4})(\d{4})(\d{4})$/, "$1 $2 $3 $4 $5");
}

/** The last digits of an SSCC: by these people tell units apart. */
export function ending(sscc: string): string {
  return `…${sscc.slice(-6)}`;
}
