/** The page: draws what the deck has, and gives it what is pressed and typed. */
import type { Feedback } from "../feedback/index.ts";
import { typingForm } from "../input/index.ts";
import { answerScreen } from "../screens/answer.ts";
import { holdScreen, queueScreen, settingsScreen, setupScreen } from "../screens/beside.ts";
import { changeScreen } from "../screens/change.ts";
import { button, h } from "../screens/dom.ts";
import { Frame, type Where } from "../screens/frame.ts";
import { homeScreen, listScreen } from "../screens/home.ts";
import { type Drawn, loopScreen } from "../screens/loop.ts";
import { count } from "../jobs/words.ts";
import type { Deck } from "./deck.ts";
import { Lens } from "./lens.ts";
import { WORK } from "./work.ts";

const TICK_MS = 500;

export class Page {
  /** Set when a new version of the station waits: takes it over, unless something is on this device only. */
  loadAnew: (() => boolean) | null = null;
  readonly #deck: Deck;
  readonly #frame: Frame;
  readonly #lens: Lens;
  #typing: HTMLFormElement | null = null;
  #queued = false;
  #inSetup: (inSetup: boolean) => void = () => {};

  constructor(root: HTMLElement, deck: Deck, feedback: Feedback) {
    this.#deck = deck;
    this.#frame = new Frame(root, feedback.element, {
      home: () => deck.home(),
      queue: () => deck.go({ at: "queue" }),
      undo: () => void deck.undo(),
      typing: () => this.#type(),
      camera: () => void this.#lens.toggle(),
    });
    this.#lens = new Lens(this.#frame.slot, (scan) => void deck.scan(scan), (problem) => feedback.say({ tone: "wrong", word: "No camera", text: problem, remedy: "Use the scanner, or press Type." }), () => this.draw());
    setInterval(() => this.#frame.undoWords(this.#undoWords()), TICK_MS);
  }

  onSetup(told: (inSetup: boolean) => void): void {
    this.#inSetup = told;
  }

  /** Many reasons in one step draw the page once. */
  draw(): void {
    if (this.#queued) return;
    this.#queued = true;
    queueMicrotask(() => {
      this.#queued = false;
      this.#now();
    });
  }

  /** A key that a person has pressed and no field has taken. */
  key(key: string, inField: boolean): void {
    if (inField) return;
    const on = document.activeElement;
    const onControl = on instanceof HTMLButtonElement || on instanceof HTMLAnchorElement;
    if (key === "Enter" && !onControl) void this.#deck.confirm();
    else if (key === "Escape") void this.#deck.back();
    else if (/^[\d.,]$/.test(key)) this.#deck.digit(key.replace(",", "."));
    else if (key === "Backspace") this.#deck.padKey("back");
    else if (key === "+" || key === "-") void this.#deck.step(key === "+" ? 1 : -1);
    else if (key === "u") void this.#deck.undo();
    else if (key === "t") this.#type();
  }

  #now(): void {
    const { screen, session } = this.#deck;
    const drawn = this.#drawn();
    this.#inSetup(screen.at === "setup");
    const name = screen.at === "loop" ? `loop ${session?.kind} ${session?.id}` : screen.at;
    this.#frame.draw(name, this.#where(), this.#banner(), drawn.main, {
      others: drawn.others,
      primary: drawn.primary,
      undo: this.#undoWords(),
      typing: this.#typing !== null,
      camera: this.#lens.isOpen,
    });
  }

  #drawn(): Drawn {
    const deck = this.#deck;
    const { screen } = deck;
    switch (screen.at) {
      case "home":
        return homeScreen(deck);
      case "list":
        return listScreen(deck, screen.kind);
      case "loop": {
        const { view } = deck;
        return view ? loopScreen(deck, view) : homeScreen(deck);
      }
      case "answer":
        return answerScreen(deck, screen);
      case "hold":
        return holdScreen(deck, screen);
      case "queue":
        return queueScreen(deck);
      case "change":
        return changeScreen(deck, screen);
      case "settings":
        return settingsScreen(deck);
      case "setup":
        return setupScreen(deck, screen);
    }
  }

  #where(): Where {
    const { know, screen, session, view } = this.#deck;
    const site = know.start?.sites.find((one) => one.code === know.site);
    const here = [site?.name ?? know.site, know.start?.person.name].filter(Boolean).join(" · ");
    const inLoop = screen.at === "loop" && session;
    const progress = inLoop && view?.of ? ` ${view.done}/${view.of}` : "";
    return {
      title: inLoop ? `${WORK[session.kind].label}${progress}` : "Station",
      more: inLoop && session.number ? [session.number, session.title].filter(Boolean).join(" · ") : here,
      queue: this.#queue(),
      home: screen.at !== "home",
    };
  }

  #queue(): Where["queue"] {
    const { status, know } = this.#deck;
    const offline = !know.online && status.reachable !== true;
    if (status.inInbox) return { words: `${status.inInbox} to decide`, state: "inbox" };
    if (status.onDevice) return { words: `${status.onDevice} on this device${offline ? ", offline" : ""}`, state: offline ? "offline" : "device" };
    if (offline) return { words: "Offline", state: "offline" };
    return { words: "All on server", state: "safe" };
  }

  #banner(): HTMLElement | null {
    const { know, status } = this.#deck;
    if (!know.loginNeeded && !status.loginNeeded) return this.#newVersion();
    const kept = status.onDevice ? ` ${count(status.onDevice, "act")} on this device will be sent then.` : "";
    const path = document.body.dataset["login"] ?? "/login/";
    return h("p", {}, "You are not logged in.", kept, " ", h("a", { href: `${path}?next=${encodeURIComponent(location.pathname)}` }, "Log in"));
  }

  #newVersion(): HTMLElement | null {
    const { loadAnew } = this;
    if (!loadAnew || !this.#deck.status.safe) return null;
    return h("p", {}, "New version. ", button("Load anew", () => void loadAnew(), "", { "data-key": "load anew" }));
  }

  #undoWords(): string {
    const last = this.#deck.log.last(Date.now());
    return last ? `Undo ${Math.ceil((last.until - Date.now()) / 1000)} s` : "";
  }

  #type(): void {
    if (this.#typing) {
      this.#typing.remove();
      this.#typing = null;
      return this.draw();
    }
    this.#typing = typingForm({ label: "Type a lot, item, place or SSCC", button: "Take" }, (scan) => void this.#deck.scan(scan));
    this.#frame.slot.append(this.#typing);
    this.#typing.querySelector("input")?.focus();
    this.draw();
  }
}
