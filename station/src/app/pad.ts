/** Digits that are being given: with keys on the screen, a keyboard, or printed commands. */
import { asks, type Input, type Question, type Tell, wrong } from "../jobs/loop.ts";

export interface Pad {
  kind: "number" | "day";
  label: string;
  text: string;
}

const DAY_DIGITS = 6;
const NUMBER_DIGITS = 12;

/** One more key: a digit, the point, a minus, "back" or "clear". */
export function padKey(pad: Pad, key: string): Pad {
  if (key === "clear") return { ...pad, text: "" };
  if (key === "back") return { ...pad, text: pad.text.slice(0, -1) };
  if (pad.kind === "day") return /^\d$/.test(key) && pad.text.length < DAY_DIGITS ? { ...pad, text: pad.text + key } : pad;
  if ((key === "." && pad.text.includes(".")) || (key === "-" && pad.text)) return pad;
  return /^[\d.-]$/.test(key) && pad.text.length < NUMBER_DIGITS ? { ...pad, text: pad.text + key } : pad;
}

/** DDMMYY as YYYY-MM-DD, or null while it is none. The year is of this century. */
export function padDay(text: string): string | null {
  if (text.length !== DAY_DIGITS) return null;
  const made = `20${text.slice(4)}-${text.slice(2, 4)}-${text.slice(0, 2)}`;
  const day = new Date(`${made}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().slice(0, 10) === made ? made : null;
}

/** What the digits are: the quantity or the answer to what is asked; in words why not; null when there are none. */
export function padSays(text: string, ask: Question | null): Input | Tell | null {
  if (ask?.kind === "day") {
    const value = padDay(text);
    return value ? { do: "answer", field: ask.field, value } : wrong("That is no day", "Give day, month and year: six digits.");
  }
  if (ask?.kind === "number") {
    return text || ask.optional ? { do: "answer", field: ask.field, value: text } : asks(ask.label, "Give the digits.");
  }
  return text ? { do: "quantity", quantity: text } : null;
}
