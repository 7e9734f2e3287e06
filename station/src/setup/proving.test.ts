import assert from "node:assert/strict";
import { test } from "node:test";

import { typed } from "../codes/index.ts";
import { turned } from "../codes/symbols.ts";
import { PROOF_CODES } from "../codes/table.ts";
import type { Scan } from "../input/types.ts";
import { type Finding, type SetupTest, START, takeScan } from "./proving.ts";
import { loadScanner, saveScanner, UNTESTED } from "./store.ts";

const GS = "\x1d";

/** All proof codes scanned, changed on their way. */
function scanned(change: (sent: string) => string, end: Scan["end"] = "Enter"): SetupTest {
  return PROOF_CODES.reduce((test: SetupTest, code) => {
    const text = change(code.aim + code.data);
    return takeScan(test, { text, how: "wedge", at: 0, end, capsLock: false }, new Date("2026-11-22T10:00:00Z"));
  }, START);
}

function state(test: SetupTest, aspect: Finding["aspect"]): string {
  return test.findings.find((finding) => finding.aspect === aspect)?.state ?? "";
}

test("a scanner that is right in everything is proven", () => {
  const test = scanned((sent) => sent);
  assert.deepEqual(test.missing, []);
  assert.ok(test.findings.every((finding) => finding.state === "right"));
  assert.deepEqual(test.result, {
    separators: [], proven: true, prefix: "", suffix: "", silence: false, tested_at: "2026-11-22T10:00:00.000Z",
  });
});

test("a lost separator, and one that could be part of a value, are wrong", () => {
  for (const instead of ["", "%", "GS", "<GS>"]) {
    const test = scanned((sent) => sent.replace(GS, instead));
    assert.equal(state(test, "separator"), "wrong", instead);
    assert.equal(test.result, null);
  }
});

test("a substitute that no value holds is taken", () => {
  for (const instead of ["~", "|", "^]", "#"]) {
    const test = scanned((sent) => sent.replace(GS, instead));
    assert.equal(state(test, "separator"), "set", instead);
    assert.deepEqual(test.result?.separators, [instead]);
  }
});

test("the layout is named, by all codes together where some agree", () => {
  for (const layout of ["German", "French", "Spanish", "Italian"]) {
    for (const change of [(text: string) => text, turned]) {
      const test = scanned((sent) => change(typed(sent, layout)));
      assert.equal(test.missing.length, 0, layout);
      const found = test.findings.find((finding) => finding.aspect === "layout");
      assert.equal(found?.state, "wrong");
      assert.match(found?.says ?? "", new RegExp(`has the ${layout} layout`));
      assert.equal(state(test, "case"), change === turned ? "wrong" : "right");
      assert.equal(test.result, null);
    }
  }
});

test("caps lock is told", () => {
  const test = scanned(turned);
  assert.equal(state(test, "case"), "wrong");
  assert.equal(state(test, "layout"), "right");
  assert.equal(test.result, null);
});

test("prefix, suffix and a missing end are found and kept", () => {
  const test = scanned((sent) => `@@${sent}!`, "");
  assert.equal(state(test, "prefix"), "set");
  assert.deepEqual([test.result?.prefix, test.result?.suffix, test.result?.silence], ["@@", "!", true]);
});

test("a scanner without identifiers passes and is told", () => {
  const test = scanned((sent) => sent.slice(3));
  assert.equal(state(test, "identifier"), "set");
  assert.equal(test.result?.prefix, "");
});

test("a code scanned again counts anew", () => {
  let test = scanned((sent) => sent.replace(GS, ""));
  assert.equal(test.result, null);
  for (const code of PROOF_CODES) {
    test = takeScan(test, { text: code.aim + code.data, how: "wedge", at: 0, end: "Tab", capsLock: false });
  }
  assert.equal(test.result?.proven, true);
});

test("another code is told and changes nothing", () => {
  const test = takeScan(START, { text: "RACK-7", how: "wedge", at: 0, end: "Enter", capsLock: false });
  assert.deepEqual([test.strange, test.arrivals.length, test.result], ["RACK-7", 0, null]);
});

test("settings come back as they were kept, and those that make no sense do not", () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  assert.deepEqual(loadScanner(storage), UNTESTED);
  const found = scanned((sent) => sent.replace(GS, "~")).result;
  assert.ok(found);
  saveScanner(found, storage);
  assert.deepEqual(loadScanner(storage), found);
  for (const bad of ["{", "null", "[]", '{"separators":["%"]}', JSON.stringify({ ...found, separators: ["A"] })]) {
    kept.set("lotbook.scanner", bad);
    assert.deepEqual(loadScanner(storage), UNTESTED, bad);
  }
});
