"""Where everything stands on a label, in mm from its upper left corner.

Pure; the same drawing becomes PDF and ZPL.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lotbook.operations.labels.faces import SQUARE, Content, Face, content_of, too_small
from lotbook.operations.labels.rules import SIZES, Size, Spec
from lotbook.standards.gs1 import Message

QUIET = {"gs1-128": 10, "code128": 10, "gs1-datamatrix": 2, "gs1-qr": 4, "qr": 4}
"""Modules that stay white around a symbol (left and right of bars)."""
MODULE_MIN_MM = 0.25
MODULE_MAX_MM = {"gs1-128": 0.66, "code128": 0.66, "gs1-datamatrix": 1.0, "gs1-qr": 1.2, "qr": 1.2}
HRI_MM = 3.0
BAR_STEP_MIN_MM, BAR_STEP_MAX_MM = 11.0, 34.0
"""A symbol of bars with its text: bars of less than 7 mm are hard to hit."""
TALL_MM = 90.0


@dataclass(frozen=True, slots=True)
class Text:
    """A text in a box, as large as fits; `style`: label, text, bold, lot, code, hri. `lines` it may take."""

    x: float
    y: float
    width: float
    height: float
    value: str
    style: str = "text"
    lines: int = 1


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across."""

    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol without its quiet zone: `height` is that of bars; `modules` is how many it is wide."""

    x: float
    y: float
    module: float
    modules: int
    height: float
    content: Content


Mark = Text | Rule | Symbol


@dataclass(frozen=True, slots=True)
class Drawing:
    """A label: its size in mm and what stands on it."""

    width: float
    height: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Pen:
    """What draws: the smallest step in mm, and how many modules a content takes."""

    dot_mm: float
    modules: Callable[[Content], int]

    def module(self, most_mm: float, symbol: str) -> float:
        """The largest module of whole dots that is not larger than `most_mm`; 0 when none is large enough."""
        steps = math.floor(min(most_mm, MODULE_MAX_MM[symbol]) / self.dot_mm + 1e-6)
        return steps * self.dot_mm if steps * self.dot_mm >= MODULE_MIN_MM - 1e-3 else 0.0


@dataclass(frozen=True, slots=True)
class Box:
    """Where something may stand."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Label:
    """What a layout works with: everything that is known before anything has its place."""

    face: Face
    facts: tuple[tuple[str, str, str], ...]
    size: Size
    content: Content
    pen: Pen
    title: str
    copy: str


def draw(face: Face, spec: Spec, pen: Pen, copy: int = 1) -> Drawing:
    """The label of `face` as the design says; `copy` above 1 is printed on it.

    Raises Refused when the symbol would be too small to be read.
    """
    size = SIZES[spec.size]
    margin = size.margin_mm
    box = Box(margin, margin, size.width_mm - 2 * margin, size.height_mm - 2 * margin)
    content = content_of(face, spec.symbol)
    facts = tuple(fact for fact in face.facts if fact[0] in spec.fields)
    title = face.title if box.height >= 28 else ""
    label = Label(face, facts, size, content, pen, title, f"COPY {copy}" if copy > 1 else "")
    marks = tuple(_tall(label, box) if box.height >= TALL_MM else _wide(label, box))
    return Drawing(size.width_mm, size.height_mm, marks)


# --- Large labels: everything below each other, the symbols at the foot ---


