"""What the acts of this room share: lines understood, drafts made, and sent through the one door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from lotbook.foundation.places.models import Place
from lotbook.kernel.errors import Fault
from lotbook.kernel.quantity import to_text
from lotbook.operations.warehouse.rules import Count
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger.lines import Line, Named, Reading, Taken, moment_at, post_lines
from lotbook.traceability.ledger.rules import Draft, Move, Receipt


def taken_lines(reading: Reading, lines: Sequence[Line], place: Named) -> list[Taken]:
    """The lines understood; ``place`` is asked for only where a line does not say its own."""
    needed = bool(place) or any(not line.place for line in lines)
    return reading.all_taken(lines, reading.place("place", place) if needed else None)


def counted_lines(reading: Reading, lines: Sequence[Count], place: Named) -> list[tuple[str, Taken]]:
    """Counts understood, each with the field it stands in; a lot twice at one place is a fault."""
    reading.some(lines)
    needed = bool(place) or any(not line.place for line in lines)
    default = reading.place("place", place) if needed else None
    found = []
    for index, line in enumerate(lines[: words.LINES_MAX]):
        where = f"lines/{index}"
        at = reading.place(f"{where}/place", line.place) if line.place else default
        lot = reading.lot(where, line.item, line.lot)
        if lot is None:
            continue
        before = len(reading.faults)
        quantity = reading.quantity(where, lot.item, line.counted, line.unit, zero=True)
        reading.faults[before:] = [_renamed(fault) for fault in reading.faults[before:]]
        if quantity is not None and at is not None:
            found.append((where, Taken(lot.item, lot, quantity, at)))
    same = [(row.lot.pk, row.place.pk) for _, row in found]
    for index, key in enumerate(same):
        if key in same[:index]:
            reading.fault(
                f"{found[index][0]}/lot", "this lot is counted twice at the same place.", "Add the counts up."
            )
    return found


def _renamed(fault: Fault) -> Fault:
    field = (
        fault.field.removesuffix("/quantity") + "/counted"
        if fault.field.endswith("/quantity")
        else fault.field
    )
    return Fault(field, fault.cause, fault.remedy, fault.code)


def book_and_count(row: Taken, before: int) -> dict[str, str]:
    """What the event keeps of a count: what the book said before, and what was counted."""
    scale = row.item.scale
    return {
        "item": row.item.code,
        "lot": row.lot.number,
        "place": row.place.code,
        "book": to_text(before, scale),
        "counted": to_text(row.quantity, scale),
    }


def drafted(
    kind: str,
    place: Place,
    occurred_at: datetime | None,
    event: UUID,
    digest: str,
    *,
    moves: Sequence[Move],
    reason: str = "",
    **data: Any,
) -> Draft:
    """A draft at ``place``, with the digest of what was asked."""
    return Draft(
        kind=kind,
        occurred_at=moment_at(place, occurred_at),
        uid=event,
        moves=moves,
        place=place.pk,
        reason=reason,
        data={**data, "asked": digest},
    )


def posted(draft: Draft, actor: str, *, at: Sequence[str] | None = None, number: str = "") -> Receipt:
    """Post one event; ``at`` names the line of each movement, ``number`` is a document's."""
    if number:
        draft = replace(draft, document_kind="document", document_number=number)
    return post_lines(draft, actor=actor, at=at or [f"lines/{index}" for index in range(len(draft.moves))])
