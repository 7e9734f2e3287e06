/** Which jobs a scan belongs to: a scan on the first screen opens the one it must be. */
import type { Job } from "../protocol.ts";
import type { Meaning } from "./loop.ts";

/** Work that is begun by what arrives or stands in front of somebody; other jobs are offered, not opened. */
const BEGUN_BY_SCAN: Job["kind"][] = ["receive", "put_away", "load", "count"];

export function candidates(meaning: Meaning, jobs: readonly Job[]): Job[] {
  return jobs.filter((job) => belongs(meaning, job));
}

/** The one job that a scan opens, or null: then it is answered, with the jobs it may belong to. */
export function opened(meaning: Meaning, jobs: readonly Job[]): Job | null {
  const fitting = candidates(meaning, jobs);
  const [only] = fitting;
  if (meaning.kind === "unknown") return fitting.length === 1 && only ? only : null;
  return fitting.length === 1 && only && BEGUN_BY_SCAN.includes(only.kind) ? only : null;
}

function belongs(meaning: Meaning, job: Job): boolean {
  switch (meaning.kind) {
    case "unit":
      return unitBelongs(meaning.sscc, job) || (meaning.content !== null && belongs(meaning.content, job));
    case "goods":
      return goodsBelong(meaning, job);
    case "place":
      return job.kind === "count" ? job.places.some((one) => one.code === meaning.place.code && one.state !== "counted") : job.kind === "put_away" && job.place === meaning.place.code;
    case "several":
      return false;
    case "unknown":
      return job.number === meaning.text;
  }
}

function unitBelongs(sscc: string, job: Job): boolean {
  switch (job.kind) {
    case "receive":
      return job.units.some((unit) => unit.sscc === sscc && !unit.received);
    case "put_away":
      return job.lines.some((line) => line.sscc === sscc);
    case "load":
      return job.units.includes(sscc);
    case "pick":
      return job.lines.some((line) => line.place === sscc);
    default:
      return false;
  }
}

function goodsBelong(goods: Meaning & { kind: "goods" }, job: Job): boolean {
  const lot = goods.lot?.id;
  switch (job.kind) {
    case "receive":
      // What is in stock already is looked up, not received again, unless this very lot is announced.
      if (goods.lot && goods.lot.at.length) return job.lines.some((line) => line.item === goods.item.code && line.lot === goods.number);
      return [...job.lines, ...job.units.flatMap((unit) => unit.lines)].some((line) => line.item === goods.item.code);
    case "put_away":
      return lot !== undefined && job.lines.some((line) => line.lot === lot);
    case "pick":
      return lot !== undefined && job.lines.some((line) => line.lot === lot);
    case "load":
      return lot !== undefined && job.loose.some((one) => one.lot === lot);
    case "produce":
      return lot !== undefined && job.take.some((line) => line.lot === lot);
    case "count":
      return false;
  }
}
