/** What somebody holding a scanner means: any scan understood, and several scans taken together. */

export { collect, collectAll, choose, settle, take, NOTHING } from "./collect.ts";
export { factsOf } from "./facts.ts";
export { titleOf } from "./identifiers.ts";
export { LAYOUTS, meant, typed } from "./layouts.ts";
export { bracketed, SEPARATOR } from "./strings.ts";
export { understand, unsafeSeparator, UNKNOWN_SCANNER } from "./understand.ts";
export type {
  Ambiguous,
  Collected,
  Command,
  Element,
  Elements,
  Facts,
  Kind,
  Meaning,
  OwnKind,
  Refusal,
  Scanner,
  Understood,
} from "./types.ts";
