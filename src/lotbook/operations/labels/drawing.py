"""Drawings as PDF, as pictures, and as ZPL."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import zxingcpp

from lotbook.kernel import pdf
from lotbook.operations.labels.faces import Content
from lotbook.operations.labels.layout import QUIET, Drawing, Mark, Pen, Rule, Symbol, Text
from lotbook.operations.labels.rules import Size
from lotbook.standards import zpl

TEMPLATE = Path(__file__).with_name("labels.typ")
PAPERS_MM = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
DOTS_PER_MM = {203: 8, 300: 12}
"""Printers of 300 dpi have 11.8 dots a mm: their makers' 12 is what positions are counted in."""
_EC_LEVEL = {"ec_level": "M"}


# --- Paper ---


@lru_cache(maxsize=512)
def _barcode(content: Content) -> Any:
    options: dict[str, Any] = {"gs1": True} if content.is_gs1 else {}
    if content.symbol == "gs1-datamatrix":
        options["force_square"] = True
    elif content.symbol in ("qr", "gs1-qr"):
        options |= _EC_LEVEL
    return zxingcpp.create_barcode(content.written, pdf.FORMATS[content.symbol], **options)


def _bitmap(content: Content) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """One dot a module, True for black, without quiet zone."""
    image = np.array(zxingcpp.write_barcode_to_image(_barcode(content), scale=1, add_quiet_zones=False))
    return image < 128


def _modules(content: Content) -> int:
    """How many modules a symbol is wide, as it is written on paper."""
    return int(_bitmap(content).shape[1])


PAPER = Pen(dot_mm=0.0127, modules=_modules)
"""Draws for paper, in steps no printer sees."""


def pdf_of(drawings: Sequence[Drawing], size: Size, *, start: int = 1) -> bytes:
    """The labels as PDF: one a page on rolls, row by row on sheets from label `start` (1 is the first) on."""
    return pdf.render(TEMPLATE, _pages(drawings, size, start))


def pictures_of(drawings: Sequence[Drawing], size: Size, *, dpi: int = 203) -> list[bytes]:
    """The same pages as PNG."""
    return pdf.pictures(TEMPLATE, _pages(drawings, size, 1), dpi=dpi)


def _pages(drawings: Sequence[Drawing], size: Size, start: int) -> dict[str, Any]:
    sheet = size.sheet
    pages: list[dict[str, Any]] = []
    if sheet is None:
        for one in drawings:
            label = {"x": 0, "y": 0, **_drawn(one)}
            pages.append({"width": one.width, "height": one.height, "labels": [label]})
        return {"title": "Labels", "pages": pages}
    width, height = PAPERS_MM[sheet.paper]
    for number, one in enumerate(drawings, start - 1):
        on_page = number % sheet.labels
        if not pages or on_page == 0:
            pages.append({"width": width, "height": height, "labels": []})
        x = sheet.left_mm + (on_page % sheet.columns) * (size.width_mm + sheet.gap_mm)
        y = sheet.top_mm + (on_page // sheet.columns) * size.height_mm
        pages[-1]["labels"].append({"x": x, "y": y, **_drawn(one)})
    return {"title": "Labels", "pages": pages}


def _drawn(drawing: Drawing) -> dict[str, Any]:
    marks = [_paper_mark(mark) for mark in drawing.marks]
    return {"width": drawing.width, "height": drawing.height, "marks": marks}


def _paper_mark(mark: Mark) -> dict[str, Any]:
    if isinstance(mark, Text):
        values = {
            name: getattr(mark, name) for name in ("x", "y", "width", "height", "value", "style", "lines")
        }
        return {"kind": "text", **values}
    if isinstance(mark, Rule):
        return {"kind": "rule", **asdict(mark)}
    return {
        "kind": "symbol",
        "x": mark.x,
        "y": mark.y,
        "width": mark.module * mark.modules,
        "height": mark.height,
        "svg": _svg(mark),
    }


def _svg(mark: Symbol) -> str:
    """The symbol as one path: every run of black dots a rectangle; bars take the first row alone."""
    dots = _bitmap(mark.content)
    if mark.content.symbol in pdf.LINEAR:
        dots = dots[:1]
    path = []
    for y, row in enumerate(dots):
        edges = np.flatnonzero(np.diff(np.concatenate(([0], row.astype(np.int8), [0]))))
        path += [f"M{a} {y}H{b}V{y + 1}H{a}z" for a, b in zip(edges[::2], edges[1::2], strict=True)]
    height, width = dots.shape
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" preserveAspectRatio="none" shape-rendering="crispEdges">'
        f'<path d="{"".join(path)}"/></svg>'
    )


