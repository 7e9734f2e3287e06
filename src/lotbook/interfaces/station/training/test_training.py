"""Training on paper: every printed code is read again, and means what the exercise says."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from lotbook.interfaces.station.training import papers
from lotbook.interfaces.station.training.choosing import Code, Exercise, World, exercises
from lotbook.kernel import pdf
from lotbook.standards.scans import Ambiguous, Scanner, understand
from lotbook.standards.scans.proving import PROOF_CODES

pytestmark = pytest.mark.once

URL = "https://book.example"
LOT, HELD, LOOSE, PLACE = (f"01a2038e-7f00-7000-8000-00000000000{n}" for n in range(4))


def lot(uid: str, item: str, number: str, status: str = "released") -> dict[str, Any]:
    at = [{"place": "BIN-1", "on_hand": "10", "reserved": "0"}]
    why = "On hold (quality): a swab." if status == "hold" else ""
    return {"id": uid, "item": item, "number": number, "status": status, "why": why,
            "expires_on": "2027-03-03", "at": at}  # fmt: skip


BOOK: dict[str, Any] = {
    "items": [
        {"code": "JAR", "name": "Sauce", "gtins": [{"gtin": "4012345678901", "unit": "pc", "each": "1"}]},
        {"code": "CARTON", "name": "Carton", "gtins": []},
    ],
    "lots": [lot(LOT, "JAR", "L-204"), lot(HELD, "JAR", "L-9", "hold"), lot(LOOSE, "CARTON", "C 1")],
    "places": [{"code": "BIN-1", "id": PLACE, "name": "Bin one", "kind": "bin", "usable": True}],
    "units": [],
}
LINE = {"claim": "7", "item": "JAR", "lot": LOT, "place": "BIN-1", "quantity": "5", "unit": "pc", "why": ""}
JOBS: list[dict[str, Any]] = [
    {"kind": "receive", "number": "ASN-1", "document": "notice", "partner": "Maker", "place": "BIN-1",
     "lines": [], "units": [{"sscc": "340123456789012340", "received": True, "lines": []},
                            {"sscc": "340123456789012357", "received": False, "lines": []}]},
    {"kind": "receive", "number": "PO-1", "document": "order", "partner": "Maker", "place": "BIN-1",
     "lines": [{"item": "JAR", "lot": "", "expires_on": None}], "units": []},
    {"kind": "put_away", "title": "Dock", "place": "DOCK",
     "lines": [{"lot": LOT, "sscc": None, "quantity": "5", "unit": "pc", "to": "BIN-1"}]},
    {"kind": "pick", "number": "SO-1", "partner": "Shop", "lines": [LINE]},
    {"kind": "produce", "number": "RUN-1", "title": "Sauce", "take": [LINE]},
    {"kind": "count", "number": "CC-1", "places": [{"code": "BIN-1", "state": "open"}]},
]  # fmt: skip


def made(jobs: list[dict[str, Any]] = JOBS, book: dict[str, Any] = BOOK) -> list[Exercise]:
    return exercises(World(book, jobs, date(2026, 11, 22), URL))


def codes(of: list[Exercise]) -> list[Code]:
    return [step.code for one in of for step in one.steps if step.code]


def sent(seen: Any) -> str:
    """What a scanner sends of a code, with GS where FNC1 stands."""
    return bytes(seen.bytes).decode()


def test_there_is_an_exercise_for_every_loop() -> None:
    assert [one.title for one in made()] == [
        "Look up", "Receive a pallet", "Receive by label", "Put away", "Pick", "Stopped", "Produce", "Count",
        "Two ways to read",
    ]  # fmt: skip


def test_what_the_book_has_not_is_not_exercised() -> None:
    nothing: dict[str, Any] = {"items": [], "lots": [], "places": [], "units": []}
    assert made([], nothing) == []
    assert [one.title for one in made([])] == ["Look up", "Stopped", "Two ways to read"]


def test_a_pallet_that_came_already_is_not_received_again() -> None:
    pallet = next(one for one in made() if one.title == "Receive a pallet")
    assert pallet.steps[0].code == Code("gs1-128", "(00)340123456789012357", "SSCC 340123456789012357")


def test_the_wrong_lot_to_pick_is_free_and_another() -> None:
    pick = next(one for one in made() if one.title == "Pick")
    assert [step.code.content for step in pick.steps if step.code] == [
        "SO-1", f"{URL}/lots/{LOOSE}", "(01)04012345678901(17)270303(10)L-204",
    ]  # fmt: skip


def look_at(code: Code) -> Any:
    """A printed code as a scanner sees it."""
    (seen,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(pdf.code_png(code.content, code.symbology))))  # type: ignore[arg-type]  # one of its names
    return seen


@pytest.mark.parametrize("identifier", ["", "]C1"])
def test_a_separator_that_may_be_lost_is_asked_about(identifier: str) -> None:
    """Whether or not the scanner names the symbol; only a tested one is believed."""
    (code,) = codes([one for one in made() if one.title == "Two ways to read"])
    seen = look_at(code)
    assert seen.symbology_identifier == "]C1"
    read = understand(identifier + sent(seen), Scanner())
    assert isinstance(read, Ambiguous)
    assert {one.bracketed for one in read.readings} == {
        "(01)04012345678901(10)LOT-721S001", "(01)04012345678901(10)LOT-7(21)S001",
    }  # fmt: skip
    believed = understand(identifier + sent(seen), Scanner(proven=True))
    assert not isinstance(believed, Ambiguous)
    assert believed.message is not None
    # What stands below the bars is what is meant.
    assert believed.message.bracketed == code.caption


def test_every_code_means_what_it_should() -> None:
    """As a tested scanner reads it."""
    scanner = Scanner(proven=True, hosts=frozenset({"book.example"}))
    for code in codes(made()):
        seen = look_at(code)
        read = understand(f"{seen.symbology_identifier}{sent(seen)}", scanner)
        if code.symbology.startswith("gs1"):
            assert not isinstance(read, Ambiguous)
            assert read.message is not None
            assert read.message.bracketed == code.content
        else:
            assert not isinstance(read, Ambiguous)
            assert read.kind in {"own", "text", "command"}


def pages(monkeypatch: pytest.MonkeyPatch) -> list[Image.Image]:
    """The pages of the next paper as pictures, fine enough to read codes from."""
    found: list[Image.Image] = []

    def render(*given: Any, **options: Any) -> bytes:
        found.extend(Image.open(io.BytesIO(one)) for one in pdf.pictures(*given, **options, dpi=300))
        return b""

    monkeypatch.setattr(pdf, "render", render)
    return found


def test_the_quick_card_has_two_pages_and_its_codes_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    found = pages(monkeypatch)
    papers.card(url=URL, by="anna")
    assert len(found) == 2
    assert [sent(one) for one in zxingcpp.read_barcodes(found[0])] == [f"{URL}/station/"]
    read = {sent(one) for one in zxingcpp.read_barcodes(found[1])}
    assert {"LB:CONFIRM", "LB:UNDO", "LB:HOLD", "LB:PRINT", "LB:QTY:12", "LB:DIGIT:0", "LB:DIGIT:."} <= read
    assert {one.data for one in PROOF_CODES} <= read


def test_the_practice_set_shows_every_code(monkeypatch: pytest.MonkeyPatch) -> None:
    found = pages(monkeypatch)
    papers.practice(made(), site="KIT", today=date(2026, 11, 22), by="anna")
    read = sum(len(zxingcpp.read_barcodes(page)) for page in found)
    assert read == len(codes(made()))
