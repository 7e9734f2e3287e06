/** What an act should have said: the quantities, places and lots of its body, one by one. */
import type { Meaning } from "../jobs/loop.ts";
import type { Shelf } from "../jobs/shelf.ts";
import type { Act } from "../protocol.ts";

type Body = Act["body"];
type Values = Record<string, unknown>;

export interface Field {
  /** Number of the line, or null of the act itself. */
  line: number | null;
  name: string;
  label: string;
  value: string;
  /** scan: a lot that is named by its id, changed by scanning another one. */
  kind: "quantity" | "text" | "scan";
}

const PLACES: Record<string, string> = { place: "Place", to: "To", from: "From" };

/** What can be changed of the body, in the order it is shown. */
export function fieldsOf(body: Body, shelf: Shelf | null): Field[] {
  const { lines } = body as { lines?: Values[] };
  const ofLines = (lines ?? []).flatMap((line, index) => fields(line, index, shelf));
  return [...ofLines, ...fields(body as unknown as Values, null, shelf)];
}

function fields(values: Values, line: number | null, shelf: Shelf | null): Field[] {
  return Object.entries(values).flatMap(([name, value]): Field[] => {
    if (typeof value !== "string") return [];
    const unit = typeof values["unit"] === "string" ? ` (${values["unit"]})` : "";
    if (name === "quantity") return [{ line, name, label: `Quantity${unit}`, value, kind: "quantity" }];
    if (PLACES[name]) return [{ line, name, label: PLACES[name], value, kind: "text" }];
    if (name !== "lot") return [];
    if (!isId(value)) return [{ line, name, label: "Lot", value, kind: "text" }];
    return [{ line, name, label: "Lot", value: shelf?.lot(value)?.number ?? "not on this device", kind: "scan" }];
  });
}

const isId = (text: string): boolean => /^[\da-f]{8}-[\da-f-]{27}$/.test(text);

/** The body with another value in one of its fields. */
export function changed(body: Body, { line, name }: Pick<Field, "line" | "name">, value: string): Body {
  const values = body as unknown as Values;
  if (line === null) return { ...values, [name]: value } as unknown as Body;
  const lines = (values["lines"] as Values[]).map((one, index) => (index === line ? { ...one, [name]: value } : one));
  return { ...values, lines } as unknown as Body;
}

/** A scan says which place, or which lot where there is just one; null when it says neither. */
export function changedBy(body: Body, meaning: Meaning, shelf: Shelf | null): Body | null {
  const all = fieldsOf(body, shelf);
  if (meaning.kind === "place" || meaning.kind === "unit") {
    const place = all.find((one) => one.name === "to") ?? all.find((one) => one.name === "place") ?? all.find((one) => one.name === "from");
    return place ? changed(body, place, meaning.kind === "place" ? meaning.place.code : meaning.sscc) : null;
  }
  const lots = all.filter((one) => one.name === "lot");
  const [only] = lots;
  if (meaning.kind !== "goods" || lots.length !== 1 || !only) return null;
  const value = only.kind === "scan" ? meaning.lot?.id : meaning.number;
  return value ? changed(body, only, value) : null;
}
