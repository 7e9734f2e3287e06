/** The scanner of this device, as its setup test found it; kept in the browser's local storage. */
import { unsafeSeparator } from "../codes/index.ts";

/** What the setup test found. */
export interface DeviceScanner {
  readonly separators: readonly string[];
  /** A separator was seen to arrive. */
  readonly proven: boolean;
  readonly prefix: string;
  readonly suffix: string;
  /** The scanner sends neither Enter nor Tab. */
  readonly silence: boolean;
  /** When it was tested (RFC 3339), or "" for never. */
  readonly tested_at: string;
}

export const UNTESTED: DeviceScanner = {
  separators: [],
  proven: false,
  prefix: "",
  suffix: "",
  silence: false,
  tested_at: "",
};

const KEY = "lotbook.scanner";

/** Where settings are kept: the browser's local storage, or a stand-in of tests. */
export type Storage_ = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** The settings of this device; those of an untested scanner when none are kept or they make no sense. */
export function loadScanner(storage: Storage_ = localStorage): DeviceScanner {
  try {
    return checked(JSON.parse(storage.getItem(KEY) ?? "null"));
  } catch {
    return UNTESTED;
  }
}

export function saveScanner(scanner: DeviceScanner, storage: Storage_ = localStorage): void {
  storage.setItem(KEY, JSON.stringify(scanner));
}

/** Another scanner: what was found no longer holds. */
export function forgetScanner(storage: Storage_ = localStorage): void {
  storage.removeItem(KEY);
}

/** Settings decide how lots are read: what does not fit in every part is not taken in any. */
function checked(value: unknown): DeviceScanner {
  if (typeof value !== "object" || value === null) return UNTESTED;
  const { separators, proven, prefix, suffix, silence, tested_at } = value as Record<string, unknown>;
  const texts = [prefix, suffix, tested_at].every((one) => typeof one === "string");
  const flags = [proven, silence].every((one) => typeof one === "boolean");
  const usable = (one: unknown): boolean => typeof one === "string" && unsafeSeparator(one) === null;
  return texts && flags && Array.isArray(separators) && separators.every(usable) ? (value as DeviceScanner) : UNTESTED;
}
