"""What people type as suspected – lots, serials, pallets, one a line – and back again."""

from __future__ import annotations

from typing import Any

from lotbook.kernel.checks import Check
from lotbook.operations.complaints import queries as complaints
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace import queries as trace
from lotbook.traceability.trace.rules import Subject

LINES_MAX = 200
SHOWN = 5


def suspects(text: str, *, field: str = "lots") -> dict[str, Any]:
    """The suspects' JSON for lines of numbers. Raises Refused naming each that means nothing, or several.

    A line is whatever the search understands: a number, a GS1 element string, an SSCC, a uid; or the item's
    code and a number.
    """
    check = Check()
    lots: list[str] = []
    units: list[str] = []
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > LINES_MAX:
        check.fault(
            field, f"at most {LINES_MAX} lines, got {len(lines)}.", "Name a delivery or a run instead."
        )
    for line in lines[:LINES_MAX]:
        found = _one(line)
        if not found:
            check.fault(field, f"the book knows no {line[:60]!r}.", "Check the number.", "unknown")
        elif len(found) > 1:
            names = ", ".join(sorted(f"{one.item} {one.number}" for one in found)[:SHOWN])
            check.fault(field, f"{line[:60]} means several: {names}.", "Write the item's code before it.")
        elif found[0].lot is not None:
            lots.append(str(found[0].uid))
        else:
            units.append(str(found[0].uid))
    check.done()
    given = {"lots": list(dict.fromkeys(lots)), "units": list(dict.fromkeys(units))}
    return {name: uids for name, uids in given.items() if uids}


def from_complaint(name: str) -> dict[str, str]:
    """What the form of a case says at first when a complaint (uid or number) led to it. Raises NotFound."""
    one = complaints.complaint(name)
    rows = Lot.objects.filter(pk__in=complaints.lots_of([one.uid]))
    return {
        "lots": "\n".join(str(row.uid) for row in rows),
        "source_kind": "complaint",
        "source": one.number,
        "complaint": str(one.uid),
    }


def _one(line: str) -> list[Subject]:
    found = trace.resolve(line)
    if len(found) == 1:
        return found
    item, _, number = line.partition(" ")
    named = [one for one in (trace.resolve(number.strip()) if number else []) if one.item == item]
    return named or found


def lines(given: dict[str, Any]) -> str:
    """The lots among suspects as lines to edit."""
    rows = Lot.objects.filter(uid__in=given.get("lots", ())).select_related("item").order_by("number")
    return "\n".join([f"{row.item.code} {row.number}" for row in rows] + list(given.get("units", ())))
