/** A contradiction is resolved by what was really done: the act's quantities, place and lot, given anew. */
import { type Field, fieldsOf } from "../app/change.ts";
import type { Deck } from "../app/deck.ts";
import type { Screen } from "../app/shown.ts";
import { button, goOn, h, instruction, mono, part } from "./dom.ts";
import type { Drawn } from "./loop.ts";

export function changeScreen(deck: Deck, screen: Extract<Screen, { at: "change" }>): Drawn {
  const { one } = screen;
  const [problem] = one.problems;
  const all = fieldsOf(screen.body, deck.know.shelf);
  return {
    main: [
      instruction("What was really done?"),
      problem && part("p", "stop", problem.cause),
      one.act.seen.length > 0 && part("p", "why", `You saw: ${one.act.seen.join(" · ")}`),
      part("p", "why", "Scan the right lot or place, or write it."),
      part("div", "ask", ...all.map((field) => fieldPart(deck, field))),
    ],
    others: [button("Change nothing", () => deck.go({ at: "queue" }))],
    primary: goOn("Send it so", () => void deck.sendChange()),
  };
}

function fieldPart(deck: Deck, field: Field): HTMLElement {
  if (field.kind === "scan") return part("p", "why", `${field.label}: `, mono(field.value));
  const input = h("input", {
    class: "st-field",
    name: `${field.name} ${field.line ?? ""}`.trim(),
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    inputmode: field.kind === "quantity" ? "decimal" : "text",
    "data-key": `change ${field.line} ${field.name}`,
    input: () => deck.change(field, input.value.trim()),
  });
  input.value = field.value;
  return h("label", {}, field.label, input);
}
