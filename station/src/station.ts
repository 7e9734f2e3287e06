/** The scan station starts here. */
import "./feedback/band.css";
import "./styles/station.css";
import { Deck } from "./app/deck.ts";
import { Knowledge } from "./app/knowledge.ts";
import { overHttp } from "./app/network.ts";
import { Page } from "./app/page.ts";
import { figures, makeFeedback } from "./feedback/index.ts";
import { listen } from "./input/index.ts";
import { keepUpToDate, openQueue } from "./queue/index.ts";
import { loadScanner, readingOf, wedgeOf } from "./setup/index.ts";

async function begin(root: HTMLElement): Promise<void> {
  const queue = await openQueue();
  const feedback = makeFeedback({ answer: "OK" });
  const know: Knowledge = new Knowledge(overHttp, queue, (what) => void told(what));
  const reading = () => readingOf(loadScanner(), know.start?.hosts ?? []);
  const deck: Deck = new Deck(know, queue, feedback, reading, () => page.draw());
  const page: Page = new Page(root, deck, feedback);
  async function told(what: "jobs" | "book" | "state"): Promise<void> {
    if (what === "jobs") deck.jobsChanged();
    else if (what === "book") await deck.bookChanged();
    else page.draw();
  }
  const listening = listen({ scan: (scan) => void deck.scan(scan), key: (key, inField) => page.key(key, inField) }, wedgeOf(loadScanner()));
  page.onSetup((inSetup) => listening.set(inSetup ? { silence: true } : wedgeOf(loadScanner())));
  page.draw();
  queue.subscribe((status) => void deck.queueChanged(status));
  await know.open();
  await deck.bookChanged();
  await deck.remember();
  await deck.resume();
  window.addEventListener("online", () => know.hurry());
  document.addEventListener("visibilitychange", () => know.hurry());
  // Without the worker the station needs a network to begin; what was recorded is kept all the same.
  know.opensOffline = await keepUpToDate(queue, (loadAnew) => {
    page.loadAnew = loadAnew;
    page.draw();
  }).catch(() => false);
}

// What tests and the setup read: how long feedback took.
Object.assign(globalThis, { lotbookFigures: figures });

const root = document.getElementById("station");
if (root) {
  begin(root).catch((problem: unknown) => {
    root.textContent = `The station can not begin: ${problem instanceof Error ? problem.message : String(problem)}. What was recorded is kept. Reload the page.`;
  });
}
