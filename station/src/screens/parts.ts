/** What screens are made of: the thing in the hand, its quantity, questions, lists. */
import { type Pad, padDay } from "../app/pad.ts";
import type { Question, Row, Subject } from "../jobs/loop.ts";
import { day } from "../jobs/words.ts";
import type { Lot } from "../protocol.ts";
import { button, h, mono, part } from "./dom.ts";

const STATUS: Record<Lot["status"], [string, string]> = {
  released: ["✓", "Released"],
  quarantine: ["◷", "Quarantine"],
  hold: ["■", "On hold"],
  rejected: ["✕", "Rejected"],
  expired: ["✕", "Expired"],
  recalled: ["⚠", "Recalled"],
};

/** Icon and word: nothing rests on the colour alone. */
export function statusMark(status: Lot["status"]): HTMLElement {
  const [icon, word] = STATUS[status];
  return h("span", { class: `st-status st-is-${status}` }, h("span", { "aria-hidden": "true" }, icon), ` ${word}`);
}

export function subjectCard(subject: Subject): HTMLElement {
  return h(
    "section",
    { class: "st-card", "aria-label": "In hand" },
    part("p", "card-title", subject.title),
    subject.number && part("p", "card-number", mono(subject.number)),
    part(
      "p",
      "card-facts",
      subject.status && statusMark(subject.status),
      subject.expires_on && h("span", {}, `expires ${day(subject.expires_on)}`),
    ),
  );
}

export function factList(facts: [string, string][]): HTMLElement {
  return part("dl", "facts", ...facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

/** Quantity with less and more; a tap on the figure opens the digits. */
export function quantityLine(
  quantity: { value: string; unit: string; scale: number },
  step: (by: 1 | -1) => void,
  digits: () => void,
): HTMLElement {
  const shown = `${quantity.value} ${quantity.unit}`;
  return h(
    "div",
    { class: "st-quantity", role: "group", "aria-label": "Quantity" },
    button("−", () => step(-1), "st-step", { "aria-label": "Less" }),
    h(
      "button",
      { type: "button", class: "st-figure", "data-key": "figure", "aria-label": `${shown}, change`, click: digits },
      part("span", "figure-value", quantity.value),
      ` ${quantity.unit}`,
    ),
    button("+", () => step(1), "st-step", { "aria-label": "More" }),
  );
}

const SIGNS: Record<Row["state"], [string, string]> = {
  done: ["✓", "done"],
  open: ["○", "open"],
  bad: ["■", "stopped"],
  now: ["▸", "now"],
};

export function rowList(rows: Row[]): HTMLElement | null {
  if (!rows.length) return null;
  // What is in front comes first, then what is open; what is done is behind.
  const rank = { now: 0, bad: 1, open: 2, done: 3 };
  const sorted = rows.toSorted((one, other) => rank[one.state] - rank[other.state]);
  return part(
    "ul",
    "rows",
    ...sorted.map((row) => {
      const [sign, word] = SIGNS[row.state];
      return h(
        "li",
        { class: `st-row st-row-${row.state}` },
        h("span", { class: "st-row-sign", "aria-hidden": "true" }, sign),
        part("span", "unseen", `${word}: `),
        part("span", "row-text", row.mono ? mono(row.text) : row.text),
        row.more && part("span", "row-more", row.more),
      );
    }),
  );
}

// --- Digits -------------------------------------------------------------------------------------------

const DAY_DIGITS = 6;

function padShown(pad: Pad): string {
  if (pad.kind === "number") return pad.text || "–";
  const made = padDay(pad.text);
  if (made) return day(made);
  const filled = pad.text.padEnd(DAY_DIGITS, "·");
  return `${filled.slice(0, 2)} ${filled.slice(2, 4)} ${filled.slice(4)}`;
}

export function padPart(pad: Pad, key: (key: string) => void, signed = false): HTMLElement {
  const keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", pad.kind === "number" ? "." : "clear", "0", "back"];
  if (signed) keys.push("-");
  const labels: Record<string, [string, string]> = { back: ["⌫", "Delete the last digit"], clear: ["C", "Clear"], ".": [".", "Point"], "-": ["−", "Minus"] };
  return h(
    "div",
    { class: "st-pad", role: "group", "aria-label": pad.label },
    part("output", "pad-shown", padShown(pad)),
    pad.kind === "day" && pad.text.length < DAY_DIGITS && part("p", "hint", "Day, month, year: six digits"),
    part(
      "div",
      "pad-keys",
      ...keys.map((one) => {
        const [shown, name] = labels[one] ?? [one, one];
        return button(shown, () => key(one), "st-key", { "aria-label": name, "data-key": `pad ${one}` });
      }),
    ),
  );
}

/** Choices as buttons, and a field for what is none of them. */
export function questionPart(ask: Question, answer: (value: string) => void): HTMLElement {
  const field = h("input", { class: "st-field", type: "text", name: ask.field, autocomplete: "off", autocapitalize: "off", spellcheck: "false", "data-key": `ask ${ask.field}` });
  const open = ask.kind === "text" || (ask.kind === "choice" && ask.hint !== "");
  const form = h(
    "form",
    {
      class: "st-ask-form",
      submit: (event) => {
        event.preventDefault();
        if (field.value.trim() || ask.optional) answer(field.value.trim());
        else field.focus();
      },
    },
    h("label", {}, ask.hint || ask.label, field),
    h("button", { type: "submit", class: "st-button st-take", "data-key": "take" }, "Take"),
  );
  return h(
    "div",
    { class: "st-ask", role: "group", "aria-label": ask.label },
    ...(ask.choices ?? []).map((choice) => button(choice.label, () => answer(choice.value), "st-choice")),
    open && form,
  );
}
