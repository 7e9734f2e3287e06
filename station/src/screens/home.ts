/** The first screen: jobs for me by kind, work without a job, and anything that is scanned. */
import type { Deck } from "../app/deck.ts";
import { JOB_KINDS, type Kind, WORK } from "../app/work.ts";
import { count, day } from "../jobs/words.ts";
import type { Job } from "../protocol.ts";
import { button, h, instruction, part } from "./dom.ts";
import { type Drawn, lastFive, whichScreen } from "./loop.ts";

export function homeScreen(deck: Deck): Drawn {
  if (deck.which) return whichScreen(deck);
  const { know } = deck;
  if (know.start?.sites.length && !know.site) return siteScreen(deck);
  const kinds = JOB_KINDS.filter((kind) => WORK[kind].needs.some((one) => know.may(one)) || know.jobs.some((job) => job.kind === kind));
  const left = know.total - know.jobs.length;
  return {
    main: [
      instruction(know.shelf ? "Scan anything, or choose" : waiting(deck)),
      know.problem && part("p", "why", know.problem),
      part("ul", "kinds", ...kinds.map((kind) => h("li", {}, kindButton(deck, kind)))),
      left > 0 && part("p", "why", `${count(left, "more job")} in the office`),
      lastFive(deck.log.lines),
    ],
    others: [...freeWork(deck), button("Settings", () => deck.go({ at: "settings" }))],
    primary: null,
  };
}

/** Asked once; Settings change it. */
function siteScreen(deck: Deck): Drawn {
  const sites = deck.know.start?.sites ?? [];
  return {
    main: [
      instruction("Where do you work?"),
      part("div", "ask", ...sites.map((site) => button(site.name, () => void deck.know.choose(site.code), "st-choice"))),
    ],
    others: [],
    primary: null,
  };
}

function waiting(deck: Deck): string {
  if (deck.know.loginNeeded) return "Log in to begin";
  return deck.know.online || !deck.know.start ? "Loading the book of the site" : "Go where there is a network once: this device has no book yet";
}

function kindButton(deck: Deck, kind: Job["kind"]): HTMLElement {
  const jobs = deck.know.jobs.filter((job) => job.kind === kind);
  const [only] = jobs;
  const act = () => (jobs.length === 1 && only ? void deck.open(kind, only) : deck.go({ at: "list", kind }));
  return h(
    "button",
    { type: "button", class: `st-kind${jobs.length ? "" : " st-kind-none"}`, "data-key": kind, click: act },
    part("span", "kind-name", WORK[kind].label),
    " ",
    part("span", "kind-count", String(jobs.length)),
    part("span", "unseen", jobs.length === 1 ? " job" : " jobs"),
  );
}

function freeWork(deck: Deck): HTMLElement[] {
  const free: Kind[] = ["move", "pack"];
  if (!deck.know.shelf) return [];
  return free.filter((kind) => WORK[kind].needs.some((one) => deck.know.may(one))).map((kind) => button(WORK[kind].label, () => void deck.open(kind, null)));
}

export function listScreen(deck: Deck, kind: Job["kind"]): Drawn {
  const jobs = deck.know.jobs.filter((job) => job.kind === kind);
  const others = kind === "receive" && deck.know.may("receiving.post") && deck.know.shelf ? [button("Without papers", () => void deck.open("receive", null))] : [];
  return {
    main: [
      instruction(jobs.length ? `${WORK[kind].label}: choose one, or scan` : `Nothing to ${WORK[kind].label.toLowerCase()}`),
      jobs.length ? null : part("p", "why", EMPTY[kind]),
      part("ul", "jobs", ...jobs.map((job) => h("li", {}, jobButton(deck, job)))),
    ],
    others,
    primary: jobs.length ? null : button("Back to the start", () => deck.home(), "st-primary"),
  };
}

const EMPTY: Record<Job["kind"], string> = {
  receive: "No delivery is on its way. Goods without papers can be taken in all the same.",
  put_away: "Nothing stands where it was received. Use Move for other goods.",
  pick: "No order waits to be picked. A planner allocates orders in the office.",
  load: "Nothing that was picked stands ready.",
  produce: "No run is open. Start one in the office, under Production.",
  count: "No count is open. A planner opens counts in the office.",
};

export function jobButton(deck: Deck, job: Job, label = ""): HTMLElement {
  const late = job.due !== null && job.due < deck.know.today;
  const more = [job.of ? `${job.done} of ${job.of}` : "", job.due ? `${late ? "late: " : ""}${day(job.due)}` : ""].filter(Boolean).join(" · ");
  return h(
    "button",
    { type: "button", class: "st-job", "data-key": `job ${job.id}`, click: () => void deck.open(job.kind, job) },
    part("span", "job-number", label ? `${label}: ${job.number}` : job.number),
    part("span", "job-title", job.title),
    more && h("span", { class: `st-job-more${late ? " st-late" : ""}` }, more),
  );
}
