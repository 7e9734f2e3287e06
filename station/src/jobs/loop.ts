/**
 * A loop is what one kind of work is: pure logic from what a person does (scans, keys, printed commands) to
 * what is to be done next, what is told, and which acts are recorded. States are plain data, kept as drafts.
 */
import type { ActKind, Bodies, Day, Item, Lot, Place, Quantity, Unit } from "../protocol.ts";
import type { Shelf } from "./shelf.ts";

/** What a label says about goods, in the item's base unit where the device knows the item. */
export interface Said {
  quantity: Quantity | null;
  unit: string | null;
  expires_on?: Day;
  best_before_on?: Day;
  produced_on?: Day;
  country?: string;
  supplier_lot?: string;
  tlc?: string;
  tlc_source?: string;
}

export interface Goods {
  kind: "goods";
  item: Item;
  lot: Lot | null;
  number: string;
  serial: boolean;
  said: Said;
}

/** What a scan means in this site's book, as far as the device knows it. */
export type Meaning =
  | Goods
  /** `content` is what a label with an SSCC says about what is in it. */
  | { kind: "unit"; sscc: string; unit: Unit | null; content: Goods | null }
  | { kind: "place"; place: Place }
  /** Two items share the number: somebody says which. */
  | { kind: "several"; lots: Lot[]; number: string; said: Said }
  /** Nothing the device knows, in the words of the label. */
  | { kind: "unknown"; text: string; words: string };

/** Printed commands that a loop hears; undo, hold, print and digits are for the station around it. */
export type Command = "confirm" | "back";

export type Input =
  | { do: "scan"; meaning: Meaning }
  | { do: "command"; command: Command }
  | { do: "quantity"; quantity: Quantity }
  | { do: "answer"; field: string; value: string }
  | { do: "press"; key: string };

export type Tone = "good" | "wrong" | "ask";

export interface Tell {
  tone: Tone;
  /** What happened: few words. */
  words: string;
  /** What to do. */
  remedy: string;
}

/** An act to record, with the words it has in the list of the last five. */
export type Order = { [K in ActKind]: { kind: K; body: Bodies[K]; words: string } }[ActKind];

export interface Step<S> {
  state: S;
  tell: Tell | null;
  orders: Order[];
}

export interface Button {
  label: string;
  input: Input;
  /** Why it can not be pressed yet, or "". */
  off?: string;
}

export interface Question {
  field: string;
  label: string;
  hint: string;
  kind: "day" | "text" | "number" | "choice";
  choices?: { value: string; label: string }[];
  /** It may be left out. */
  optional?: boolean;
}

export interface Row {
  text: string;
  more: string;
  state: "open" | "done" | "bad" | "now";
  /** Where `text` is a lot number or SSCC: monospaced. */
  mono?: boolean;
}

/** What was understood: the thing in the hand. */
export interface Subject {
  title: string;
  /** Lot number, serial or SSCC. */
  number: string;
  status: Lot["status"] | null;
  expires_on: Day | null;
  facts: [string, string][];
}

/** One screen of a loop: one instruction, what was understood, one primary button. */
export interface View {
  instruction: string;
  why: string;
  subject: Subject | null;
  quantity: { value: Quantity; unit: string; scale: number } | null;
  ask: Question | null;
  primary: Button | null;
  others: Button[];
  rows: Row[];
  done: number;
  of: number;
}

export interface World {
  shelf: Shelf;
  site: string;
  today: Day;
  online: boolean;
  may(permission: string): boolean;
}

export interface Loop<J, S> {
  start(job: J, world: World): S;
  take(state: S, input: Input, world: World): Step<S>;
  show(state: S, world: World): View;
  /** The job as the server tells it now; what was done here stays done. */
  refresh?(state: S, job: J): S;
}

// --- Steps that loops make ----------------------------------------------------------------------------

export function stay<S>(state: S, tell: Tell | null = null): Step<S> {
  return { state, tell, orders: [] };
}

export function good(words: string, remedy = ""): Tell {
  return { tone: "good", words, remedy };
}

export function wrong(words: string, remedy: string): Tell {
  return { tone: "wrong", words, remedy };
}

export function asks(words: string, remedy = ""): Tell {
  return { tone: "ask", words, remedy };
}

/** What an act does: the next state, what is told, and the act. */
export function does<S>(state: S, tell: Tell, ...orders: Order[]): Step<S> {
  return { state, tell, orders };
}

/** What several loops say alike. */
export function emptyHand<S>(state: S, remedy = "Scan the goods first."): Step<S> {
  return stay(state, asks("Nothing in hand", remedy));
}

export function sharedNumber<S>(state: S, number: string): Step<S> {
  return stay(state, asks(`Several items have a lot ${number}`, "Scan the item's barcode too."));
}

export function whereFrom<S>(state: S): Step<S> {
  return stay(state, asks("Where do you take it from?", "Scan that place."));
}

// --- What a loop hears --------------------------------------------------------------------------------

type Heard<S> = (state: S, world: World) => Step<S>;

/** What a loop does with each kind of input; what is left out changes nothing. */
export interface Hearing<S> {
  scan(state: S, meaning: Meaning, world: World): Step<S>;
  quantity?(state: S, text: string, world: World): Step<S>;
  /** By the field that was asked. */
  answer?: Readonly<Record<string, (state: S, value: string, world: World) => Step<S>>>;
  /** By the key of the button. */
  press?: Readonly<Record<string, Heard<S>>>;
  confirm?: Heard<S>;
  back?: Heard<S>;
}

export function hears<S>(by: Hearing<S>): Loop<never, S>["take"] {
  return (state, input, world) => {
    switch (input.do) {
      case "scan":
        return by.scan(state, input.meaning, world);
      case "quantity":
        return by.quantity?.(state, input.quantity, world) ?? stay(state);
      case "answer":
        return by.answer?.[input.field]?.(state, input.value, world) ?? stay(state);
      case "press":
        return by.press?.[input.key]?.(state, world) ?? stay(state);
      case "command":
        return by[input.command]?.(state, world) ?? stay(state);
    }
  };
}

// --- Parts of views -----------------------------------------------------------------------------------

export const press = (key: string, label: string, off = ""): Button => ({
  label,
  input: { do: "press", key },
  ...(off ? { off } : {}),
});

export const askNumber = (field: string, label: string): Question => ({ field, label, hint: "", kind: "number" });

/** One of some texts, or another one. */
export const askReason = (reasons: readonly string[]): Question => ({
  field: "reason",
  label: "Reason",
  hint: "Another reason",
  kind: "choice",
  choices: reasons.map((one) => ({ value: one, label: one })),
});

/** Which of the places that hold it: a scan of the place says it too. */
export const askFrom = (lot: Lot | null, label: (at: Lot["at"][number]) => string): Question => ({
  field: "from",
  label: "Or choose it",
  hint: "",
  kind: "choice",
  choices: (lot?.at ?? []).slice(0, 4).map((one) => ({ value: one.place, label: label(one) })),
});

export const quantityOf = (value: Quantity, item: Item | null, unit = item?.unit ?? ""): View["quantity"] => ({
  value,
  unit,
  scale: item?.scale ?? 0,
});

export const BLANK: View = {
  instruction: "",
  why: "",
  subject: null,
  quantity: null,
  ask: null,
  primary: null,
  others: [],
  rows: [],
  done: 0,
  of: 0,
};
