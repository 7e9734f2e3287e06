r"""Fields of a label in ZPL II. Positions and sizes are dots; texts are any Unicode, made harmless.

Every field says `^FH_`, so that a sign of the language in a text (^ ~ \ _) and every control character is
written by its code: nothing in the book can be taken for a command.

>>> text(10, 20, 30, "5 ^XA_")
'^FO10,20^A0N,30,30^FH_^FD5 _5EXA_5F^FS'
>>> label([line(0, 0, 100, 2)], width=800, height=400)
'^XA^CI28^PW800^LL400^LH0,0^FO0,0^GB100,2,2^FS^PQ1^XZ'
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lotbook.standards.zpl.code128 import encode

_LANGUAGE = frozenset("^~\\_")
#: Bitmapped fonts with signs of one width: name, height, width with the gap behind a sign (ZPL II, "Fonts").
_FIXED = (("F", 26, 16), ("D", 18, 12), ("A", 9, 6))
_BY_FIRMWARE = 10
"""Dots that ^BQ puts above a QR code by itself."""


def escaped(value: str) -> str:
    """`value` as field data behind ^FH_: UTF-8, with signs of the language and controls in hexadecimal."""
    return "".join(
        f"_{ord(sign):02X}" if sign in _LANGUAGE or ord(sign) < 32 or ord(sign) == 127 else sign
        for sign in value
    )


def text(x: int, y: int, height: int, value: str, width: int | None = None) -> str:
    """A line of text in the scalable font; `width` less than `height` makes it narrower."""
    return f"^FO{x},{y}^A0N,{height},{height if width is None else width}^FH_^FD{escaped(value)}^FS"


def fixed_text(x: int, y: int, height: int, width: int, value: str) -> str:
    """A line with signs of one width, as large as fits into `height` and `width` in whole steps."""
    fits = (
        (name, tall * times)
        for name, tall, wide in _FIXED
        for times in range(min(height // tall, width // (wide * len(value)) if value else 1, 10), 0, -1)
    )
    # The best of each font comes first; a text too long for all of them is set in the smallest.
    name, high = max(fits, key=lambda one: one[1], default=("A", 9))
    base = next((tall, wide) for known, tall, wide in _FIXED if known == name)
    wide = {"F": 13, "D": 10, "A": 5}[name] * (high // base[0])
    return f"^FO{x},{y + max(0, (height - high) // 2)}^A{name}N,{high},{wide}^FH_^FD{escaped(value)}^FS"


def line(x: int, y: int, width: int, thickness: int) -> str:
    """A line to the right."""
    return f"^FO{x},{y}^GB{width},{thickness},{thickness}^FS"


def bars(x: int, y: int, module: int, height: int, content: str, *, gs1: bool) -> str:
    """A Code 128, or a GS1-128: `content` is its element string with GS between, without FNC1 in front."""
    field = encode(content, gs1=gs1).field
    return f"^FO{x},{y}^BY{module}^BCN,{height},N,N,N,N^FH_^FD{escaped(field)}^FS"


def datamatrix(x: int, y: int, module: int, side: int, content: str, *, gs1: bool = True) -> str:
    """A square Data Matrix of `side` modules; FNC1 is the printer's escape `~1`, GS is sent as it is."""
    front = "~1" if gs1 else ""
    return f"^FO{x},{y}^BXN,{module},200,{side},{side},,~^FH_^FD{escaped(front + content)}^FS"


def qr(x: int, y: int, module: int, content: str) -> str:
    """A QR code at level M. The language has no QR code with FNC1: that one is a `picture`."""
    return f"^FO{x},{max(0, y - _BY_FIRMWARE)}^BQN,2,{module}^FH_^FDMA,{escaped(content)}^FS"


def picture(x: int, y: int, rows: Sequence[Sequence[bool]]) -> str:
    """A picture, row by row, True for black."""
    width = (len(rows[0]) + 7) // 8
    body = "".join(
        f"{int(''.join('1' if dot else '0' for dot in row).ljust(width * 8, '0'), 2):0{width * 2}X}"
        for row in rows
    )
    total = width * len(rows)
    return f"^FO{x},{y}^GFA,{total},{total},{width},{body}^FS"


def tag(hexadecimal: str) -> str:
    """Write an EPC into the tag of the label; a label whose tag does not take it is marked void."""
    return f"^RS8,,,3,N^RFW,H,,,A^FD{hexadecimal}^FS"


def label(fields: Iterable[str], *, width: int, height: int, copies: int = 1) -> str:
    """A whole label, printed `copies` times."""
    return f"^XA^CI28^PW{width}^LL{height}^LH0,0{''.join(fields)}^PQ{copies}^XZ"


@dataclass(frozen=True, slots=True)
class Status:
    """What a printer says of itself (~HS): why it does not print, in words, or nothing."""

    trouble: str


def status_of(answer: bytes) -> Status | None:
    """Read the answer to ~HS: three lines between STX and ETX. None while it is not whole."""
    lines = [
        part.partition(b"\x02")[2].decode("ascii", "replace").split(",") for part in answer.split(b"\x03")
    ]
    if len(lines) < 4:
        return None
    first, second = lines[0], lines[1]
    troubles = (
        (first[1:2] == ["1"], "it is out of labels"),
        (first[2:3] == ["1"], "it is paused"),
        (second[2:3] == ["1"], "its head is open"),
        (second[3:4] == ["1"], "it is out of ribbon"),
    )
    return Status(next((words for wrong, words in troubles if wrong), ""))
