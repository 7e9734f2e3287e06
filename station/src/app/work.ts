/** Every kind of work by its name: its loop, what people call it, and who may do it. */
import type { Loop } from "../jobs/loop.ts";
import type { Job, ReceiveJob } from "../protocol.ts";

export type Kind = Job["kind"] | "move" | "pack";

/** The state of a loop is its own affair: plain data, kept and given back. */
export type AnyLoop = Loop<unknown, unknown>;

export interface Work {
  label: string;
  /** Loaded when it is first opened; the service worker keeps all of them for work without a network. */
  load(): Promise<AnyLoop>;
  /** Any one of them. */
  needs: string[];
  /** Begun without a job of the server. */
  free: boolean;
}

const loop = (one: unknown): AnyLoop => one as AnyLoop;

export const WORK: Record<Kind, Work> = {
  receive: { label: "Receive", load: async () => loop((await import("../jobs/receive.ts")).receive), needs: ["receiving.post", "transfers.post"], free: false },
  put_away: { label: "Put away", load: async () => loop((await import("../jobs/put_away.ts")).putAway), needs: ["warehouse.post"], free: false },
  pick: { label: "Pick", load: async () => loop((await import("../jobs/pick.ts")).pick), needs: ["shipping.post", "transfers.post"], free: false },
  load: { label: "Load", load: async () => loop((await import("../jobs/load.ts")).load), needs: ["shipping.post", "transfers.post"], free: false },
  produce: { label: "Make", load: async () => loop((await import("../jobs/produce.ts")).produce), needs: ["production.post"], free: false },
  count: { label: "Count", load: async () => loop((await import("../jobs/count.ts")).count), needs: ["warehouse.count"], free: false },
  move: { label: "Move", load: async () => loop((await import("../jobs/move.ts")).move), needs: ["warehouse.post"], free: true },
  pack: { label: "Pack", load: async () => loop((await import("../jobs/pack.ts")).pack), needs: ["warehouse.post"], free: true },
};

export const JOB_KINDS = ["receive", "put_away", "pick", "load", "produce", "count"] as const;

/** What came without papers: a delivery nobody announced. */
export function unannounced(): ReceiveJob {
  return {
    kind: "receive", document: "order", id: "", number: "Without papers", title: "", due: null, done: 0, of: 0,
    partner: "", place: "", lines: [], units: [],
  };
}
