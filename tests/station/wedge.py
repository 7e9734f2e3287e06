"""A scanner that types: real key events in Chromium, as a keyboard wedge on some computer would make them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import CDPSession

from lotbook.standards.scans.layouts import typed

GS = "\x1d"
_SHIFT, _CTRL = 8, 2
#: Where a US keyboard has its characters: key, and the character with Shift.
_KEYS = {
    **{f"Key{letter}": (letter.lower(), letter) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
    **{f"Digit{digit}": (digit, shifted) for digit, shifted in zip("1234567890", "!@#$%^&*()", strict=True)},
    "Minus": ("-", "_"), "Equal": ("=", "+"), "BracketLeft": ("[", "{"), "BracketRight": ("]", "}"),
    "Backslash": ("\\", "|"), "Semicolon": (";", ":"), "Quote": ("'", '"'), "Backquote": ("`", "~"),
    "Comma": (",", "<"), "Period": (".", ">"), "Slash": ("/", "?"), "Space": (" ", " "),
}  # fmt: skip
_PLACE = {plain: (code, False) for code, (plain, _) in _KEYS.items()} | {
    shifted: (code, True) for code, (_, shifted) in reversed(_KEYS.items()) if shifted != " "
}
#: Accents that wait for the next character, by layout.
_DEAD = {"German": "^´`", "French": "^¨", "US": ""}


@dataclass(frozen=True)
class Wedge:
    """How a scanner is set, and the computer it types into.

    `layout` is the computer's; the scanner presses the keys of a US keyboard unless it is `set_right`.
    `separator`: ctrl (Ctrl+]), alt (Alt and 029), f8, lost, or the characters it sends instead.
    """

    layout: str = "US"
    set_right: bool = False
    end: str = "Enter"
    prefix: str = ""
    separator: str = "ctrl"
    caps_lock: bool = False
    gap_ms: float = 4

    def text(self, sent: str) -> list[str]:
        """The keys for `sent`: GS stands for however the separator is pressed."""
        instead = {"ctrl": GS, "alt": GS, "f8": GS, "lost": ""}.get(self.separator, self.separator)
        return list(self.prefix + sent.replace(GS, instead))


class Keys:
    """Presses keys; every event says when it happened, so that a busy machine makes no gaps."""

    def __init__(self, session: CDPSession) -> None:
        self.session = session
        self.now = time.time()

    def send(self, kind: str, key: str, code: str, modifiers: int = 0, text: str = "") -> None:
        told: dict[str, Any] = {
            "type": kind,
            "key": key,
            "code": code,
            "modifiers": modifiers,
            "timestamp": self.now,
        }
        if code.startswith("Numpad"):
            told |= {"isKeypad": True, "windowsVirtualKeyCode": 96 + int(code[-1])}
        elif len(key) == 1 and key.isascii() and key.isalnum():
            told["windowsVirtualKeyCode"] = ord(key.upper())
        elif key == "Enter":
            told["windowsVirtualKeyCode"] = 13
        elif key == "Tab":
            told["windowsVirtualKeyCode"] = 9
        if text and kind == "keyDown":
            told["text"] = text
        self.session.send("Input.dispatchKeyEvent", told)

    def tap(self, key: str, code: str, modifiers: int = 0, text: str = "") -> None:
        self.send("keyDown", key, code, modifiers, text)
        self.send("keyUp", key, code, modifiers)

    def scan(self, sent: str, wedge: Wedge = Wedge(), *, paced: bool = False) -> None:
        """Type a scan, as fast as events go, or `paced` so that events come when they say that they do."""
        self.now = max(self.now, time.time())
        for character in wedge.text(sent):
            self.wait(wedge.gap_ms / 1000, paced=paced)
            self.character(character, wedge)
        self.wait(wedge.gap_ms / 1000, paced=paced)
        if wedge.end:
            self.tap(wedge.end, wedge.end, 0, "\r" if wedge.end == "Enter" else "")

    def wait(self, seconds: float, *, paced: bool) -> None:
        self.now += seconds
        if paced:
            time.sleep(max(0, self.now - time.time()))
            # What a busy machine was late is made up for, but not so fast that it would be a gap.
            self.now = min(max(self.now, time.time()), self.now + 0.02)

    def character(self, character: str, wedge: Wedge) -> None:
        if character == GS:
            return self.separator(wedge)
        foreign = wedge.layout != "US"
        key = typed(character, wedge.layout) if foreign and not wedge.set_right else character
        if wedge.caps_lock and key.isalpha() and len(key.swapcase()) == 1:
            key = key.swapcase()
        if foreign and wedge.set_right:
            return self.tap(key, "", 0, key)
        code, shifted = _PLACE[character]
        if shifted:
            self.send("rawKeyDown", "Shift", "ShiftLeft", _SHIFT)
        if key in _DEAD[wedge.layout]:
            self.tap("Dead", code, _SHIFT * shifted)
        else:
            self.tap(key, code, _SHIFT * shifted, key)
        if shifted:
            self.send("keyUp", "Shift", "ShiftLeft")
        return None

    def separator(self, wedge: Wedge) -> None:
        if wedge.separator == "alt":
            self.send("rawKeyDown", "Alt", "AltLeft", 1)
            for digit in "029":
                self.send("rawKeyDown", digit, f"Numpad{digit}", 1)
                self.send("keyUp", digit, f"Numpad{digit}", 1)
            return self.send("keyUp", "Alt", "AltLeft")
        if wedge.separator == "f8":
            return self.tap("F8", "F8")
        self.send("rawKeyDown", "Control", "ControlLeft", _CTRL)
        key = typed("]", wedge.layout) if wedge.layout != "US" else "]"
        self.send("rawKeyDown", key, "BracketRight", _CTRL)
        self.send("keyUp", key, "BracketRight", _CTRL)
        return self.send("keyUp", "Control", "ControlLeft")
