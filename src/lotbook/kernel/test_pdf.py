"""What is printed says what the data say, is the same twice, and never runs a text as code."""

from __future__ import annotations

import hashlib
import io
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from tests import paper

from lotbook.kernel import pdf
from lotbook.kernel.errors import Refused

AT = datetime(2027, 3, 3, 12, 5, tzinfo=UTC)
SSCC = "(00)095201234567891235"
HOUSE = Path(__file__).parents[1]


def note(**more: Any) -> dict[str, Any]:
    return {
        "company": "Quillmere Kitchen",
        "title": "Delivery note",
        "number": "SH-2027-00001",
        "sections": [
            pdf.section(
                "Goods",
                ["Item", ("Lot", "lot"), ("Quantity", "number")],
                [[f"Sauce {number}", f"L-{number:03}", f"{number} kg"] for number in range(1, 61)],
                facts=[("Customer", "Larchwood Märket"), ("Carrier", "")],
            ),
            pdf.section("Returned", ["Item"], [], empty="Nothing came back."),
        ],
        **more,
    }


def test_the_paper_says_what_the_data_say() -> None:
    first, second = paper.pages(pdf.render(pdf.DOCUMENT, note(), by="user:anna", at=AT))
    for words in (
        "Quillmere Kitchen",
        "Delivery note",
        "SH-2027-00001",
        "Larchwood Märket",
        "Sauce 1",
        "L-001",
    ):
        assert words in first
    assert "Carrier" not in first
    assert "L-060" in second
    assert "Nothing came back." in second
    assert "Lot" in second.split("L-0")[0], "the table's head is on every page"
    foot = f"printed at 03 MAR 2027 12:05 UTC by anna · checksum {pdf.checksum(note())}"
    assert f"page 1 of 2 · {foot}" in first
    assert f"page 2 of 2 · {foot}" in second
    assert [number for number in range(1, 61) if f"{number} kg" not in first + second] == []


def test_the_same_data_print_the_same_bytes_and_other_data_another_checksum() -> None:
    twice = {hashlib.sha256(pdf.render(pdf.DOCUMENT, note(), by="anna", at=AT)).digest() for _ in range(2)}
    assert len(twice) == 1
    assert pdf.checksum(note()) != pdf.checksum(note(number="SH-2027-00002"))


@pytest.mark.parametrize(
    "words",
    [
        '#panic("x")',
        "#sys.inputs",
        '"] #read("/config/settings.py") #["',
        "*bold* _it_ $x^2$ `raw` <label> @ref = head",
        "\\u{41} \\ // comment /* more */",
        "#image(bytes(())) ${1+1}",
    ],
)
def test_no_text_of_the_book_is_read_as_code(words: str) -> None:
    data = note(company=words, number=words, sections=[pdf.section(words, ["A"], [[words]], text=words)])
    (page,) = paper.pages(pdf.render(pdf.DOCUMENT, data, by=words, at=AT))
    # Where a line ends is no matter here.
    assert page.replace(" ", "").count(words.replace(" ", "")) == 6


def test_long_words_stay_on_the_paper() -> None:
    word = "X" * 300
    data = note(sections=[pdf.section("", ["Lot", "B"], [[word, "b"]])])
    (page,) = paper.pages(pdf.render(pdf.DOCUMENT, data, at=AT))
    # typst tells a sign at the end of such a word apart (ActualText), which the reader here passes over.
    assert page.replace(" ", "").count("X") in (299, 300)
    assert word not in page, "it is broken over lines"


@pytest.mark.parametrize(("size", "points"), [("a4", b"595.2756 841.8898"), ("letter", b"612 792")])
def test_paper_sizes(size: str, points: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert b"/MediaBox[0 0 " + points in pdf.render(pdf.DOCUMENT, note(), at=AT, paper=size)
    monkeypatch.setenv("LOTBOOK_PAPER", size.upper())
    assert b"/MediaBox[0 0 " + points in pdf.render(pdf.DOCUMENT, note(), at=AT)


def test_another_paper_is_refused() -> None:
    with pytest.raises(Refused, match="expected a4 or letter"):
        pdf.render(pdf.DOCUMENT, note(), paper="a0")


def read(picture: bytes) -> list[tuple[str, str]]:
    """What a scanner reads, with the AIM sign that tells GS1 from plain."""
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    return sorted((one.text, one.symbology_identifier) for one in found)


@pytest.mark.parametrize(
    ("content", "symbology", "sign"),
    [
        ("L-2027-001", "code128", "]C0"),
        (SSCC, "gs1-128", "]C1"),
        ("(01)09520123456788(10)ABC", "gs1-128", "]C1"),
        ("https://example.org/01/09520123456788/10/ABC", "qr", "]Q1"),
        ("(01)09520123456788(10)ABC", "gs1-datamatrix", "]d2"),
    ],
)
def test_codes_read_back(content: str, symbology: pdf.Symbology, sign: str) -> None:
    assert read(pdf.code_png(content, symbology)) == [(content, sign)]


def test_codes_on_paper_are_read_from_the_page() -> None:
    link = "https://example.org/01/09520123456788"
    data = note(codes=[pdf.code(SSCC, "gs1-128"), pdf.code(link, "qr", label="")])
    page = pdf.pictures(pdf.DOCUMENT, data, at=AT, dpi=300)[0]
    assert read(page) == sorted([(SSCC, "]C1"), (link, "]Q1")])
    assert SSCC in paper.pages(pdf.render(pdf.DOCUMENT, data, at=AT))[0]


@pytest.mark.parametrize("content", ["", "(00)12", "no brackets", "x" * 3000])
def test_what_cannot_be_a_gs1_code_is_refused(content: str) -> None:
    with pytest.raises(Refused, match="cannot be written"):
        pdf.code(content, "gs1-128")


def test_no_template_asks_the_network() -> None:
    templates = list(HOUSE.rglob("*.typ"))
    assert len(templates) >= 2
    assert [path.name for path in templates if re.search(r"@preview|https?://", path.read_text())] == []


def test_the_answer_names_its_file_harmlessly() -> None:
    response = pdf.answer(b"%PDF-1.7", 'SH-1"\r\nX: y/../ü')
    assert response["Content-Disposition"] == 'inline; filename="SH-1---X--y-..--.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
