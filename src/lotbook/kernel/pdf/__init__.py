"""Documents on paper: a typst template and plain data make a PDF, the same bytes for the same data.

    render(DOCUMENT, {"company": "Quillmere Kitchen", "title": "Delivery note", "number": "SH-2027-00001",
                      "sections": [section("Goods", ["Lot", ("Quantity", "number")], [["L-1", "12 kg"]])]})

Templates lie beside the code of their room and begin with ``#import "/kernel/pdf/base.typ": *``. What the
data say is shown as it is: no text of the book is read as code, nothing comes from the network, and only
typst's own fonts are used, so that every machine prints the same. Signs these fonts lack (Chinese, Arabic)
print as boxes.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import orjson
import typst
import zxingcpp
from django.http import HttpResponse

from lotbook.kernel import clock
from lotbook.kernel.errors import Fault, Refused

ROOT = Path(__file__).parents[2]
"""Templates name files from here: ``/kernel/pdf/base.typ``."""
DOCUMENT = Path(__file__).with_name("document.typ")
"""The template for documents of facts, texts and tables."""
PAPERS = {"a4": "a4", "letter": "us-letter"}
CHECKSUM_SIGNS = 16
CODE_SCALE = 4
BAR_MM, BAR_HEIGHT_MM, BAR_WIDTH_MAX_MM = 0.33, 15.0, 110.0
"""The narrowest bar, and the height, of a linear code on paper (GS1 General Specifications, 5.12)."""
DOT_MM = 0.5
"""One module of a matrix code on paper."""
LINEAR = ("code128", "gs1-128")
CODE_MAX = 2_000

Kind = Literal["text", "lot", "number"]
Symbology = Literal["code128", "gs1-128", "qr", "gs1-qr", "gs1-datamatrix"]

FORMATS = {
    "code128": zxingcpp.BarcodeFormat.Code128,
    "gs1-128": zxingcpp.BarcodeFormat.Code128,
    "qr": zxingcpp.BarcodeFormat.QRCode,
    "gs1-qr": zxingcpp.BarcodeFormat.QRCode,
    "gs1-datamatrix": zxingcpp.BarcodeFormat.DataMatrix,
}


def render(
    template: Path,
    data: Mapping[str, Any],
    *,
    by: str = "",
    at: datetime | None = None,
    paper: str | None = None,
) -> bytes:
    """The PDF of ``template`` filled with ``data`` (what JSON can hold; quantities as texts).

    ``company``, ``title``, ``number`` and ``codes`` (see ``code``) fill the head, ``by`` and ``at`` (now) the
    foot; ``paper`` is ``a4`` or ``letter``, from the setting LOTBOOK_PAPER unless given. The same input gives
    the same bytes. The checksum in the foot is the beginning of the SHA-256 over the data.
    """
    return _compile(template, data, "pdf", by=by, at=at or clock.now(), paper=paper)[0]


def pictures(
    template: Path,
    data: Mapping[str, Any],
    *,
    by: str = "",
    at: datetime | None = None,
    paper: str | None = None,
    dpi: int = 144,
) -> list[bytes]:
    """The same document as pictures (PNG of so many dots per inch), one a page."""
    return _compile(template, data, "png", by=by, at=at or clock.now(), paper=paper, dpi=dpi)


def _compile(
    template: Path,
    data: Mapping[str, Any],
    into: Literal["pdf", "png"],
    *,
    by: str,
    at: datetime,
    paper: str | None,
    dpi: int = 144,
) -> list[bytes]:
    body = orjson.dumps(dict(data), option=orjson.OPT_SORT_KEYS)
    about = {
        "by": by.removeprefix("user:") or "Lotbook",
        "at": f"{at.astimezone(UTC):%d %b %Y %H:%M} UTC".upper(),
        "checksum": checksum(data),
        "paper": PAPERS[paper_of(paper)],
    }
    compiler = typst.Compiler(str(template), root=str(ROOT), font_paths=_fonts(), ignore_system_fonts=True)
    made = compiler.compile(
        format=into,
        ppi=dpi,
        sys_inputs={"data": body.decode(), "about": orjson.dumps(about).decode()},
        timestamp=int(at.timestamp()),
    )
    if made is None:
        raise RuntimeError(f"typst made nothing of {template.name}")
    return made if isinstance(made, list) else [made]


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def paper_of(paper: str | None = None) -> str:
    """The paper asked for, else the one of the setting LOTBOOK_PAPER, else A4."""
    wanted = (paper or os.environ.get("LOTBOOK_PAPER") or "a4").lower()
    if wanted not in PAPERS:
        raise Refused(Fault("paper", f"expected a4 or letter, got {wanted[:20]!r}.", "Choose one of them."))
    return wanted


def checksum(data: Mapping[str, Any]) -> str:
    """What the foot says: the first signs of the SHA-256 over the data with sorted keys."""
    body = orjson.dumps(dict(data), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(body).hexdigest()[:CHECKSUM_SIGNS]


def section(
    heading: str = "",
    columns: Sequence[str | tuple[str, Kind]] = (),
    rows: Iterable[Sequence[str | None]] = (),
    *,
    facts: Sequence[tuple[str, str]] = (),
    text: str = "",
    empty: str = "None.",
) -> dict[str, Any]:
    """A section for ``DOCUMENT``: a table (columns: ``text``, ``lot`` or ``number``), facts, a text."""
    named = [(column, "text") if isinstance(column, str) else column for column in columns]
    return {
        "heading": heading,
        "columns": [{"label": label, "kind": kind} for label, kind in named],
        "rows": [["" if cell is None else str(cell) for cell in row] for row in rows],
        "facts": [[label, str(value)] for label, value in facts],
        "text": text,
        "empty": empty,
    }


def code(content: str, symbology: Symbology = "code128", *, label: str | None = None) -> dict[str, Any]:
    """A code for the head (``codes``) or for ``#code(one)`` in a template, in a size that scanners read.

    GS1 content is written with brackets: ``(00)095201234567891235``. Refuses what the symbology cannot hold.
    """
    svg = code_svg(content, symbology)
    size = re.search(r'<svg width="(\d+)"', svg)
    assert size is not None
    modules = int(size[1]) / CODE_SCALE
    linear = symbology in LINEAR
    width = min(modules * BAR_MM, BAR_WIDTH_MAX_MM) if linear else modules * DOT_MM
    return {
        "svg": svg,
        "label": content if label is None else label,
        "width_mm": round(width, 2),
        "height_mm": BAR_HEIGHT_MM if linear else round(width, 2),
    }


def code_svg(content: str, symbology: Symbology = "code128") -> str:
    """The code as SVG, with its quiet zones."""
    svg: str = zxingcpp.write_barcode_to_svg(_barcode(content, symbology), scale=CODE_SCALE)
    return svg


def code_png(content: str, symbology: Symbology = "code128") -> bytes:
    """The code as PNG, with its quiet zones."""
    import io

    from PIL import Image

    image = zxingcpp.write_barcode_to_image(_barcode(content, symbology), scale=CODE_SCALE)
    file = io.BytesIO()
    Image.fromarray(_pixels(image)).save(file, "PNG")
    return file.getvalue()


def _pixels(image: Any) -> Any:
    import numpy as np

    return np.array(image)


def _barcode(content: str, symbology: Symbology) -> Any:
    if not content or len(content) > CODE_MAX:
        raise _unwritable(content, symbology, f"expected 1 to {CODE_MAX} signs")
    options: dict[str, Any] = {"gs1": True} if symbology.startswith("gs1") else {}
    if symbology == "gs1-datamatrix":
        options["force_square"] = True
    try:
        return zxingcpp.create_barcode(content, FORMATS[symbology], **options)
    except (ValueError, RuntimeError) as problem:
        raise _unwritable(content, symbology, str(problem)) from problem


def _unwritable(content: str, symbology: str, why: str) -> Refused:
    cause = f"{content[:40]!r} cannot be written as {symbology}: {why}."
    return Refused(Fault("code", cause, "Use another code.", "unwritable"))


def answer(body: bytes, filename: str, *, download: bool = False) -> HttpResponse:
    """The PDF as an answer: shown by the browser, or downloaded. ``filename`` has no ending."""
    response = HttpResponse(body, content_type="application/pdf")
    plain = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in filename)[:100]
    plain = plain.encode("ascii", "replace").decode().replace("?", "-")
    response["Content-Disposition"] = f'{"attachment" if download else "inline"}; filename="{plain}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
