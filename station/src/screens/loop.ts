/** A loop's one screen: the instruction, what is in the hand, its quantity or a question, and what is to do. */
import type { Deck } from "../app/deck.ts";
import type { Line } from "../app/log.ts";
import type { Button, View } from "../jobs/loop.ts";
import { button, h } from "./dom.ts";
import { padPart, questionPart, quantityLine, rowList, subjectCard } from "./parts.ts";

export interface Drawn {
  main: (HTMLElement | null)[];
  others: HTMLElement[];
  primary: HTMLElement | null;
}

export function loopScreen(deck: Deck, view: View): Drawn {
  if (deck.which) return whichScreen(deck);
  const { ask, quantity } = view;
  const asked = ask?.kind === "day" || ask?.kind === "number" ? ask : null;
  const padded = deck.pad !== null || asked !== null;
  const pad = deck.pad ?? (asked ? { kind: asked.kind as "day" | "number", label: asked.label, text: "" } : null);
  const main = [
    h("h1", { tabindex: "-1", class: "st-instruction" }, deck.pad && !asked ? "How much?" : view.instruction),
    view.why ? h("p", { class: "st-why" }, view.why) : null,
    view.subject && !padded ? subjectCard(view.subject) : null,
    quantity && !padded && !ask ? quantityLine(quantity, (by) => void deck.step(by), () => deck.openPad()) : null,
    pad ? padPart(pad, (key) => deck.digit(key), ask?.field === "temperature") : null,
    ask && !asked ? questionPart(ask, (value) => void deck.give({ do: "answer", field: ask.field, value })) : null,
    padded || ask ? null : rowList(view.rows),
    padded || ask ? null : lastFive(deck.log.lines),
  ];
  const others = padded
    ? [button(deck.pad && !asked ? "Leave it as it is" : "Drop it", () => void deck.back(), "")]
    : view.others.map((one) => loopButton(deck, one, ""));
  return { main, others, primary: primaryOf(deck, view, padded) };
}

function primaryOf(deck: Deck, view: View, padded: boolean): HTMLElement | null {
  if (padded) {
    const text = deck.pad?.text ?? "";
    return button(view.ask?.optional && !text ? "Leave it out" : "Take", () => void deck.confirm(), "st-primary", { "data-key": "primary" });
  }
  if (view.primary) return loopButton(deck, view.primary, "st-primary");
  const finished = view.of > 0 && view.done >= view.of && !view.subject && !view.ask;
  return finished ? button("Go on", () => deck.home(), "st-primary", { "data-key": "primary" }) : null;
}

function loopButton(deck: Deck, one: Button, look: string): HTMLElement {
  const key = look ? "primary" : one.label;
  return button(one.off || one.label, () => void deck.give(one.input), look, { "data-key": key, disabled: Boolean(one.off) });
}

export function whichScreen(deck: Deck): Drawn {
  const choices = deck.which?.choices ?? [];
  return {
    main: [
      h("h1", { tabindex: "-1", class: "st-instruction" }, "Which one is it?"),
      h("p", { class: "st-why" }, deck.which?.of === "lots" ? "Several items share this number" : "A separator may be lost. Look at the label"),
      h("div", { class: "st-ask" }, ...choices.map((choice, index) => button(choice.label, () => void deck.choose(index), "st-choice"))),
    ],
    others: [button("None of them", () => void deck.back())],
    primary: null,
  };
}

const STATES: Record<Line["state"], string> = {
  device: "on this device",
  waiting: "on the server, waits",
  server: "on the server",
  inbox: "in the inbox",
  damaged: "damaged",
  undone: "undone",
  refused: "stopped",
};

/** What was done last, and where it is: on this device is not yet on the server. */
export function lastFive(lines: Line[]): HTMLElement | null {
  if (!lines.length) return null;
  return h(
    "section",
    { class: "st-last", "aria-label": "Last scans" },
    h("h2", {}, "Last scans"),
    h(
      "ol",
      {},
      ...lines.map((line) =>
        h(
          "li",
          { class: `st-last-${line.state}` },
          h("span", { class: "st-last-words" }, `${line.tone === "wrong" ? "✕ " : ""}${line.words}${line.made && !line.words.includes(line.made) ? ` → ${line.made}` : ""}`),
          h("span", { class: "st-last-state" }, STATES[line.state]),
        ),
      ),
    ),
  );
}

