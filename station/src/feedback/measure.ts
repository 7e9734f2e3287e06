/** How long feedback takes: from the last key of a scan to the picture that says what it was. */

/** Name of the measures among `performance.getEntriesByName`. */
export const MEASURE = "scan-feedback";

/** Kept at most, so that a day's scans do not fill the memory. */
const KEPT = 500;
const taken: number[] = [];

/** Measures from `at` (clock of `performance.now()`) to when the next picture has been drawn. */
export function measureFrom(at: number): void {
  requestAnimationFrame(() => {
    // A message comes after the picture that this frame draws.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      const end = performance.now();
      performance.clearMeasures(MEASURE);
      performance.measure(MEASURE, { start: at, end });
      taken.push(end - at);
      if (taken.length > KEPT) taken.shift();
      port1.close();
    };
    port2.postMessage(null);
  });
}

/** Begins anew. */
export function forgetFigures(): void {
  taken.length = 0;
}

export interface Figures {
  readonly count: number;
  /** Milliseconds. */
  readonly median: number;
  readonly p95: number;
  readonly longest: number;
}

/** The figures of the last scans. */
export function figures(): Figures {
  const sorted = taken.toSorted((one, two) => one - two);
  // By nearest rank: 95 % of all took no longer than this one.
  const part = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
  return { count: sorted.length, median: part(0.5), p95: part(0.95), longest: part(1) };
}
