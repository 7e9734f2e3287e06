/** Requests to the server as whoever is logged in here. */
import type { Inbox, Resolution, Uuid, Verdict, Verdicts } from "../protocol.ts";

const BASE = "/api/v1/station";
const TIMEOUT_MS = 20_000;

/** What came of a request. `lost`: no answer, or none of ours: what it did is unknown, so ask again. */
export type Answer<T> =
  | { got: "answer"; value: T }
  | { got: "login" }
  | { got: "csrf" }
  | { got: "refused"; status: number; problem: string; faults: Fault[] }
  | { got: "lost"; problem: string; after_ms: number };

export interface Fault {
  field: string;
  code: string;
  cause: string;
  remedy: string;
}

export interface Transport {
  /** `body` is the JSON text of a delivery. */
  deliver(body: string): Promise<Answer<Verdicts>>;
  inbox(): Promise<Answer<Inbox>>;
  resolve(id: Uuid, resolution: Resolution): Promise<Answer<Verdict>>;
}

/** The token of the cookie that proves a write comes from our own page, or "". */
export type Token = () => Promise<string>;

type Fetch = typeof globalThis.fetch;

/** One request: with a body it writes, and proves by the token that our own page does. Rejects when nobody answers. */
export async function request(
  path: string,
  body: string | undefined,
  token: Token,
  timeoutMs: number,
  fetch: Fetch = globalThis.fetch.bind(globalThis),
): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  const how: RequestInit = {
    headers,
    cache: "no-store",
    redirect: "error",
    credentials: "same-origin",
    signal: AbortSignal.timeout(timeoutMs),
  };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    headers["X-CSRFToken"] = await token();
    Object.assign(how, { method: "POST", body });
  }
  return fetch(BASE + path, how);
}

/** Whether it is an answer of ours: a portal of the wireless network or a proxy answers in other ways. */
export function isOurs(response: Response): boolean {
  return (response.headers.get("Content-Type") ?? "").includes("json");
}

export function overHttp(token: Token, fetch?: Fetch): Transport {
  async function ask<T>(path: string, body?: string): Promise<Answer<T>> {
    try {
      return await understood<T>(await request(path, body, token, TIMEOUT_MS, fetch));
    } catch (problem) {
      return lost(problem instanceof Error ? problem.message : String(problem));
    }
  }
  async function write<T>(path: string, body: string): Promise<Answer<T>> {
    const first = await ask<T>(path, body);
    if (first.got !== "csrf") return first;
    await ask("/inbox"); // its answer sets the cookie
    return ask<T>(path, body);
  }
  return {
    deliver: (body) => write<Verdicts>("/acts", body),
    inbox: () => ask<Inbox>("/inbox"),
    resolve: (id, resolution) => write<Verdict>(`/inbox/${id}`, JSON.stringify(resolution)),
  };
}

async function understood<T>(response: Response): Promise<Answer<T>> {
  if (response.status === 401) return { got: "login" };
  if (!isOurs(response)) return lost(`the answer was not the server's (${response.status})`);
  const value: unknown = await response.json();
  if (response.ok) return { got: "answer", value: value as T };
  const problem = value as { detail?: string; faults?: Fault[] };
  const faults = problem.faults ?? [];
  if (response.status === 403 && faults.some((fault) => fault.code === "csrf")) return { got: "csrf" };
  if (response.status >= 500 || response.status === 429) {
    return lost(problem.detail ?? "the server is busy", Number(response.headers.get("Retry-After")) * 1000 || 0);
  }
  return { got: "refused", status: response.status, problem: problem.detail ?? `status ${response.status}`, faults };
}

function lost(problem: string, after_ms = 0): { got: "lost"; problem: string; after_ms: number } {
  return { got: "lost", problem, after_ms };
}

/** The token on a page or in a worker: the name of its cookie is kept in the queue's database. */
export async function tokenOf(cookie: string): Promise<string> {
  if (typeof document !== "undefined") {
    const found = document.cookie.split("; ").find((one) => one.startsWith(`${cookie}=`));
    return decodeURIComponent(found?.slice(cookie.length + 1) ?? "");
  }
  const store = (globalThis as { cookieStore?: { get(name: string): Promise<{ value?: string } | null> } }).cookieStore;
  return (await store?.get(cookie))?.value ?? "";
}
