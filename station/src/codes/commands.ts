/** Commands printed as barcodes; as `scans/commands.py`. */
import { refused, shown } from "./faults.ts";
import { COMMANDS, COMMAND_PREFIX } from "./table.ts";
import type { Command } from "./types.ts";

const WHAT = "a command";

/** Reads a command, or null for what is none; refuses unknown words, and one in small letters (caps lock). */
export function commandOf(text: string): Command | null {
  const upper = text.toUpperCase();
  if (!upper.startsWith(COMMAND_PREFIX)) return null;
  if (text !== upper) throw refused(WHAT, "caps_lock", `${shown(upper)} (is caps lock on?)`, shown(text));
  const behind = text.slice(COMMAND_PREFIX.length);
  const colon = behind.indexOf(":");
  const word = colon < 0 ? behind : behind.slice(0, colon);
  const number = colon < 0 ? "" : behind.slice(colon + 1);
  const row = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
  if (row === undefined || !new RegExp(`^(?:${row[2]})$`).test(number) || text.endsWith(":")) {
    throw refused(WHAT, "unknown_command", "a command of this book, such as LB:CONFIRM", shown(text));
  }
  return { name: row[0], number };
}
