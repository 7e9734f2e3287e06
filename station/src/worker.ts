/**
 * The service worker: the station opens without a network, and sends what is left when the network is back.
 *
 * It keeps the page and the built files of one version, never an answer of the API. A new version is fetched whole
 * beside the old one and takes over when the page says so: when nothing is left on this device only.
 */
import { openQueue, SYNC_TAG } from "./queue/index.ts";

interface Worker {
  /** Written in front of this file by the server. */
  lotbook?: { version: string; urls: string[] };
  registration: { scope: string };
  clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: string, listener: (event: WorkerEvent) => void): void;
}

interface WorkerEvent {
  request: Request;
  data: unknown;
  tag?: string;
  waitUntil(promise: Promise<unknown>): void;
  respondWith(response: Promise<Response>): void;
}

const worker = globalThis as unknown as Worker;
const { version, urls } = worker.lotbook ?? { version: "none", urls: [] };
const PREFIX = "station ";
const KEPT = PREFIX + version;
const PAGE = new URL(worker.registration.scope).pathname;

worker.addEventListener("install", (event) => event.waitUntil(keep()));
worker.addEventListener("activate", (event) => event.waitUntil(takeOver()));
worker.addEventListener("message", (event) => {
  if (event.data === "take over") event.waitUntil(worker.skipWaiting());
});
worker.addEventListener("sync", (event) => {
  if (event.tag === SYNC_TAG) event.waitUntil(send());
});
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname === PAGE || urls.includes(url.pathname)) event.respondWith(kept(url.pathname, request));
});

/** Fetches every file of this version past the browser's own cache; fails as a whole when one cannot be had. */
async function keep(): Promise<void> {
  const cache = await caches.open(KEPT);
  await cache.addAll(urls.map((url) => new Request(url, { cache: "reload", credentials: "omit" })));
}

async function takeOver(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== KEPT).map((name) => caches.delete(name)));
  await worker.clients.claim();
}

async function kept(path: string, request: Request): Promise<Response> {
  const found = await (await caches.open(KEPT)).match(path, { ignoreVary: true });
  return found ?? fetch(request);
}

/** Sends what is left while no page is open. Failing tells the browser to wake us again. */
async function send(): Promise<void> {
  const queue = await openQueue({ loop: false });
  try {
    const status = await queue.sync();
    if (!status.safe && !status.loginNeeded) throw new Error("not all is sent");
  } finally {
    await queue.close();
  }
}
