/** Every kind of work by its name: its loop, what people call it, and who may do it. */
import { count } from "../jobs/count.ts";
import { load } from "../jobs/load.ts";
import type { Loop } from "../jobs/loop.ts";
import { type Free, move } from "../jobs/move.ts";
import { pack } from "../jobs/pack.ts";
import { pick } from "../jobs/pick.ts";
import { produce } from "../jobs/produce.ts";
import { putAway } from "../jobs/put_away.ts";
import { receive } from "../jobs/receive.ts";
import type { Job, ReceiveJob } from "../protocol.ts";

export type Kind = Job["kind"] | "move" | "pack";

/** The state of a loop is its own affair: plain data, kept and given back. */
type AnyLoop = Loop<unknown, unknown>;

export interface Work {
  label: string;
  loop: AnyLoop;
  /** Any one of them. */
  needs: string[];
  /** Begun without a job of the server. */
  free: boolean;
}

const loop = (one: unknown): AnyLoop => one as AnyLoop;

export const WORK: Record<Kind, Work> = {
  receive: { label: "Receive", loop: loop(receive), needs: ["receiving.post", "transfers.post"], free: false },
  put_away: { label: "Put away", loop: loop(putAway), needs: ["warehouse.post"], free: false },
  pick: { label: "Pick", loop: loop(pick), needs: ["shipping.post", "transfers.post"], free: false },
  load: { label: "Load", loop: loop(load), needs: ["shipping.post", "transfers.post"], free: false },
  produce: { label: "Make", loop: loop(produce), needs: ["production.post"], free: false },
  count: { label: "Count", loop: loop(count), needs: ["warehouse.count"], free: false },
  move: { label: "Move", loop: loop(move), needs: ["warehouse.post"], free: true },
  pack: { label: "Pack", loop: loop(pack), needs: ["warehouse.post"], free: true },
};

export const JOB_KINDS = ["receive", "put_away", "pick", "load", "produce", "count"] as const;

/** What came without papers: a delivery nobody announced. */
export function unannounced(): ReceiveJob {
  return {
    kind: "receive", document: "order", id: "", number: "Without papers", title: "", due: null, done: 0, of: 0,
    partner: "", place: "", lines: [], units: [],
  };
}

export type { Free };
