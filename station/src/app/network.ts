/** What the device asks of the server to know; what it did goes through the queue. */
import type { Book, Changes, Jobs, Lookup, Looked, Start } from "../protocol.ts";
import { tokenOf } from "../queue/transport.ts";

const BASE = "/api/v1/station";
const TIMEOUT_MS = 15_000;

export type Answer<T> =
  | { got: "answer"; value: T }
  | { got: "login" }
  | { got: "refused"; words: string }
  | { got: "lost" };

export interface Network {
  start(): Promise<Answer<Start>>;
  book(site: string): Promise<Answer<Book>>;
  changes(site: string, since: number, mark: string): Promise<Answer<Changes>>;
  jobs(site: string): Promise<Answer<Jobs>>;
  lookup(body: Lookup): Promise<Answer<Looked>>;
}

async function ask<T>(path: string, body?: unknown): Promise<Answer<T>> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    headers["X-CSRFToken"] = await tokenOf(document.body.dataset["csrfCookie"] ?? "csrftoken");
  }
  try {
    const response = await fetch(BASE + path, {
      method: body === undefined ? "GET" : "POST",
      headers,
      cache: "no-store",
      redirect: "error",
      credentials: "same-origin",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.status === 401) return { got: "login" };
    // What is not the server's own answer (a portal of the wireless network, a proxy) is no answer.
    if (!(response.headers.get("Content-Type") ?? "").includes("json") || response.status >= 500) return { got: "lost" };
    const value: unknown = await response.json();
    if (response.ok) return { got: "answer", value: value as T };
    return { got: "refused", words: (value as { detail?: string }).detail ?? `The server answered ${response.status}.` };
  } catch {
    return { got: "lost" };
  }
}

function query(values: Record<string, string | number>): string {
  return new URLSearchParams(Object.entries(values).map(([key, value]) => [key, String(value)])).toString();
}

export const overHttp: Network = {
  start: () => ask<Start>("/start"),
  book: (site) => ask<Book>(`/book?${query({ site })}`),
  changes: (site, since, mark) => ask<Changes>(`/changes?${query({ site, since, mark })}`),
  jobs: (site) => ask<Jobs>(`/jobs?${query({ site })}`),
  lookup: (body) => ask<Looked>("/lookup", body),
};
