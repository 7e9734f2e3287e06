/** Whether what was read back from the disk is still an act. */

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** What is wrong with it in words, or "". Only its frame is looked at: the server judges what it says. */
export function whatIsWrong(act: unknown): string {
  if (typeof act !== "object" || act === null) return "the act is gone";
  const one = act as Record<string, unknown>;
  if (!isId(one["id"])) return "its id is gone";
  if (!isId(one["device"])) return "its device is gone";
  for (const name of ["kind", "site", "at", "by"]) {
    if (typeof one[name] !== "string") return `“${name}” is gone`;
  }
  if (!Number.isInteger(one["n"])) return "its number is gone";
  if (typeof one["body"] !== "object" || one["body"] === null) return "what was done is gone";
  for (const name of ["after", "scans", "seen"]) {
    if (!Array.isArray(one[name])) return `“${name}” is gone`;
  }
  return "";
}

export function isId(value: unknown): value is string {
  return typeof value === "string" && ID.test(value);
}
