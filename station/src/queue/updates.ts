/** A new version of the station: kept beside the old one, taken over when nothing is left on the device. */
import type { Queue } from "./shapes.ts";

const LOOK_EVERY_MS = 15 * 60_000;

/**
 * Registers the service worker, and calls `offer` when a new version waits. `offer` gets what loads it: that resolves
 * to false, and nothing happens, while acts are on this device only. Resolves to false where browsers have no workers;
 * fails in those that take no modules for workers (Firefox before 147).
 */
export async function keepUpToDate(
  queue: Queue,
  offer: (loadAnew: () => boolean) => void,
  url: string = document.body.dataset["worker"] ?? "/station/worker.js",
): Promise<boolean> {
  const container = globalThis.navigator?.serviceWorker;
  if (container === undefined) return false;
  const hadWorker = container.controller !== null;
  let asked = false;
  const registration = await container.register(url, { type: "module", updateViaCache: "none" });
  const loadAnew = (): boolean => {
    if (!queue.status().safe || registration.waiting === null) return false;
    asked = true;
    registration.waiting.postMessage("take over");
    return true;
  };
  const look = () => {
    if (registration.waiting !== null && container.controller !== null) offer(loadAnew);
  };
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", look);
  });
  container.addEventListener("controllerchange", () => {
    // The first worker takes over a page that needs nothing of it: only what was asked for loads anew.
    if (asked && hadWorker) location.reload();
  });
  look();
  setInterval(() => void registration.update().catch(() => {}), LOOK_EVERY_MS);
  return true;
}
