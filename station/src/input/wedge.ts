/**
 * The keyboard wedge: a scanner that types. It is caught anywhere on the page by its speed and its end.
 *
 * The first key of a scan cannot be told from a person's, so it goes its way and is taken back later; from
 * the second on, keys that come faster than a person's are held. When they turn out to be a person's after
 * all (two fingers at once), they are typed.
 */
import { Before, fieldInFocus, typeInto } from "./field.ts";
import { Keyboard } from "./keys.ts";
import { type Handlers, type Scan, WEDGE, type WedgeSettings } from "./types.ts";

/** So many fast keys are nobody's fingers: then one slow key (radio, a busy computer) breaks nothing. */
const SURE = 4;
const PATIENCE = 3;
/** So many times the usual silence until a scan without end is told: keys may be late on a busy device. */
const LATE = 4;

export interface Listening {
  /** Hear no more keys. */
  stop(): void;
  /** Takes other settings from the next key on. */
  set(settings: Partial<WedgeSettings>): void;
}

/** Hears every key of the page; `settings` that are left out are those of `WEDGE`. */
export function listen(handlers: Handlers, settings: Partial<WedgeSettings> = {}): Listening {
  const wedge = new Wedge(handlers, { ...WEDGE, ...settings });
  const capture = { capture: true };
  const heard: [string, (event: Event) => unknown][] = [
    ["keydown", (event) => wedge.down(event as KeyboardEvent)],
    ["keyup", (event) => wedge.up(event as KeyboardEvent)],
    ["beforeinput", (event) => wedge.input(event as InputEvent)],
    // Of the window: fields lose the focus while a scan goes on, too.
    ["blur", (event) => event.target === window && wedge.flush()],
  ];
  for (const [name, hear] of heard) window.addEventListener(name, hear, capture);
  return {
    stop() {
      wedge.flush();
      for (const [name, hear] of heard) window.removeEventListener(name, hear, capture);
    },
    set(more) {
      wedge.settings = { ...wedge.settings, ...more };
    },
  };
}

class Wedge {
  settings: WedgeSettings;
  readonly #handlers: Handlers;
  readonly #keyboard = new Keyboard();
  /** What has come fast enough to be one scan, and how much of it the page never saw. */
  #text = "";
  #held = "";
  /** It was taken for a person's and typed; keys that were late may still make a scan of it. */
  #typed = false;
  #last = -Infinity;
  #before: Before | null = null;
  #capsLock = false;
  #typing = false;
  #heldCodes = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(handlers: Handlers, settings: WedgeSettings) {
    this.#handlers = handlers;
    this.settings = settings;
  }

  down(event: KeyboardEvent): void {
    // A key that is kept down comes as fast as a scanner's: it is a person's.
    const stroke = event.repeat ? ({ is: "other" } as const) : this.#keyboard.press(event);
    this.#capsLock = event.getModifierState("CapsLock");
    if (stroke.is === "part") {
      if (!this.#continues(event.timeStamp)) return;
      this.#last = event.timeStamp;
      if (event.key === "Dead" || event.code.startsWith("Numpad")) this.#hold(event);
      return;
    }
    if (stroke.is === "text") return this.#character(stroke.text, stroke.control, event);
    if (stroke.is === "end" && this.#continues(event.timeStamp) && this.#text.length >= this.settings.least) {
      this.#hold(event);
      return this.#finish(stroke.end, event.timeStamp);
    }
    this.flush();
    this.#handlers.key?.(event.key, fieldInFocus() !== null);
  }

  up(event: KeyboardEvent): void {
    const stroke = this.#keyboard.release(event);
    if (stroke.is === "text") this.#character(stroke.text, stroke.control, event);
    if (stroke.is === "end" && this.#continues(event.timeStamp)) this.#finish(stroke.end, event.timeStamp);
    // A button that has the focus would be pressed by the blank of a scan.
    if (this.#heldCodes.delete(event.code)) this.#stop(event);
  }

  /** What is typed by other ways than keys (Alt and digits, accents) must not come through either. */
  input(event: InputEvent): void {
    if (!this.#typing && this.#held && event.inputType.startsWith("insert")) this.#stop(event);
  }

  /** It was a person: what was held is typed, and the next key begins anew. */
  flush(): void {
    this.#type();
    this.#text = "";
  }

  #type(): void {
    clearTimeout(this.#timer);
    if (!this.#text || this.#typed) return;
    const held = this.#held;
    this.#held = "";
    this.#typed = true;
    const inField = fieldInFocus() !== null;
    this.#typing = true;
    typeInto(held.replace(/[\x00-\x1f]/g, ""));
    this.#typing = false;
    for (const key of this.#text) this.#handlers.key?.(key, inField);
  }

  #character(text: string, control: boolean, event: KeyboardEvent): void {
    const continues = this.#continues(event.timeStamp);
    if (!continues) {
      this.flush();
      // Shortcuts of a person are left alone; only GS may begin a scan (FNC1 in front).
      if (control && text !== "\x1d") return;
      this.#before = new Before();
      this.#typed = false;
    }
    this.#text += text;
    this.#last = event.timeStamp;
    const { prefix } = this.settings;
    if (continues || control || (prefix && prefix.startsWith(text))) {
      this.#held += text;
      this.#hold(event);
    }
    this.#wait(() => this.#silent());
  }

  #wait(then: () => void, times = 1): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, this.settings.silenceMs * times);
  }

  #continues(at: number): boolean {
    const patience = this.#text.length >= SURE ? PATIENCE : 1;
    return this.#text !== "" && at - this.#last <= this.settings.gapMs * patience;
  }

  #silent(): void {
    const { prefix, silence, least } = this.settings;
    const prefixed = prefix !== "" && this.#text.startsWith(prefix) && this.#text.length > prefix.length;
    // Nobody types that fast: it is a scan whose end did not come, and must not land in a field.
    const sure = this.#text.length >= Math.max(SURE * 2, least);
    if (prefixed || (silence && this.#text.length >= least)) this.#finish("", this.#last);
    else if (sure) this.#wait(() => this.#unfinished(), LATE);
    else this.#type();
  }

  #finish(end: Scan["end"], at: number): void {
    clearTimeout(this.#timer);
    const text = this.#text;
    this.#text = "";
    this.#held = "";
    this.#typed = false;
    this.#before?.restore();
    this.#before = null;
    this.#handlers.scan({ text, how: "wedge", at, end, capsLock: this.#capsLock });
  }

  /** Tells of a scan whose end did not come; if it was only late, the whole scan is told yet. */
  #unfinished(): void {
    this.#held = "";
    this.#typed = true;
    this.#before?.restore();
    this.#handlers.scan({ text: this.#text, how: "wedge", at: this.#last, end: "", capsLock: this.#capsLock });
  }

  #hold(event: KeyboardEvent): void {
    if (event.type === "keydown") this.#heldCodes.add(event.code);
    this.#stop(event);
  }

  #stop(event: Event): void {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}
