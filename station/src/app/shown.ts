/** What the station shows: its screens, the work somebody is in, and a scan that has several meanings. */
import type { Ambiguous, Elements } from "../codes/index.ts";
import type { Scan } from "../input/index.ts";
import type { Meaning } from "../jobs/loop.ts";
import type { Act, Inbox, Job, Looked, Lot } from "../protocol.ts";
import type { SetupTest } from "../setup/index.ts";
import type { AnyLoop, Kind } from "./work.ts";

export type Screen =
  | { at: "home" }
  | { at: "list"; kind: Job["kind"] }
  | { at: "loop" }
  | { at: "answer"; meaning: Meaning; scans: string[]; looked: Looked | null; looking: boolean; jobs: string[] }
  | { at: "hold"; lot: string; number: string }
  | { at: "queue" }
  | { at: "change"; one: Inbox["conflicts"][number]; body: Act["body"] }
  | { at: "settings" }
  | { at: "setup"; test: SetupTest };

/** A loop somebody is in. */
export interface Session {
  kind: Kind;
  /** Id of the job, or "" of a free loop. */
  id: string;
  number: string;
  title: string;
  state: unknown;
  loop: AnyLoop;
}

export type Several = Extract<Meaning, { kind: "several" }>;

/** A scan that may mean several things: somebody says which. */
export type Which =
  | { of: "readings"; scan: Ambiguous; raw: Scan; choices: { label: string; elements: Elements }[] }
  | { of: "lots"; raw: Scan | null; choices: { label: string; lot: Lot }[]; said: Several["said"] };
