import assert from "node:assert/strict";
import { test } from "node:test";

import { newId } from "./ids.ts";

test("ids have version 7, variant 10 and the time in front", () => {
  const id = newId(0x0199_1234_5678);
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.ok(newId(0x7199_1234_5678).startsWith("71991234-5678-7"));
});

test("ids rise within a millisecond, past its counter, and when the clock steps back", () => {
  const now = 0x7299_0000_0000;
  const ids = Array.from({ length: 10_000 }, (_, index) => newId(now - (index % 3)));
  assert.deepEqual(ids, ids.toSorted());
  assert.equal(new Set(ids).size, ids.length);
});
