// A page with nothing but the station's senses: scans come in, feedback goes out, and all of it is kept to look at.
import { type Meaning, bracketed, collectAll } from "../../station/src/codes/index.ts";
import { figures, forgetFigures, makeFeedback, type Tone } from "../../station/src/feedback/index.ts";
import { listen, meaningOf, type Scan, typingForm } from "../../station/src/input/index.ts";
import { readingOf, START, takeScan, UNTESTED, wedgeOf } from "../../station/src/setup/index.ts";

const scans: Scan[] = [];
const keys: string[] = [];
const sounded: Tone[] = [];
let device = UNTESTED;

const feedback = makeFeedback({ answer: "OK" });
feedback.element.addEventListener("st-feedback", (event) => sounded.push((event as CustomEvent).detail.tone));

function told(meaning: Meaning): string {
  if (meaning.is === "refused") return `refused: ${meaning.code}`;
  if (meaning.is === "ambiguous") return "ambiguous: " + meaning.readings.map(bracketed).join(" or ");
  return `${meaning.kind}: ` + (meaning.elements ? bracketed(meaning.elements) : meaning.text);
}

function take(scan: Scan): void {
  scans.push(scan);
  const meaning = meaningOf(scan, readingOf(device, ["book.example"]));
  if (meaning.is === "understood") collectAll([meaning]);
  const tone = meaning.is === "refused" ? "wrong" : meaning.is === "ambiguous" ? "decide" : "good";
  feedback.say({ tone, word: tone, text: told(meaning), remedy: tone === "good" ? "" : "Scan again." }, scan.at);
}

const handlers = { scan: take, key: (key: string) => keys.push(key) };
let heard = listen(handlers);
document.querySelector("main")?.prepend(feedback.element);
document.querySelector("main")?.append(typingForm({ label: "Type", button: "Take" }, take));

Object.assign(window, {
  station: {
    scans,
    keys,
    sounded,
    figures,
    feedback,
    told: (scan: Scan) => told(meaningOf(scan, readingOf(device, ["book.example"]))),
    /** Proof codes that were just scanned make the settings, as the setup page would. */
    prove(all: Scan[]) {
      const test = all.reduce((before, scan) => takeScan(before, scan), START);
      device = test.result ?? UNTESTED;
      heard.set(wedgeOf(device));
      return { result: test.result, wrong: test.findings.filter((one) => one.state === "wrong").map((one) => one.says) };
    },
    set(more: object) {
      device = { ...UNTESTED, ...more };
      heard.set(wedgeOf(device));
    },
    listen: (more: object) => heard.set(more),
    /** As if the page were new. */
    reset() {
      heard.stop();
      for (const list of [scans, keys, sounded]) list.length = 0;
      while (feedback.pending) feedback.answer();
      device = UNTESTED;
      heard = listen(handlers);
      forgetFigures();
      for (const field of document.querySelectorAll<HTMLInputElement>("main > input, main > textarea")) {
        field.value = field.defaultValue;
      }
      (document.activeElement as HTMLElement).blur();
    },
    camera: () => import("../../station/src/input/camera.ts"),
    take,
  },
});