def _tall(label: Label, box: Box) -> Iterator[Mark]:
    face, content, facts = label.face, label.content, label.facts
    y, right = box.y, box.width
    yield from _head(Box(box.x, y, right, 4), label)
    y += 6
    if face.ship_to:
        yield Rule(box.x, y, right)
        yield Text(box.x, y + 1.5, right, 2.6, "SHIP TO", "label")
        yield Text(box.x, y + 5, right, 5, face.ship_to[0], "bold")
        for number, line in enumerate(face.ship_to[1:4]):
            yield Text(box.x, y + 11 + 4.5 * number, right, 3.6, line)
        y += 12 + 4.5 * min(len(face.ship_to) - 1, 3)
    yield Rule(box.x, y, right)
    y += 2
    if face.name:
        yield Text(box.x, y, right, 12, face.name, "bold", 2)
        y += 14
    yield Text(box.x, y, right, 3, face.label.upper(), "label")
    yield from _big(Box(box.x, y + 4, right, 15), face.big)
    y += 22
    parts: list[tuple[Content, int]] = []
    module = 0.0
    foot = 50.0
    if content.symbol not in SQUARE:
        parts, module = _parts(content, label, right, 4)
        foot = max(len(parts) * 14.0, 36.0)
    rows = max(int((box.y + box.height - foot - y) // 9.5), 0)
    for number, (_, what, value) in enumerate(facts[: rows * 2]):
        x, at = box.x + (number % 2) * right / 2, y + (number // 2) * 9.5
        yield Text(x, at, right / 2 - 2, 2.6, what.upper(), "label")
        yield Text(
            x, at + 3.4, right / 2 - 2, 4.6, value, "lot" if what in ("Lot", "GTIN", "SSCC") else "bold"
        )
    y += 9.5 * min(rows, math.ceil(len(facts) / 2))
    yield Rule(box.x, y, right)
    foot_box = Box(box.x, y + 2, right, box.y + box.height - y - 2)
    if content.symbol in SQUARE:
        yield from _square(foot_box, content, label)
        return
    yield from _bars(foot_box, parts, module)


def _head(box: Box, label: Label) -> Iterator[Mark]:
    """Whose label it is, and which copy."""
    room = min(box.width, box.height * 6) if label.copy else 0
    if box.width - room > 5 and label.title:
        yield Text(box.x, box.y, box.width - room, box.height, label.title, "label")
    if label.copy:
        at = box.x + box.width - room if label.title else box.x
        yield Text(at, box.y, room, box.height, label.copy, "bold")


# --- Small labels: text on the left and a square symbol on the right, or bars below ---


def _wide(label: Label, box: Box) -> Iterator[Mark]:
    content = label.content
    if content.symbol in SQUARE:
        side = min(box.height, box.width * 0.42)
        place = Box(box.x + box.width - side, box.y + (box.height - side) / 2, side, side)
        yield from _square(place, content, label)
        yield from _words(Box(box.x, box.y, box.width - side - 1.5, box.height), label)
        return
    parts, module = _parts(content, label, box.width, int(box.height * 0.62 // BAR_STEP_MIN_MM))
    foot = max(min(box.height * 0.42, 22.0), len(parts) * BAR_STEP_MIN_MM)
    yield from _bars(Box(box.x, box.y + box.height - foot, box.width, foot), parts, module)
    yield from _words(Box(box.x, box.y, box.width, box.height - foot - 1.5), label)


def _words(box: Box, label: Label) -> Iterator[Mark]:
    face, facts = label.face, label.facts
    y, left = box.y, box.height
    if label.title or label.copy:
        high = 3.0 if box.height >= 20 else 2.2
        yield from _head(Box(box.x, y, box.width, high), label)
        y, left = y + high + 0.8, left - high - 0.8
    columns = 2 if box.width >= 60 else 1
    line = 3.6 if box.height >= 30 else 2.7
    rows = min(math.ceil(len(facts) / columns), int(left * 0.42 // (line + 0.7)))
    if rows:
        left -= rows * (line + 0.7) + 0.8
    if face.name:
        long = len(face.name) * 2.2 > box.width
        # Two lines of 2 mm at least: a name that is longer is cut, rather than too small to be read.
        high = max(left * 0.38, min(5.2, left * 0.5)) if long else left * 0.28
        yield Text(box.x, y, box.width, high, face.name, "bold", 2 if long and high >= 4 else 1)
        y, left = y + high + 0.8, left - high - 0.8
    if left >= 9:
        yield Text(box.x, y, box.width, 2.4, face.label.upper(), "label")
        y, left = y + 3, left - 3
    yield from _big(Box(box.x, y, box.width, left), face.big)
    y += left + 0.8
    width = box.width / columns
    for number, (_, what, value) in enumerate(facts[: rows * columns]):
        at = y + (number // columns) * (line + 0.7)
        yield Text(box.x + (number % columns) * width, at, width - 1, line, f"{what} {value}")


def _big(box: Box, value: str) -> Iterator[Mark]:
    """What is read from afar: in two lines where one would be half as high."""
    per_sign = 0.62
    one = min(box.height, box.width / max(len(value), 1) / per_sign)
    half = math.ceil(len(value) / 2)
    if min(box.height / 2.15, box.width / max(half, 1) / per_sign) <= one * 1.1:
        yield Text(box.x, box.y, box.width, box.height, value, "lot")
        return
    yield Text(box.x, box.y, box.width, box.height / 2.1, value[:half], "lot")
    yield Text(box.x, box.y + box.height / 1.9, box.width, box.height / 2.1, value[half:], "lot")


# --- Symbols ---


def _square(box: Box, content: Content, label: Label) -> Iterator[Mark]:
    modules, quiet = _modules(label, content), QUIET[content.symbol]
    side = min(box.width, box.height)
    module = label.pen.module(side / (modules + 2 * quiet), content.symbol)
    if not module:
        raise too_small(content.symbol, label.size.words)
    whole = module * (modules + 2 * quiet)
    right = box.x + (box.width - whole if box.width < box.height * 1.2 else 0)
    yield Symbol(right + quiet * module, box.y + (box.height - whole) / 2 + quiet * module, module, modules,
                 module * modules, content)  # fmt: skip
    room = box.width - whole - 2
    if room < 25:
        return
    lines = [f"({code}) {value}" for code, value in content.message.elements] if content.message else []
    for number, line in enumerate(lines[: int(box.height // 5)]):
        yield Text(box.x + whole + 2, box.y + 2 + 5 * number, room, 3.4, line, "code")


def _bars(box: Box, parts: list[tuple[Content, int]], module: float) -> Iterator[Mark]:
    """Bars below each other, each with its text for people."""
    step = min(box.height / len(parts), BAR_STEP_MAX_MM)
    for number, (part, modules) in enumerate(parts):
        y, tall = box.y + number * step, step - HRI_MM - 0.8
        yield Symbol(box.x + (box.width - modules * module) / 2, y, module, modules, tall, part)
        words = part.message.bracketed.replace("\\(", "(") if part.message else part.text
        yield Text(box.x, y + tall + 0.5, box.width, HRI_MM - 0.7, words, "hri")


def _parts(
    content: Content, label: Label, width: float, rows_max: int
) -> tuple[list[tuple[Content, int]], float]:
    """What goes into which symbol, and the module: the widest with which the symbols have room."""
    for module in _bar_modules(label.pen):
        parts = _split(content, width, module, label)
        if parts and len(parts) <= rows_max:
            return parts, module
    raise too_small(content.symbol, label.size.words)


def _bar_modules(pen: Pen) -> Iterator[float]:
    """Modules from the widest on: half a millimetre is what pallets are scanned best with."""
    steps = math.floor(0.5 / pen.dot_mm + 1e-6)
    while steps > 0 and steps * pen.dot_mm >= MODULE_MIN_MM - 1e-3:
        yield steps * pen.dot_mm
        steps -= max(1, math.floor(0.04 / pen.dot_mm))


def _split(content: Content, width: float, module: float, label: Label) -> list[tuple[Content, int]] | None:
    """The elements in as few symbols as fit the width, in their order; None when one alone is too wide."""
    fits = width / module - 2 * QUIET[content.symbol]
    if content.message is None:
        modules = _modules(label, content)
        return [(content, modules)] if modules <= fits else None
    parts: list[tuple[Content, int]] = []
    taken: tuple[tuple[str, str], ...] = ()
    for element in content.message.elements:
        longer = Content(content.symbol, Message((*taken, element)))
        modules = _modules(label, longer)
        # The number of a pallet stands alone: it is what everybody scans.
        alone = bool(taken) and taken[0][0] == "00"
        if taken and modules <= fits and not alone:
            taken, parts[-1] = (*taken, element), (longer, modules)
            continue
        single = Content(content.symbol, Message((element,)))
        modules = _modules(label, single)
        if modules > fits:
            return None
        taken = (element,)
        parts.append((single, modules))
    return parts


def _modules(label: Label, content: Content) -> int:
    try:
        return label.pen.modules(content)
    except ValueError as problem:
        raise too_small(
            content.symbol, label.size.words, f"the {content.symbol} cannot hold that much: {problem}."
        ) from None
