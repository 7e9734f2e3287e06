/**
 * Feedback to a scan on three channels at once: sound, vibration and the band, within 150 ms of the last key.
 *
 * `band.css` beside this file has the looks of the band.
 */
import { Band, type BandWords, type Message } from "./band.ts";
import { measureFrom } from "./measure.ts";
import { Speaker, vibrate } from "./tones.ts";

export type { BandWords, Message } from "./band.ts";
export { figures, forgetFigures, MEASURE, type Figures } from "./measure.ts";
export type { Tone } from "./tones.ts";

export interface FeedbackSettings {
  /** 0 (silent) to 1. */
  readonly volume: number;
  readonly vibration: boolean;
}

/** On by default: hands and eyes are elsewhere. */
export const FEEDBACK: FeedbackSettings = { volume: 0.5, vibration: true };

export interface Feedback {
  /** Put it where it is seen: full width, above the primary button. */
  readonly element: HTMLElement;
  /** What is wrong and not yet answered, or null. Until then good news are not shown over it. */
  readonly pending: Message | null;
  /** Gives all three channels; `at` is the scan's, and is measured. */
  say(message: Message, at?: number): void;
  /** Answers what is wrong, as the band's button does: for Enter, Escape and the printed command. */
  answer(): void;
  onAnswer(answered: (message: Message) => void): void;
  /** Empties the band, unless something waits for an answer. */
  clear(): void;
  set(settings: Partial<FeedbackSettings>): void;
}

/** Makes the feedback of a page. */
export function makeFeedback(words: BandWords, settings: Partial<FeedbackSettings> = {}): Feedback {
  let now: FeedbackSettings = { ...FEEDBACK, ...settings };
  const speaker = new Speaker(now.volume);
  const band = new Band(words);
  // The first key or touch makes the sound ready; afterwards nothing is left to do.
  for (const event of ["keydown", "pointerdown"]) {
    window.addEventListener(event, () => speaker.wake(), { capture: true, once: true, passive: true });
  }
  return {
    element: band.element,
    get pending() {
      return band.pending;
    },
    say(message, at) {
      band.show(message);
      speaker.play(message.tone);
      if (now.vibration) vibrate(message.tone);
      band.element.dispatchEvent(new CustomEvent("st-feedback", { bubbles: true, detail: message }));
      if (at !== undefined) measureFrom(at);
    },
    answer: () => band.answer(),
    onAnswer: (answered) => band.onAnswer(answered),
    clear: () => band.clear(),
    set(more) {
      now = { ...now, ...more };
      speaker.volume = now.volume;
    },
  };
}
