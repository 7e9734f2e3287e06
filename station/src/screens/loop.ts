/** A loop's one screen: the instruction, what is in the hand, its quantity or a question, and what is to do. */
import type { Deck } from "../app/deck.ts";
import type { Line } from "../app/log.ts";
import type { Button, View } from "../jobs/loop.ts";
import { button, type Child, goOn, h, instruction, part } from "./dom.ts";
import { padPart, questionPart, quantityLine, rowList, subjectCard } from "./parts.ts";

export interface Drawn {
  main: Child[];
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
    instruction(deck.pad && !asked ? "How much?" : view.instruction),
    view.why && part("p", "why", view.why),
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
    return goOn(view.ask?.optional && !text ? "Leave it out" : "Take", () => void deck.confirm());
  }
  if (view.primary) return loopButton(deck, view.primary, "st-primary");
  const finished = view.of > 0 && view.done >= view.of && !view.subject && !view.ask;
  return finished ? goOn("Go on", () => deck.home()) : null;
}

function loopButton(deck: Deck, one: Button, look: string): HTMLElement {
  const key = look ? "primary" : one.label;
  return button(one.off || one.label, () => void deck.give(one.input), look, { "data-key": key, disabled: Boolean(one.off) });
}

export function whichScreen(deck: Deck): Drawn {
  const choices = deck.which?.choices ?? [];
  return {
    main: [
      instruction("Which one is it?"),
      part("p", "why", deck.which?.of === "lots" ? "Several items share this number" : "A separator may be lost. Look at the label"),
      part("div", "ask", ...choices.map((choice, index) => button(choice.label, () => void deck.choose(index), "st-choice"))),
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
          part("span", "last-words", `${line.tone === "wrong" ? "✕ " : ""}${line.words}${line.made && !line.words.includes(line.made) ? ` → ${line.made}` : ""}`),
          part("span", "last-state", STATES[line.state]),
        ),
      ),
    ),
  );
}

