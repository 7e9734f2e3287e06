"""What scans of one thing mean to the whole book: one answer, several to choose from, or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from lotbook.interfaces.station.looking import finding, meaning, telling
from lotbook.interfaces.station.queries.pulse import Pulse
from lotbook.interfaces.station.queries.starting import hosts
from lotbook.standards.gs1 import Gs1Error


def look(request: HttpRequest, now: Pulse, scans: Sequence[str]) -> dict[str, Any]:
    """The answer of `lookup`. Nothing is guessed: what may be two things is both of them."""
    try:
        said = meaning.read(scans, frozenset(hosts(request)), finding.known, now.today)
    except Gs1Error as error:
        return _answer(refused=str(error))
    if said.readings:
        return _answer(readings=said.readings)
    found = finding.find(said)
    shown = telling.shown(request, now, said, found)
    return _answer(found=shown, understood=said.understood)


def _answer(
    *,
    found: Sequence[dict[str, Any]] = (),
    readings: Sequence[str] = (),
    refused: str | None = None,
    understood: Sequence[tuple[str, str]] = (),
) -> dict[str, Any]:
    return {
        "found": list(found),
        "readings": list(readings),
        "refused": refused,
        "understood": [list(pair) for pair in understood],
    }
