/** Screens beside the work: hold a lot, what waits to be sent, settings, and the test of the scanner. */
import type { Deck } from "../app/deck.ts";
import type { Screen } from "../app/shown.ts";
import { count } from "../jobs/words.ts";
import type { Choice, Inbox } from "../protocol.ts";
import { forgetScanner, loadScanner, PROOF_CODES, saveScanner, START } from "../setup/index.ts";
import { button, goOn, h, instruction, part } from "./dom.ts";
import type { Drawn } from "./loop.ts";
import { questionPart } from "./parts.ts";

const REASONS = ["Damaged", "Smell or look", "Wrong label", "Temperature", "Foreign matter"];

export function holdScreen(deck: Deck, screen: Extract<Screen, { at: "hold" }>): Drawn {
  const choices = REASONS.map((one) => ({ value: one, label: one }));
  return {
    main: [
      instruction(`Why hold ${screen.number}?`),
      part("p", "why", "All of the lot is stopped, everywhere. Quality releases it."),
      questionPart({ field: "hold", label: "Reason", hint: "Another reason", kind: "choice", choices }, (reason) => void deck.answerHold("quality", reason)),
    ],
    others: [button("Do not hold it", () => void deck.back())],
    primary: null,
  };
}

// --- The queue and its inbox --------------------------------------------------------------------------

export function queueScreen(deck: Deck): Drawn {
  const { status, inbox } = deck;
  const lines = [
    status.onDevice ? `${status.onDevice} only on this device` : "All is on the server",
    status.waiting ? `${status.waiting} on the server, waiting for one before them` : "",
    status.reachable === false ? "No contact: it is sent as soon as there is a network" : "",
    status.loginNeeded ? "The server wants a login first" : "",
    status.problem,
    status.damaged ? `${count(status.damaged, "record")} could not be read back: kept, for people to read` : "",
  ].filter(Boolean);
  return {
    main: [
      instruction(inbox.conflicts.length ? `${count(inbox.conflicts.length, "act")} to decide` : "Nothing to decide"),
      ...lines.map((line) => part("p", "why", line)),
      ...inbox.conflicts.map((one) => conflict(deck, one)),
    ],
    others: [],
    primary: goOn(deck.session ? "Back to work" : "Back to the start", () => deck.go(deck.session ? { at: "loop" } : { at: "home" })),
  };
}

function conflict(deck: Deck, one: Inbox["conflicts"][number]): HTMLElement {
  const [problem] = one.problems;
  const reason = h("input", { class: "st-field", name: "reason", autocomplete: "off", "data-key": `reason ${one.id}`, "data-kept": true });
  const field = h("label", {}, "Reason", reason);
  const resolve = (how: Choice["how"]) => {
    if (how === "change") deck.go({ at: "change", one, body: one.act.body });
    else void deck.resolve(one.id, how, reason.value.trim());
  };
  const when = new Date(one.act.at);
  return h(
    "article",
    { class: "st-conflict", "aria-label": problem?.cause ?? "A contradiction" },
    h("h2", {}, problem?.cause ?? "It contradicts the book"),
    h("p", {}, problem?.remedy ?? ""),
    one.late && part("p", "stop", one.late),
    part("p", "why", `Done by ${one.act.by}, ${when.toLocaleString()}`),
    one.act.seen.length > 0 && part("p", "why", `You saw: ${one.act.seen.join(" · ")}`),
    one.choices.some(({ how }) => how === "override" || how === "drop") && field,
    part("div", "others", ...one.choices.map((choice) => button(choice.label, () => resolve(choice.how), "", { "data-key": `${choice.how} ${one.id}` }))),
  );
}

// --- Settings -----------------------------------------------------------------------------------------

export function settingsScreen(deck: Deck): Drawn {
  const { know } = deck;
  const scanner = loadScanner();
  const sites = know.start?.sites ?? [];
  return {
    main: [
      instruction("Settings"),
      h("h2", {}, "Where I work"),
      part("div", "ask", ...sites.map((site) => button(site.name, () => void know.choose(site.code).then(() => deck.home()), `st-choice${site.code === know.site ? " st-chosen" : ""}`, { "aria-pressed": String(site.code === know.site) }))),
      h("h2", {}, "The scanner"),
      part("p", "why", scanner.proven ? `Tested ${scanner.tested_at.slice(0, 10)}: separators arrive.` : "Not tested: some scans must be asked about."),
      part("div", "ask", button("Test the scanner", () => deck.go({ at: "setup", test: START }), "st-choice"), scanner.tested_at && button("Forget this scanner", () => (forgetScanner(), deck.go({ at: "settings" })), "st-choice"), trainingLink()),
      !know.opensOffline && part("p", "stop", "This browser opens the station with a network only: it is too old to keep it. What you record is kept all the same."),
      h("h2", {}, "Who I am"),
      part("p", "why", know.start ? `${know.start.person.name}${know.start.handheld ? `, on ${know.start.handheld}` : ""}` : "Nobody is logged in"),
      h("a", { class: "st-button st-choice", href: document.body.dataset[know.start?.handheld ? "badge" : "login"] ?? "/" }, know.start?.handheld ? "Hand over to somebody else" : "Log in"),
    ],
    others: [],
    primary: goOn("Back to the start", () => deck.home()),
  };
}

/** Where the test sheet, the quick card and the practice set are printed. */
function trainingLink(): HTMLElement {
  return h("a", { class: "st-button st-choice", href: "/station/training", "data-key": "training" }, "Print the test sheet");
}

export function setupScreen(deck: Deck, screen: Extract<Screen, { at: "setup" }>): Drawn {
  const { test } = screen;
  const next = test.missing[0];
  const save = () => {
    if (test.result) saveScanner(test.result);
    deck.go({ at: "settings" });
  };
  return {
    main: [
      instruction(test.result ? "The scanner is right" : next ? `Scan code ${PROOF_CODES.length - test.missing.length + 1} of the test sheet` : "The scanner must be set"),
      next && part("p", "why", `It tells: ${next.tells}`),
      next ? trainingLink() : null,
      test.strange && part("p", "stop", `This is no code of the test sheet: ${test.strange}`),
      part("ul", "rows", ...test.findings.map((one) => h("li", { class: `st-row st-row-${one.state === "wrong" ? "bad" : "done"}` }, h("span", { class: "st-row-sign", "aria-hidden": "true" }, one.state === "wrong" ? "✕" : "✓"), part("span", "row-text", one.says), one.remedy && part("span", "row-more", one.remedy)))),
    ],
    others: [button("Stop the test", () => deck.go({ at: "settings" }))],
    primary: test.result ? goOn("Keep it", save) : null,
  };
}
