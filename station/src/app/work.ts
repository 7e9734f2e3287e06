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
}

const loop = async (loaded: Promise<{ loop: unknown }>): Promise<AnyLoop> => (await loaded).loop as AnyLoop;

export const WORK: Record<Kind, Work> = {
  receive: { label: "Receive", load: () => loop(import("../jobs/receive.ts")), needs: ["receiving.post", "transfers.post"] },
  put_away: { label: "Put away", load: () => loop(import("../jobs/put_away.ts")), needs: ["warehouse.post"] },
  pick: { label: "Pick", load: () => loop(import("../jobs/pick.ts")), needs: ["shipping.post", "transfers.post"] },
  load: { label: "Load", load: () => loop(import("../jobs/load.ts")), needs: ["shipping.post", "transfers.post"] },
  produce: { label: "Make", load: () => loop(import("../jobs/produce.ts")), needs: ["production.post"] },
  count: { label: "Count", load: () => loop(import("../jobs/count.ts")), needs: ["warehouse.count"] },
  move: { label: "Move", load: () => loop(import("../jobs/move.ts")), needs: ["warehouse.post"] },
  pack: { label: "Pack", load: () => loop(import("../jobs/pack.ts")), needs: ["warehouse.post"] },
};

export const JOB_KINDS = ["receive", "put_away", "pick", "load", "produce", "count"] as const;

/** What came without papers: a delivery nobody announced. */
export function unannounced(): ReceiveJob {
  return {
    kind: "receive", document: "order", id: "", number: "Without papers", title: "", due: null, done: 0, of: 0,
    partner: "", place: "", lines: [], units: [],
  };
}
