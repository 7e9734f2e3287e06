/** A scan as it came in, whichever way. */

export type How = "wedge" | "camera" | "typed";

export interface Scan {
  /** As it came: prefix, suffix and separators as the scanner sent them; `meaningOf` reads it. */
  readonly text: string;
  readonly how: How;
  /** Of the last key, or of the picture: milliseconds on the clock of `performance.now()`. */
  readonly at: number;
  /** What ended it; "" when only silence did. Camera and typing always say "Enter". */
  readonly end: "Enter" | "Tab" | "";
  /** Whether caps lock was on when the keys came. */
  readonly capsLock: boolean;
}

/** How the keyboard wedge of this device is listened to. */
export interface WedgeSettings {
  /** Keys that come closer than this are a scanner's, not a person's. Milliseconds. */
  readonly gapMs: number;
  /** After so long without a key it is over: a person's keys are typed, a scan without end is told. */
  readonly silenceMs: number;
  /** Fewer characters are no scan. */
  readonly least: number;
  /** What the scanner sends in front; with one, nothing leaks and silence may end a scan. */
  readonly prefix: string;
  /** The scanner sends neither Enter nor Tab (the setup test found that): silence ends a scan. */
  readonly silence: boolean;
}

export const WEDGE: WedgeSettings = { gapMs: 35, silenceMs: 200, least: 2, prefix: "", silence: false };

export interface Handlers {
  /** A scan is complete: called at once, within the last key's event. */
  scan(scan: Scan): void;
  /**
   * A key that a person has pressed, told when it is sure: shortcuts listen here and not to keydown, where
   * the first key of every scan comes by, too. `inField`: the focus was in something to type in.
   */
  key?(key: string, inField: boolean): void;
}
