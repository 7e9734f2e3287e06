/** The answer to a scan: what it is, where, how much of it, and what I may do with it. */
import type { Deck } from "../app/deck.ts";
import type { Screen } from "../app/shown.ts";
import { WORK } from "../app/work.ts";
import { stopFor, subjectOf } from "../jobs/judge.ts";
import type { Meaning } from "../jobs/loop.ts";
import { amount, sscc as grouped } from "../jobs/words.ts";
import type { Found, Lot } from "../protocol.ts";
import { button, goOn, h, instruction, part } from "./dom.ts";
import { jobButton } from "./home.ts";
import type { Drawn } from "./loop.ts";
import { factList, subjectCard } from "./parts.ts";

type Answer = Extract<Screen, { at: "answer" }>;

export function answerScreen(deck: Deck, screen: Answer): Drawn {
  const found = screen.looked?.found ?? [];
  const [first] = found;
  const lot = screen.meaning.kind === "goods" ? screen.meaning.lot : (first?.lot ?? null);
  const jobs = deck.know.jobs.filter((job) => screen.jobs.includes(job.id));
  const more = found.length > 1 ? found : [];
  return {
    main: [
      instruction(titleOf(screen, first)),
      lot ? stopLine(deck, lot) : null,
      lot ? subjectCard(subjectOf(deck.know.shelf?.item(lot.item) ?? null, lot, worldOf(deck))) : null,
      factList(facts(deck, screen, lot)),
      more.length ? part("ul", "jobs", ...more.map((one) => h("li", {}, h("a", { class: "st-job", href: one.href }, one.title)))) : null,
      screen.looking ? part("p", "why", "Asking the server…") : null,
      part("ul", "jobs", ...jobs.map((job) => h("li", {}, jobButton(deck, job, WORK[job.kind].label)))),
    ],
    others: actions(deck, screen, lot, first),
    primary: goOn("Scan the next, or go back", () => deck.home()),
  };
}

function worldOf(deck: Deck) {
  const { world } = deck;
  if (!world) throw new Error("An answer needs the book.");
  return world;
}

function titleOf(screen: Answer, first: Found | undefined): string {
  const { meaning } = screen;
  switch (meaning.kind) {
    case "goods":
      return meaning.item.name;
    case "unit":
      return "Whole unit";
    case "place":
      return meaning.place.name || meaning.place.code;
    case "several":
      return `Lot ${meaning.number}`;
    case "unknown":
      return first?.title ?? (screen.looking ? "Looking it up" : "Not known");
  }
}

function stopLine(deck: Deck, lot: Lot): HTMLElement | null {
  const stop = stopFor(lot, worldOf(deck));
  return stop && part("p", "stop", `${stop.words}. ${stop.remedy.replace(" Nothing was saved.", "")}`);
}

function facts(deck: Deck, screen: Answer, lot: Lot | null): [string, string][] {
  const { shelf } = deck.know;
  if (screen.looked?.found.length === 1 && screen.looked.found[0]) return screen.looked.found[0].facts;
  if (!shelf) return [];
  if (lot) {
    const unit = shelf.item(lot.item)?.unit ?? "";
    return lot.at.length ? lot.at.map((one): [string, string] => [shelf.called(one.place), amount(one.on_hand, unit)]) : [["Stock here", "none"]];
  }
  return known(deck, screen.meaning);
}

function known(deck: Deck, meaning: Meaning): [string, string][] {
  const { shelf } = deck.know;
  if (!shelf) return [];
  const lots = (all: Lot[], place: string): [string, string][] =>
    all.slice(0, 12).map((lot) => [lot.number || lot.item, `${amount(shelf.onHand(lot, place), shelf.item(lot.item)?.unit ?? "")} ${shelf.item(lot.item)?.name ?? ""}`]);
  switch (meaning.kind) {
    case "place":
      return lots(shelf.at(meaning.place.code), meaning.place.code);
    case "unit":
      return [["SSCC", grouped(meaning.sscc)], ["Stands at", meaning.unit?.place ? shelf.called(meaning.unit.place) : "not in the book here"], ...lots(shelf.at(meaning.sscc), meaning.sscc)];
    case "goods":
      return meaning.number ? [["Lot", meaning.number], ["Stock here", "none"]] : shelf.lots().filter((lot) => lot.item === meaning.item.code && lot.at.length).slice(0, 12).map((lot) => [lot.number, lot.at.map((one) => `${amount(one.on_hand, meaning.item.unit)} at ${one.place}`).join(", ")]);
    case "unknown":
      return [["Scanned", meaning.text]];
    default:
      return [];
  }
}

function actions(deck: Deck, screen: Answer, lot: Lot | null, found: Found | undefined): HTMLElement[] {
  const { know } = deck;
  const { meaning } = screen;
  const all: HTMLElement[] = [];
  const allowed = (action: Found["actions"][number], permission: string) => (found ? found.actions.includes(action) : know.may(permission));
  if (lot?.at.length && allowed("move", "warehouse.post")) all.push(button("Move", () => void deck.open("move", null, { lot: lot.id })));
  if (lot && allowed("hold", "lots.hold")) all.push(button("Hold", () => deck.go({ at: "hold", lot: lot.id, number: lot.number })));
  if (lot) all.push(button("Print label", () => void deck.print("lot", lot.id, lot.number)));
  if (meaning.kind === "unit") {
    if (know.may("warehouse.post")) all.push(button("Move", () => void deck.open("move", null, { sscc: meaning.sscc })), button("Pack into it", () => void deck.open("pack", null, { sscc: meaning.sscc })));
    all.push(button("Print label", () => void deck.print("unit", meaning.sscc, `…${meaning.sscc.slice(-6)}`)));
  }
  if (meaning.kind === "place") all.push(button("Print label", () => void deck.print("place", meaning.place.id, meaning.place.code)));
  if (found?.href) all.push(h("a", { class: "st-button", href: found.href, "data-key": "office" }, "Open in the office"));
  return all;
}
