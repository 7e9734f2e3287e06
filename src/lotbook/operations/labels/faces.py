"""What a label says, before anybody decides how it looks.

Plain values, kept with the job: a label that is printed later says what was asked for then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lotbook.kernel.errors import Fault, Refused
from lotbook.standards.gs1 import AIS, Gs1Error, Message, find_fault, verify

SQUARE = ("gs1-datamatrix", "gs1-qr", "qr")


@dataclass(frozen=True, slots=True)
class Face:
    """What stands on a label.

    `big` is what is read from afar, `label` what it is (Lot, Place …). `facts` are (field, label, value).
    `elements` are the GS1 data, none where there is no GTIN; `url` leads to our page of it; `text` is the
    payload of a command. `stem` is where a Digital Link begins.
    """

    what: str
    title: str
    name: str
    label: str
    big: str
    facts: tuple[tuple[str, str, str], ...] = ()
    elements: tuple[tuple[str, str], ...] = ()
    url: str = ""
    text: str = ""
    ship_to: tuple[str, ...] = ()
    stem: str = ""

    def data(self) -> dict[str, Any]:
        """As it is stored with a job."""
        return {name: getattr(self, name) for name in Face.__slots__}


def face_of(data: Mapping[str, Any]) -> Face:
    """A face as it was stored: JSON has lists where there were tuples."""
    told = dict(data)
    for name in ("facts", "elements"):
        told[name] = tuple(tuple(one) for one in told[name])
    told["ship_to"] = tuple(told["ship_to"])
    return Face(**told)


@dataclass(frozen=True, slots=True)
class Content:
    """What a symbol holds: a GS1 message, or a text."""

    symbol: str
    message: Message | None = None
    text: str = ""

    @property
    def data(self) -> str:
        """The characters the symbol carries; GS between elements, FNC1 in front left out."""
        return self.message.element_string("\x1d")[1:] if self.message else self.text

    @property
    def written(self) -> str:
        """As the writer of pictures takes it: codes in square brackets, which no GS1 value has."""
        if self.message is None:
            return self.text
        return "".join(f"[{code}]{value}" for code, value in self.message.elements)

    @property
    def is_gs1(self) -> bool:
        """Whether FNC1 goes in front."""
        return self.message is not None


def content_of(face: Face, symbol: str) -> Content:
    """What the symbol of a label holds.

    GS1 symbols need a GTIN or an SSCC: without it (a place, a lot of an item without GTIN) the label has a QR
    code that leads to our page, whatever the design says. A command is plain text.
    """
    if face.text:
        return Content("qr" if symbol in SQUARE else "code128", text=face.text)
    if not face.elements:
        return Content("qr", text=face.url)
    message = Message(face.elements)
    if symbol != "qr":
        return Content(symbol, message)
    key = Message(face.elements[:1])
    link = message.digital_link(face.stem) or key.digital_link(face.stem)
    return Content("qr", text=link or face.url)


def too_small(symbol: str, size: str, cause: str = "") -> Refused:
    """The refusal of a symbol that has no room on a label."""
    text = cause or f"the {symbol} does not fit on a label of {size} in a size that scanners read."
    return Refused(Fault("size", text, "Choose a DataMatrix or QR code, or a larger label.", "too_small"))


def writable(elements: tuple[tuple[str, str], ...]) -> str:
    """Why these elements cannot be printed as GS1 data, in words; "" when they can."""
    for code, value in elements:
        try:
            verify(AIS[code], value)
        except Gs1Error as wrong:
            return str(wrong)
    fault = find_fault(elements)
    return str(fault) if fault else ""
