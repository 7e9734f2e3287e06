/** Sound and vibration: three messages that an ear and a hand can tell apart without looking. */

/** good: taken. wrong: refused, nothing was saved. decide: somebody must choose. */
export type Tone = "good" | "wrong" | "decide";

interface Note {
  readonly hertz: number;
  readonly ms: number;
  readonly shape: OscillatorType;
}

const rest = (ms: number): Note => ({ hertz: 0, ms, shape: "sine" });

/** One short and high; two long and low; three rising. */
export const TONES: Readonly<Record<Tone, readonly Note[]>> = {
  good: [{ hertz: 1760, ms: 90, shape: "sine" }],
  wrong: [{ hertz: 196, ms: 220, shape: "square" }, rest(60), { hertz: 165, ms: 320, shape: "square" }],
  decide: [
    { hertz: 660, ms: 90, shape: "triangle" },
    rest(40),
    { hertz: 830, ms: 90, shape: "triangle" },
    rest(40),
    { hertz: 990, ms: 140, shape: "triangle" },
  ],
};

/** On and off by turns, in milliseconds. */
export const VIBRATIONS: Readonly<Record<Tone, readonly number[]>> = {
  good: [40],
  wrong: [200, 80, 200, 80, 200],
  decide: [80, 60, 80],
};

/** Edges are softened over so many seconds: a tone cut off clicks. */
const EDGE_S = 0.008;

/** Plays tones. Browsers allow sound only after a key or a touch: a scan's keys are that. */
export class Speaker {
  /** 0 (silent) to 1. */
  volume: number;
  #context: AudioContext | null = null;

  constructor(volume: number) {
    this.volume = volume;
  }

  /** Makes ready, so that the first tone is not late: call it at the first touch or key. */
  wake(): void {
    try {
      this.#context ??= new AudioContext({ latencyHint: "interactive" });
      if (this.#context.state === "suspended") void this.#context.resume();
    } catch {
      // A device without sound still has the band and the vibration.
      this.#context = null;
    }
  }

  play(tone: Tone): void {
    if (this.volume <= 0) return;
    this.wake();
    const context = this.#context;
    if (context === null) return;
    let at = context.currentTime;
    for (const { hertz, ms, shape } of TONES[tone]) {
      if (hertz > 0) this.#note(context, at, ms / 1000, hertz, shape);
      at += ms / 1000;
    }
  }

  #note(context: AudioContext, at: number, seconds: number, hertz: number, shape: OscillatorType): void {
    const oscillator = new OscillatorNode(context, { type: shape, frequency: hertz });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(this.volume, at + EDGE_S);
    gain.gain.setValueAtTime(this.volume, at + seconds - EDGE_S);
    gain.gain.linearRampToValueAtTime(0, at + seconds);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(at);
    oscillator.stop(at + seconds);
  }
}

/** Vibrates where the device can. */
export function vibrate(tone: Tone): void {
  if ("vibrate" in navigator) navigator.vibrate([...VIBRATIONS[tone]]);
}
