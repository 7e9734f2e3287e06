/** Keyboard layouts: what arrives when a wedge presses the keys of one and the computer has another. */
import { KEYS } from "./table.ts";

type Keys = ReadonlyMap<string, string>;

const TO = new Map<string, Keys>();
const FROM = new Map<string, Keys>();
for (const [name, [us, there]] of Object.entries(KEYS)) {
  TO.set(name, new Map(Array.from(us, (key, at) => [key, there.charAt(at)])));
  FROM.set(name, new Map(Array.from(there, (key, at) => [key, us.charAt(at)])));
}

/** The layouts known here, by name. */
export const LAYOUTS: readonly string[] = Object.keys(KEYS);

function translated(text: string, keys: Keys | undefined): string {
  return Array.from(text, (character) => keys?.get(character) ?? character).join("");
}

/** What arrives when the keys that give `text` in the US are pressed on another `layout`. */
export function typed(text: string, layout: string): string {
  return translated(text, TO.get(layout));
}

/** What a US keyboard would have given for the keys that gave `text` with `layout`. */
export function meant(text: string, layout: string): string {
  return translated(text, FROM.get(layout));
}
