/** The band over the full width: icon and word, what was understood, and what to do. */
import type { Tone } from "./tones.ts";

export interface Message {
  readonly tone: Tone;
  /** One word or two beside the icon: "Taken", "Wrong lot". */
  readonly word: string;
  /** What was understood, or what happened and what was not saved. */
  readonly text: string;
  /** What to do, for what is wrong or must be decided. */
  readonly remedy?: string;
}

/** Drawn on a field of 24 by 24; told apart by shape, not by colour alone. */
const ICONS: Readonly<Record<Tone, string>> = {
  good: "M4 13l5 5L20 6",
  wrong: "M6 6l12 12M18 6L6 18",
  decide: "M8 8a4 4 0 1 1 5.5 3.7c-1 .5-1.5 1.2-1.5 2.3M12 18.5v.5",
};
const SVG = "http://www.w3.org/2000/svg";

export interface BandWords {
  /** Of the button that answers, such as "OK". */
  readonly answer: string;
}

/** One band: `show` fills it. Good news leave by themselves when the next come; others wait for an answer. */
export class Band {
  readonly element: HTMLElement;
  /** What still waits for an answer, oldest first. */
  readonly #waiting: Message[] = [];
  readonly #polite: HTMLElement;
  readonly #urgent: HTMLElement;
  readonly #words: BandWords;
  #answered: (message: Message) => void = () => {};

  constructor(words: BandWords) {
    this.#words = words;
    this.element = made("div", "st-band");
    // Both are there from the start: screen readers announce only changes of what they know.
    this.#polite = made("div", "st-band-message");
    this.#polite.setAttribute("role", "status");
    this.#urgent = made("div", "st-band-message");
    this.#urgent.setAttribute("role", "alert");
    this.element.append(this.#polite, this.#urgent);
  }

  /** What waits for an answer, or null. */
  get pending(): Message | null {
    return this.#waiting[0] ?? null;
  }

  onAnswer(answered: (message: Message) => void): void {
    this.#answered = answered;
  }

  show(message: Message): void {
    if (message.tone === "wrong") this.#waiting.push(message);
    if (this.pending !== null) return this.#draw(this.pending);
    this.#draw(message);
  }

  /** Somebody has seen what was wrong: the next that waits is shown, or nothing. */
  answer(): void {
    const message = this.#waiting.shift();
    if (message === undefined) return;
    if (this.pending !== null) this.#draw(this.pending);
    else this.clear();
    this.#answered(message);
  }

  /** Empties the band, unless something waits for an answer. */
  clear(): void {
    if (this.pending !== null) return;
    delete this.element.dataset["tone"];
    this.#polite.replaceChildren();
    this.#urgent.replaceChildren();
  }

  #draw(message: Message): void {
    const urgent = message.tone === "wrong";
    this.element.dataset["tone"] = message.tone;
    const [here, other] = urgent ? [this.#urgent, this.#polite] : [this.#polite, this.#urgent];
    other.replaceChildren();
    here.replaceChildren(icon(message.tone), this.#texts(message), ...(urgent ? [this.#button()] : []));
    restart(this.element);
  }

  #texts(message: Message): HTMLElement {
    const texts = made("div", "st-band-texts");
    const more = this.#waiting.length > 1 ? ` (1 of ${this.#waiting.length})` : "";
    texts.append(made("strong", "st-band-word", message.word + more), made("span", "st-band-text", message.text));
    if (message.remedy) texts.append(made("span", "st-band-remedy", message.remedy));
    return texts;
  }

  #button(): HTMLButtonElement {
    const button = made("button", "st-band-answer", this.#words.answer);
    button.type = "button";
    button.addEventListener("click", () => this.answer());
    return button;
  }
}

function made<Name extends keyof HTMLElementTagNameMap>(name: Name, class_: string, text = ""): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  element.className = class_;
  element.textContent = text;
  return element;
}

function icon(tone: Tone): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "st-band-icon");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[tone]);
  svg.append(path);
  return svg;
}

/** The same message twice is seen as two: the band flashes anew, unless less motion is asked for. */
function restart(element: HTMLElement): void {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  element.animate?.([{ opacity: 0.4 }, { opacity: 1 }], { duration: 120, easing: "ease-out" });
}
