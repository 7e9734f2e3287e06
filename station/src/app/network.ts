/** What the device asks of the server to know; what it did goes through the queue. */
import type { Book, Changes, Jobs, Lookup, Looked, Start } from "../protocol.ts";
import { isOurs, request, tokenOf } from "../queue/transport.ts";

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

const token = () => tokenOf(document.body.dataset["csrfCookie"] ?? "csrftoken");

async function ask<T>(path: string, body?: unknown): Promise<Answer<T>> {
  try {
    const response = await request(path, body === undefined ? body : JSON.stringify(body), token, TIMEOUT_MS);
    if (response.status === 401) return { got: "login" };
    if (!isOurs(response) || response.status >= 500) return { got: "lost" };
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
