"""The quick card (two pages) and the practice set as PDF."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from lotbook.interfaces.station.training.choosing import Code, Exercise, command
from lotbook.kernel import pdf
from lotbook.kernel.clock import written
from lotbook.standards.scans.proving import PROOF_CODES, ProofCode

TEMPLATE = Path(__file__).with_name("training.typ")
LOW_MM = 10.0
WIDE_MM = 150.0

_SYMBOLOGIES: dict[tuple[str, bool], pdf.Symbology] = {
    ("DataMatrix", True): "gs1-datamatrix",
    ("Code128", True): "gs1-128",
    ("Code128", False): "code128",
    ("QRCode", False): "qr",
}


def card(*, url: str, by: str, at: datetime | None = None, paper: str | None = None) -> bytes:
    """The quick card: page one says how, page two has the commands and the codes that prove a scanner."""
    shown = [("confirm", ""), ("undo", ""), ("hold", ""), ("print", ""), ("back", ""), ("clear", "")]
    data = {
        "title": "Scan station",
        "number": "Quick card",
        "page": "card",
        "start": pdf.code(f"{url}/station/", "qr", label=f"{url}/station/"),
        "commands": [_low(command(name, number)) for name, number in shown],
        "digits": [_low(command("digit", sign)) for sign in "1234567890."],
        "quantities": [_low(command("quantity", number)) for number in ("6", "12", "24")],
        "square": [_proof(proof) for proof in PROOF_CODES if proof.symbol != "Code128"],
        "wide": [_proof(proof) for proof in PROOF_CODES if proof.symbol == "Code128"],
    }
    return pdf.render(TEMPLATE, data, by=by, at=at, paper=paper)


def practice(
    exercises: Sequence[Exercise], *, site: str, today: date, by: str, at: datetime | None = None,
    paper: str | None = None,
) -> bytes:  # fmt: skip
    """The practice set: an exercise after the other, each with what to do, to scan and to see."""
    data = {
        "title": "Practice scans",
        "number": site,
        "page": "practice",
        "day": written(today),
        "exercises": [
            {
                "title": one.title,
                "aim": one.aim,
                "steps": [
                    {
                        "do": step.do,
                        "answer": step.answer,
                        "code": _drawn(step.code) if step.code else None,
                    }
                    for step in one.steps
                ],
            }
            for one in exercises
        ],
    }
    return pdf.render(TEMPLATE, data, by=by, at=at, paper=paper)


def _low(code: Code) -> dict[str, Any]:
    """A bar code low enough for all of them to stand on one page."""
    return _drawn(code) | {"height_mm": LOW_MM}


def _drawn(code: Code) -> dict[str, Any]:
    return pdf.code(code.content, code.symbology, label=code.caption)  # type: ignore[arg-type]  # one of its names


def _proof(proof: ProofCode) -> dict[str, Any]:
    gs1 = "\x1d" in proof.data
    content = proof.data
    if gs1:
        front, _, back = content.partition("\x1d")
        content = f"(01){front[2:16]}(10){front[18:]}(21){back[2:]}"
    drawn = pdf.code(content, _SYMBOLOGIES[proof.symbol, gs1], label="") | {"tells": proof.tells}
    # The longest has the whole width of the page: narrower bars would test the eyes of the scanner.
    return drawn | {"width_mm": WIDE_MM, "height_mm": LOW_MM} if proof.name == "letters" else drawn