# --- Label printers ---


def printer_pen(dpi: int) -> Pen:
    """Draws for a label printer: whole dots, symbols as large as the printer itself makes them."""
    return Pen(dot_mm=1 / DOTS_PER_MM[dpi], modules=_printed_modules)


def _printed_modules(content: Content) -> int:
    how: dict[str, Callable[[], int]] = {
        "gs1-128": lambda: zpl.encode(content.data, gs1=True).modules,
        "code128": lambda: zpl.encode(content.data, gs1=False).modules,
        "gs1-datamatrix": lambda: zpl.datamatrix_modules(content.data),
        "gs1-qr": lambda: _modules(content),
        "qr": lambda: zpl.qr_modules(content.data),
    }
    return how[content.symbol]()


def zpl_of(drawings: Iterable[Drawing], dpi: int, *, tag: str = "") -> str:
    """The labels as ZPL, one format each; `tag` is the EPC (hexadecimal) to write into their tags."""
    dots = DOTS_PER_MM[dpi]
    written = [zpl.tag(tag)] if tag else []
    return "".join(
        zpl.label(
            [*written, *(field for mark in one.marks for field in _fields(mark, dots))],
            width=round(one.width * dots),
            height=round(one.height * dots),
        )
        for one in drawings
    )


def _fields(mark: Mark, dots: int) -> list[str]:
    x, y = round(mark.x * dots), round(mark.y * dots)
    if isinstance(mark, Rule):
        return [zpl.line(x, y, round(mark.width * dots), max(2, dots // 5))]
    if isinstance(mark, Text):
        return _lines(mark, dots)
    module, content = round(mark.module * dots), mark.content
    if content.symbol in pdf.LINEAR:
        return [zpl.bars(x, y, module, round(mark.height * dots), content.data, gs1=content.is_gs1)]
    if content.symbol == "gs1-datamatrix":
        return [zpl.datamatrix(x, y, module, mark.modules, content.data)]
    if content.symbol == "qr":
        return [zpl.qr(x, y, module, content.data)]
    # No printer makes a QR code with FNC1 itself: it gets the picture.
    large = np.kron(_bitmap(content), np.ones((module, module), dtype=bool))
    return [zpl.picture(x, y, large.tolist())]


def _lines(mark: Text, dots: int) -> list[str]:
    if not mark.value:
        return []
    width, height = round(mark.width * dots), round(mark.height * dots)
    x, y = round(mark.x * dots), round(mark.y * dots)
    if mark.style in ("lot", "code", "hri"):
        return [zpl.fixed_text(x, y, height, width, mark.value)]
    for count in range(1, mark.lines + 1):
        tall = height // count
        lines = _wrapped(mark.value, width / (tall * 0.92))
        if len(lines) <= count:
            return [zpl.text(x, y + tall * n, round(tall * 0.92), line) for n, line in enumerate(lines)]
    tall = height // mark.lines
    # Too long even so: narrower signs, then cut.
    room = width / (tall * 0.92) / 0.65
    lines = _cut(_wrapped(mark.value, room), mark.lines, room)
    return [
        zpl.text(x, y + tall * n, round(tall * 0.92), line, round(tall * 0.6)) for n, line in enumerate(lines)
    ]


def _cut(lines: list[str], most: int, room: float) -> list[str]:
    """The first lines; what is left out shows as three dots behind the last."""
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and zpl.text_width(f"{last}...") > room:
        last = last[:-1]
    return [*lines[: most - 1], f"{last.rstrip()}..."]


def _wrapped(value: str, room: float) -> list[str]:
    """The words in lines of at most `room` (in heights of a sign); a word that is longer is cut."""
    lines: list[str] = []
    for one in re.split(r" +", value):
        word = one
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and zpl.text_width(longer) <= room:
            lines[-1] = longer
            continue
        while zpl.text_width(word) > room and len(word) > 1:
            cut = next(n for n in range(len(word), 0, -1) if n == 1 or zpl.text_width(word[:n]) <= room)
            lines.append(word[:cut])
            word = word[cut:]
        if word:
            lines.append(word)
    return lines


__all__ = ["PAPER", "QUIET", "pdf_of", "pictures_of", "printer_pen", "zpl_of"]
