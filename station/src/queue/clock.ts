/** The device's clock, as a claim: the server orders events by its own. */
import type { Instant } from "../protocol.ts";

/** RFC 3339 with the offset of where the device is, to the millisecond. */
export function instant(moment: Date = new Date()): Instant {
  const offset = -moment.getTimezoneOffset();
  const local = new Date(moment.getTime() + offset * 60_000).toISOString().slice(0, -1);
  const part = (value: number) => String(Math.floor(Math.abs(value))).padStart(2, "0");
  return `${local}${offset < 0 ? "-" : "+"}${part(offset / 60)}:${part(offset % 60)}`;
}
