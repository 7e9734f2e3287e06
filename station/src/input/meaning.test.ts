import assert from "node:assert/strict";
import { test } from "node:test";

import { UNKNOWN_SCANNER } from "../codes/index.ts";
import { type Reading, meaningOf } from "./meaning.ts";
import type { Scan } from "./types.ts";

const READING: Reading = { ...UNKNOWN_SCANNER, silence: false };
const GTIN = "0104012345123456";

function said(text: string, scan: Partial<Scan> = {}, reading: Partial<Reading> = {}): string {
  const whole: Scan = { text, how: "wedge", at: 0, end: "Enter", capsLock: false, ...scan };
  const meaning = meaningOf(whole, { ...READING, ...reading });
  return meaning.is === "refused" ? meaning.code : meaning.is === "understood" ? meaning.kind : meaning.is;
}

test("a scan whose end did not come is refused, unless silence is its end", () => {
  assert.equal(said("]E04012345123456", { end: "" }), "unfinished");
  assert.equal(said("]E04012345123456", { end: "" }, { silence: true }), "elements");
  assert.equal(said("#]E04012345123456", { end: "" }, { prefix: "#" }), "elements");
});

test("with caps lock on, letters that nothing proves are refused", () => {
  const on = { capsLock: true };
  assert.equal(said("rack-7", on), "caps_lock");
  assert.equal(said(`${GTIN}10ab`, on), "caps_lock");
  assert.equal(said("4012345123456", on), "number");
  assert.equal(said(`]C1${GTIN}10AB`, on), "elements");
  assert.equal(said("LB:CONFIRM", on), "command");
  assert.equal(said("rack-7", { ...on, how: "typed" }), "text");
  assert.equal(said("HTTPS://M.EXAMPLE/01/04012345123456/10/ab", on), "caps_lock");
  assert.equal(said(`]c1${GTIN}`, on), "caps_lock");
  assert.equal(said("]E04012345123457", on), "incorrect_check_digit");
});

test("a camera delivers every separator", () => {
  const text = `]C1${GTIN}10LOT-721S001`;
  assert.equal(said(text), "ambiguous");
  assert.equal(said(text, { how: "camera" }), "elements");
});
