/**
 * Ids made on the device: UUIDv7 (RFC 9562, section 5.7), in the order they were made.
 *
 * Within one millisecond, or when the clock steps back, the 12 bits behind the time count on (method 1 of
 * section 6.2); when they are used up, the time is lent one millisecond.
 */

let time = 0;
let count = 0;

/** A new id, greater than every one made before on this page. */
export function newId(now: number = Date.now()): string {
  const random = crypto.getRandomValues(new Uint8Array(10));
  if (now > time) {
    time = now;
    // Half of the counter's room is left for the same millisecond.
    count = (((random[8] ?? 0) << 8) | (random[9] ?? 0)) & 0x7ff;
  } else {
    count += 1;
    if (count > 0xfff) {
      time += 1;
      count = 0;
    }
  }
  const tail = Array.from(random.subarray(0, 8));
  tail[0] = ((tail[0] ?? 0) & 0x3f) | 0x80;
  const hex =
    time.toString(16).padStart(12, "0") +
    (0x7000 | count).toString(16) +
    tail.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
