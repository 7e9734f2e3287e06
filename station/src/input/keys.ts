/**
 * What a key is to a scan: a character, the end, or neither.
 *
 * Scanners type control characters in many ways: GS comes as Ctrl+] (on a German keyboard the same key is
 * Ctrl++), as Alt+029 on the number pad, as F8, as the character itself, or not at all.
 */

export interface Press {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}

export type Stroke =
  /** `text`: one character, or an accent and the character behind it. `control`: came as a shortcut or function key. */
  | { is: "text"; text: string; control: boolean }
  | { is: "end"; end: "Enter" | "Tab" }
  /** Shift and the like, or half of a character. */
  | { is: "part" }
  /** Arrows, Backspace, shortcuts. */
  | { is: "other" };

const PARTS = ["Shift", "Control", "Alt", "AltGraph", "CapsLock", "Meta", "NumLock", "Process", "Unidentified"];
const PART: Stroke = { is: "part" };
const OTHER: Stroke = { is: "other" };

/** Control characters by the key that gives them with Ctrl, wherever the layout has it. */
const CONTROLS: Readonly<Record<string, number>> = {
  BracketLeft: 0x1b,
  Backslash: 0x1c,
  BracketRight: 0x1d,
  Digit6: 0x1e,
  Minus: 0x1f,
};
/** What a dead key stands for when nothing tells better: German, then French, then Spanish. */
const DEAD: Readonly<Record<string, string>> = { Backquote: "^", Equal: "\u00b4", BracketLeft: "^", Quote: "\u00b4" };
const ACCENTS: Readonly<Record<string, string>> = {
  "\u0300": "`",
  "\u0301": "\u00b4",
  "\u0302": "^",
  "\u0303": "~",
  "\u0308": "\u00a8",
};

function text(characters: string, control = false): Stroke {
  if (characters === "\r" || characters === "\n") return { is: "end", end: "Enter" };
  if (characters === "\t") return { is: "end", end: "Tab" };
  return { is: "text", text: characters, control };
}

/** Remembers half a character: a dead key, or the digits behind Alt. */
export class Keyboard {
  #dead = "";
  #digits = "";

  press(event: Press): Stroke {
    const { key, code } = event;
    if (event.altKey && !event.ctrlKey && /^Numpad[0-9]$/.test(code)) {
      this.#digits += code.slice(-1);
      return PART;
    }
    if (key === "Dead") {
      const accent = this.#dead;
      this.#dead = DEAD[code] ?? "^";
      return accent ? text(accent) : PART;
    }
    if (PARTS.includes(key)) return PART;
    if (key === "Enter" || key === "Tab") return this.#ended(key);
    if (key === "F8") return text("\x1d", true);
    // AltGr is Ctrl and Alt together: what it gives is a character like any other.
    const shortcut = event.metaKey || event.ctrlKey !== event.altKey;
    if (shortcut) return this.#shortcut(event);
    // Some systems give an accent and the character that does not go with it as one key.
    return key.length === 1 || (this.#dead && key.length === 2) ? this.#character(key) : OTHER;
  }

  release(event: Press): Stroke {
    if (event.key !== "Alt" || !this.#digits) return PART;
    const number = Number(this.#digits);
    this.#digits = "";
    return text(String.fromCharCode(number), number < 0x20);
  }

  #ended(end: "Enter" | "Tab"): Stroke {
    this.#dead = "";
    this.#digits = "";
    return { is: "end", end };
  }

  #shortcut(event: Press): Stroke {
    const { key, code, ctrlKey } = event;
    // On some keyboards of a Mac, Alt alone gives characters: ] is Alt+6.
    if (!ctrlKey || event.metaKey) return event.metaKey || key.length !== 1 ? OTHER : this.#character(key);
    const control = key === "]" ? 0x1d : (CONTROLS[code] ?? (/^Key[A-Z]$/.test(code) ? code.charCodeAt(3) - 64 : 0));
    return control > 0 ? text(String.fromCharCode(control), true) : OTHER;
  }

  /** A character; with an accent waiting, both as they were pressed. */
  #character(key: string): Stroke {
    const accent = this.#dead;
    this.#dead = "";
    if (!accent || key.length === 2) return text(key);
    const [base = "", mark = ""] = key.normalize("NFD");
    if (mark) return text((ACCENTS[mark] ?? accent) + base);
    return text(key === accent ? key : accent + key);
  }
}
