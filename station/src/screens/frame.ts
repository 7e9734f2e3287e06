/** The frame of every screen: where I am on top, one instruction in the middle, what to press at the bottom. */
import { button, type Child, h, part, put } from "./dom.ts";

export interface Where {
  /** Site and person, or the job. */
  title: string;
  more: string;
  /** "3 on this device", and how it stands. */
  queue: { words: string; state: "safe" | "device" | "offline" | "inbox" };
  home: boolean;
}

export interface Foot {
  others: HTMLElement[];
  primary: HTMLElement | null;
  /** Words on the undo button, or "" when there is nothing to undo. */
  undo: string;
  typing: boolean;
  camera: boolean;
}

export interface Presses {
  home(): void;
  queue(): void;
  undo(): void;
  typing(): void;
  camera(): void;
}

export class Frame {
  readonly #head = part("header", "head");
  readonly #banner = part("div", "banner");
  readonly #main = h("main", { class: "st-main", id: "main" });
  readonly #slot = h("section", { class: "st-slot", "aria-label": "Typing and camera" });
  readonly #foot = part("footer", "foot");
  readonly #presses: Presses;
  #screen = "";

  constructor(root: HTMLElement, band: HTMLElement, presses: Presses) {
    this.#presses = presses;
    root.replaceChildren(this.#head, this.#banner, this.#main, this.#slot, band, this.#foot);
  }

  /** Where typing and camera are shown: what is in it stays when the screen is drawn anew. */
  get slot(): HTMLElement {
    return this.#slot;
  }

  draw(screen: string, where: Where, banner: HTMLElement | null, main: Child[], foot: Foot): void {
    put(this.#head, ...this.#headOf(where));
    put(this.#banner, banner);
    put(this.#main, ...main);
    put(this.#foot, ...this.#footOf(foot));
    if (screen !== this.#screen) {
      this.#screen = screen;
      this.#main.scrollTop = 0;
      // A keyboard goes on from the top of the new screen; a screen reader reads it.
      const lost = document.activeElement === document.body || document.activeElement === null;
      if (lost) this.#main.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
    }
    document.title = `${where.title} · Lotbook`;
  }

  undoWords(words: string): void {
    const undo = this.#foot.querySelector<HTMLButtonElement>("[data-key=undo]");
    if (undo) undo.textContent = words || "Undo";
    if (undo) undo.disabled = words === "";
  }

  #headOf(where: Where): HTMLElement[] {
    const chip = button(where.queue.words, () => this.#presses.queue(), `st-queue st-queue-${where.queue.state}`, { "data-key": "queue" });
    const home = where.home ? [button("⌂", () => this.#presses.home(), "st-home", { "aria-label": "Home", "data-key": "home" })] : [];
    return [...home, part("div", "where", part("p", "where-title", where.title), part("p", "where-more", where.more)), chip];
  }

  #footOf(foot: Foot): (HTMLElement | null)[] {
    const ways = part(
      "div",
      "ways",
      button(foot.undo || "Undo", () => this.#presses.undo(), "st-undo", { "data-key": "undo", disabled: foot.undo === "" }),
      button("Type", () => this.#presses.typing(), "", { "data-key": "typing", "aria-expanded": String(foot.typing) }),
      button("Camera", () => this.#presses.camera(), "", { "data-key": "camera", "aria-expanded": String(foot.camera) }),
    );
    const others = foot.others.length ? part("div", "others", ...foot.others) : null;
    return [others, foot.primary, ways];
  }
}
