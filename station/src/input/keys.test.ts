import assert from "node:assert/strict";
import { test } from "node:test";

import { type Press, Keyboard } from "./keys.ts";

function pressed(key: string, code: string, more: Partial<Press> = {}): Press {
  return { key, code, ctrlKey: false, altKey: false, metaKey: false, ...more };
}

/** What several presses give together. */
function typed(...presses: Press[]): string {
  const keyboard = new Keyboard();
  return presses
    .map((press) => keyboard.press(press))
    .map((stroke) => (stroke.is === "text" ? stroke.text : stroke.is === "end" ? `<${stroke.end}>` : ""))
    .join("");
}

test("GS comes as Ctrl+] on any layout, as F8 and as itself", () => {
  for (const press of [
    pressed("]", "BracketRight", { ctrlKey: true }),
    pressed("+", "BracketRight", { ctrlKey: true }),
    pressed("]", "Digit9", { ctrlKey: true }),
    pressed("F8", "F8"),
    pressed("\x1d", ""),
  ]) {
    assert.equal(typed(press), "\x1d", press.key);
  }
});

test("characters come as Alt and digits", () => {
  const keyboard = new Keyboard();
  for (const digit of "029") {
    assert.equal(keyboard.press(pressed(digit, `Numpad${digit}`, { altKey: true })).is, "part");
  }
  assert.deepEqual(keyboard.release(pressed("Alt", "AltLeft")), { is: "text", text: "\x1d", control: true });
  assert.equal(keyboard.release(pressed("Alt", "AltLeft")).is, "part");
  for (const digit of "013") keyboard.press(pressed(digit, `Numpad${digit}`, { altKey: true }));
  assert.deepEqual(keyboard.release(pressed("Alt", "AltLeft")), { is: "end", end: "Enter" });
});

test("an accent waits for its character", () => {
  const acute = pressed("Dead", "Equal");
  assert.equal(typed(acute, pressed("\u00e1", "KeyA")), "\u00b4a");
  assert.equal(typed(acute, pressed("\u00b4", "Space")), "\u00b4");
  assert.equal(typed(acute, pressed("1", "Digit1")), "\u00b41");
  assert.equal(typed(acute, pressed("\u00b41", "Digit1")), "\u00b41");
  assert.equal(typed(pressed("Dead", "BracketLeft"), pressed("\u00ea", "KeyE")), "^e");
});

test("AltGr gives characters, shortcuts do not", () => {
  assert.equal(typed(pressed("@", "KeyQ", { ctrlKey: true, altKey: true })), "@");
  assert.equal(typed(pressed("c", "KeyC", { metaKey: true })), "");
  assert.equal(typed(pressed("ArrowLeft", "ArrowLeft"), pressed("Shift", "ShiftLeft")), "");
});

test("Enter comes as Ctrl+M, too", () => {
  assert.equal(typed(pressed("m", "KeyM", { ctrlKey: true }), pressed("Tab", "Tab")), "<Enter><Tab>");
});
