"""Commands printed as barcodes: what somebody scans instead of touching the screen.

A command is `LB:` and a word in capitals, some with a number behind a second colon. No GS1 symbol has that
form, and no scheme of lot numbers or plain codes we know begins so. Code 128 and QR can write all of it.

>>> command_of("LB:QTY:12")
Command(name='quantity', number='12')
>>> command_of("RACK-7") is None
True
>>> payload("digit", "5")
'LB:DIGIT:5'
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lotbook.standards.errors import shown
from lotbook.standards.gs1.errors import refused

PREFIX = "LB:"
_WHAT = "a command"


@dataclass(frozen=True, slots=True)
class Word:
    """One command of the vocabulary. `number` says what may stand behind it (a pattern), "" for nothing."""

    name: str
    word: str
    says: str
    number: str = ""


_WORDS = (
    Word("confirm", "CONFIRM", "Confirm"),
    Word("undo", "UNDO", "Undo"),
    Word("hold", "HOLD", "Hold"),
    Word("print", "PRINT", "Print label"),
    Word("back", "BACK", "Back"),
    Word("quantity", "QTY", "Quantity", r"(?:[1-9][0-9]{0,8}|0)(?:\.[0-9]{1,6})?"),
    Word("digit", "DIGIT", "Digit", r"[0-9.]"),
    Word("clear", "CLEAR", "Clear quantity"),
)

COMMANDS: Mapping[str, Word] = {word.name: word for word in _WORDS}
"""The vocabulary by name. `digit` adds one digit (or the point) to the quantity, `quantity` sets it."""

_BY_WORD = {word.word: word for word in _WORDS}


@dataclass(frozen=True, slots=True)
class Command:
    """A command that was scanned: its `name`, and the decimal text behind it where it takes one, else ""."""

    name: str
    number: str = ""


def payload(name: str, number: str = "") -> str:
    """What the barcode of a command holds. Raises ValueError for a name or number that is none."""
    word = COMMANDS.get(name)
    if word is None or not re.fullmatch(word.number, number):
        expected = f"{', '.join(COMMANDS)}, with a number where it takes one"
        raise ValueError(f"expected one of {expected}; got {name!r} {number!r}")
    return f"{PREFIX}{word.word}" + (f":{number}" if number else "")


def caption(name: str, number: str = "") -> str:
    """What stands beside the barcode, for people."""
    word = COMMANDS[name]
    return number if name == "digit" else f"{word.says} {number}".rstrip()


def command_of(text: str) -> Command | None:
    """Read a command, or return None for what is none.

    Raises Gs1Error for a word that is not in the vocabulary (`unknown_command`), and for one in small
    letters: then the caps lock is on, and lots would be read wrong as well (`caps_lock`).
    """
    if not text.upper().startswith(PREFIX):
        return None
    if text != text.upper():
        raise refused(_WHAT, "caps_lock", f"{shown(text.upper())} (is caps lock on?)", shown(text))
    front, _, number = text.removeprefix(PREFIX).partition(":")
    word = _BY_WORD.get(front)
    if word is None or not re.fullmatch(word.number, number, re.ASCII) or text.endswith(":"):
        raise refused(_WHAT, "unknown_command", "a command of this book, such as LB:CONFIRM", shown(text))
    return Command(word.name, number)
