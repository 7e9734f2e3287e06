/** What scans mean: frozen values, as in `lotbook.standards.scans`. */

/** A code (application identifier) and its value. */
export type Element = readonly [code: string, value: string];
export type Elements = readonly Element[];

/** How the scanner of this device delivers; found by the setup test. */
export interface Scanner {
  /** What it sends for GS, beside GS itself; each needs a character that no GS1 value has (`unsafeSeparator`). */
  readonly separators: readonly string[];
  /** The setup test has seen a separator arrive, so a scan without any has none. */
  readonly proven: boolean;
  readonly prefix: string;
  readonly suffix: string;
  /** Names under which labels of our own lead to this book, lower case: `Start.hosts`. */
  readonly hosts: readonly string[];
}

export type Kind = "elements" | "link" | "epc" | "number" | "own" | "address" | "text" | "command";

/**
 * A scan that says one thing. `elements`, `link`, `epc` and `number` bring `elements` (an EPC may have none);
 * of a `number` they are what the digits would be, though some other code may look the same. `own` brings
 * `target`, `command` brings `command`; `address` and `text` only `text`, to be looked up.
 */
export interface Understood {
  readonly is: "understood";
  readonly kind: Kind;
  /** The data without symbology identifier, prefix and suffix. */
  readonly text: string;
  readonly elements: Elements | null;
  readonly target: readonly [what: OwnKind, uid: string] | null;
  readonly command: Command | null;
  /** The symbology identifier that came, such as "]d2", or "". */
  readonly symbology: string;
}

export type OwnKind = "lots" | "places" | "items" | "units";

/** What a printed command says (`COMMANDS` in scans/commands.py): its name, and the decimal text behind it or "". */
export interface Command {
  readonly name: string;
  readonly number: string;
}

/** A scan with several readings, because a separator may have been lost: somebody must say which. */
export interface Ambiguous {
  readonly is: "ambiguous";
  readonly text: string;
  /** The one in which nothing was lost comes first, when it is among them. */
  readonly readings: readonly Elements[];
  readonly symbology: string;
}

/** A scan that is none. `code` stays the same, the texts are for people: "what: expected …, got …". */
export interface Refusal {
  readonly is: "refused";
  readonly what: string;
  readonly code: string;
  readonly expected: string;
  readonly got: string;
}

export type Meaning = Understood | Ambiguous | Refusal;

/** What several scans of one thing say together, in the words of the book. */
export interface Facts {
  readonly sscc: string | null;
  /** The item itself, and what a logistic unit holds. */
  readonly gtin: string | null;
  readonly content_gtin: string | null;
  readonly lot: string | null;
  readonly serial: string | null;
  readonly gln: string | null;
  /** Decimal text without leading zeros: pieces (30), or items in the unit (37). */
  readonly count: string | null;
  /** `value` is a decimal text, `unit` a code of UN/ECE Recommendation 20. */
  readonly measures: readonly { readonly what: string; readonly value: string; readonly unit: string }[];
  /** YYYY-MM-DD. */
  readonly produced_on: string | null;
  readonly packed_on: string | null;
  readonly best_before_on: string | null;
  readonly sell_by_on: string | null;
  readonly expires_on: string | null;
  readonly harvested_on: string | null;
}

/** What scans have said so far about one thing; every step makes a new value. */
export interface Collected {
  readonly elements: Elements;
  /** Labels of our own that were among them. */
  readonly targets: readonly (readonly [what: OwnKind, uid: string])[];
  /** Codes that mean something only to the book. */
  readonly texts: readonly string[];
  /** What is still to be scanned. A logistic unit or a label of our own needs neither. */
  readonly missing: readonly ("item" | "lot")[];
}
