"""What people write as suspected – lots, deliveries, runs, places, one a line – and back again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lotbook.kernel.errors import Refused
from lotbook.operations.complaints import queries as complaints
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace import suspects as suspicion
from lotbook.traceability.trace.scope import lines as worded
from lotbook.traceability.trace.scope.lines import Named


def suspects(text: str, *, field: str = "lots") -> dict[str, Any]:
    """The suspects' JSON for lines of words. Raises Refused naming each that means nothing, or several.

    A line is whatever the search understands (a number, a GS1 element string, an SSCC, a uid; or the item's
    code and a number), or begins with ``supplier``, ``run``, ``place``, ``search`` or ``without``.
    """
    return suspicion.as_json(worded.read(text.split("\n"), field=field))


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


def carried(given: Sequence[str]) -> str:
    """Lines another page hands over, as people would write them; what is not understood stays as it came."""
    try:
        return "\n".join(one.typed for one in worded.named(worded.read(given)))
    except Refused:
        return "\n".join(given)


def lines(given: dict[str, Any]) -> str:
    """Suspects as lines to edit."""
    return "\n".join(one.typed for one in named(given))


def named(given: dict[str, Any]) -> list[Named]:
    """Every part of what is suspected, in words."""
    return worded.named(suspicion.from_json(given)) if given else []
