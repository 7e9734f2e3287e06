"""Goods moved, packed, counted and written off inside the house; logistic units made and moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from lotbook.foundation.places import actions as place_actions
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel.errors import Conflict, Fault
from lotbook.kernel.quantity import to_text
from lotbook.operations.warehouse import rules
from lotbook.operations.warehouse.rules import Count
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.lines import Line, Named, Reading, Taken, moment_at, once, post_lines
from lotbook.traceability.ledger.rules import Draft, Move, Pack, Receipt

STANDING = frozenset({"site", "area", "bin", "transit", "unit"})
UNIT = frozenset({"unit"})


def move(
    *,
    lines: Sequence[Line],
    to: Named,
    actor: str,
    place: Named = "",
    reason: str = "",
    document: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Receipt:
    """Move goods to ``to`` from each line's own place, else from ``place``; held goods may be moved.

    Raises Refused naming ``lines/<i>/<field>``.
    """
    digest = words.asked(
        act="move", lines=list(lines), to=to, place=place, reason=reason, document=document,
        occurred_at=occurred_at,
    )  # fmt: skip

    def act(event: UUID) -> Receipt:
        reading = Reading()
        taken = _taken(reading, lines, place)
        target = reading.place("to", to)
        why = reading.text("reason", reason, 2000, lines=True)
        number = reading.text("document", document, 500)
        reading.done()
        assert target is not None
        moves = [Move(row.lot.pk, row.place.pk, target.pk, row.quantity) for row in taken]
        draft = _draft("move", target, occurred_at, event, digest, reason=why, moves=moves)
        return _post(draft, actor, number=number)

    return once(uid, digest, act)


def scrap(
    *,
    lines: Sequence[Line],
    reason: str,
    actor: str,
    place: Named = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Receipt:
    """Write goods off as lost, with the reason. Raises Refused naming ``lines/<i>/<field>``."""
    digest = words.asked(act="scrap", lines=list(lines), reason=reason, place=place, occurred_at=occurred_at)

    def act(event: UUID) -> Receipt:
        reading = Reading()
        taken = _taken(reading, lines, place)
        why = reading.text("reason", reason, 2000, required=True, lines=True)
        reading.done()
        loss = places.loss().pk
        moves = [Move(row.lot.pk, row.place.pk, loss, row.quantity) for row in taken]
        draft = _draft("lose", taken[0].place, occurred_at, event, digest, reason=why, moves=moves)
        return _post(draft, actor)

    return once(uid, digest, act)


def adjust(
    *,
    lines: Sequence[Count],
    reason: str,
    actor: str,
    place: Named = "",
    document: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Receipt:
    """Set the book to what was counted: the difference moves from or to DIFFERENCE, with the reason.

    The lots must be known (goods the book has never heard of are received or entered as opening stock).
    What the book said before is kept with the event. Raises Refused naming ``lines/<i>/<field>``; also
    when every count agrees with the book: then there is nothing to adjust.
    """
    digest = words.asked(
        act="adjust",
        lines=list(lines),
        reason=reason,
        place=place,
        document=document,
        occurred_at=occurred_at,
    )

    def act(event: UUID) -> Receipt:
        reading = Reading()
        why = reading.text("reason", reason, 2000, required=True, lines=True)
        number = reading.text("document", document, 500)
        counted = _counted(reading, lines, place)
        reading.done()
        difference = places.difference().pk
        moves, at, said = [], [], []
        for where, row in counted:
            before = ledger.on_hand(row.lot.pk, row.place.pk)
            change = row.quantity - before
            if change:
                ends = (difference, row.place.pk) if change > 0 else (row.place.pk, difference)
                moves.append(Move(row.lot.pk, *ends, abs(change)))
                at.append(where)
                said.append(_said(row, before))
        if not moves:
            cause = "every count agrees with the book: there is nothing to adjust."
            reading.fault("lines/0/counted", cause, "Leave it as it is.", "no_difference")
        reading.done()
        first = counted[0][1].place
        draft = _draft("adjust", first, occurred_at, event, digest, reason=why, moves=moves, counted=said)
        return _post(draft, actor, at=at, number=number)

    return once(uid, digest, act)


# -- logistic units --------------------------------------------------------------------------------


@transaction.atomic
def create_unit(*, sscc: str, place: Named, actor: str, occurred_at: datetime | None = None) -> Place:
    """Make a logistic unit standing at ``place``; 17 digits get their check digit.

    Raises Refused with every fault, Conflict when the SSCC is in the book already.
    """
    reading = Reading()
    number = rules.sscc(reading, "sscc", sscc)
    where = reading.place("place", place, kinds=STANDING)
    reading.done()
    assert where is not None
    if Place.objects.filter(sscc=number).exists():
        cause = f"the book has a logistic unit {number} already."
        raise Conflict(Fault("sscc", cause, "Use another number, or move that unit.", "taken"))
    unit = place_actions.ensure_unit(sscc=number, actor=actor)
    draft = Draft(
        kind="unit_move",
        occurred_at=moment_at(where, occurred_at),
        packs=[Pack(where.pk, 1, child=unit.pk)],
        place=where.pk,
        data={"made": number},
    )
    post_lines(draft, actor=actor, at=())
    unit.refresh_from_db()
    return unit


def pack(
    *,
    unit: Named,
    lines: Sequence[Line],
    actor: str,
    place: Named = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Receipt:
    """Put goods into a logistic unit, from each line's own place, else ``place``, else where it stands."""
    digest = words.asked(act="pack", unit=unit, lines=list(lines), place=place, occurred_at=occurred_at)

    def act(event: UUID) -> Receipt:
        reading = Reading()
        into = reading.place("unit", unit, kinds=UNIT)
        standing = into.parent if into is not None and not place else None
        taken = _taken(reading, lines, place or (standing.uid if standing else ""))
        reading.done()
        assert into is not None
        moves = [Move(row.lot.pk, row.place.pk, into.pk, row.quantity) for row in taken]
        return _post(_draft("pack", into, occurred_at, event, digest, moves=moves), actor)

    return once(uid, digest, act)


def unpack(
    *,
    unit: Named,
    lines: Sequence[Line],
    actor: str,
    to: Named = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Receipt:
    """Take goods out of a logistic unit to ``to``, else to where the unit stands."""
    digest = words.asked(act="unpack", unit=unit, lines=list(lines), to=to, occurred_at=occurred_at)

    def act(event: UUID) -> Receipt:
        reading = Reading()
        out_of = reading.place("unit", unit, kinds=UNIT)
        reading.some(lines)
        taken = reading.all_taken(lines, out_of) if out_of is not None else []
        standing = out_of.parent if out_of is not None and not to else None
        target = reading.place("to", to or (standing.uid if standing else ""))
        reading.done()
        assert out_of is not None
        assert target is not None
        moves = [Move(row.lot.pk, out_of.pk, target.pk, row.quantity) for row in taken]
        return _post(_draft("pack", out_of, occurred_at, event, digest, moves=moves), actor)

    return once(uid, digest, act)


def move_unit(
    *,
    unit: Named,
    to: Named,
    actor: str,
    reason: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Receipt:
    """Move a logistic unit with everything in it to a place, or into another unit (pallet, container).

    One event that names the unit alone, whatever it holds. Raises Refused; also when it would end up
    inside itself.
    """
    digest = words.asked(act="move_unit", unit=unit, to=to, reason=reason, occurred_at=occurred_at)

    def act(event: UUID) -> Receipt:
        reading = Reading()
        moved = reading.place("unit", unit, kinds=UNIT)
        target = reading.place("to", to, kinds=STANDING)
        why = reading.text("reason", reason, 2000, lines=True)
        if moved is not None and target is not None:
            if target.pk == moved.parent_id:
                reading.fault("to", f"{moved.code} stands at {target} already.", "Choose another place.")
            elif target.pk in places.subtree_ids(moved.pk):
                reading.fault("to", f"{target.code} is inside {moved.code}.", "Choose a place outside it.")
        reading.done()
        assert moved is not None
        assert target is not None
        packs = [Pack(target.pk, 1, child=moved.pk)]
        if moved.parent_id is not None:
            packs.insert(0, Pack(moved.parent_id, -1, child=moved.pk))
        draft = Draft(
            kind="unit_move",
            occurred_at=moment_at(target, occurred_at),
            uid=event,
            packs=packs,
            place=target.pk,
            reason=why,
            data={"asked": digest},
        )
        return post_lines(draft, actor=actor, at=())

    return once(uid, digest, act)


# -- steps -----------------------------------------------------------------------------------------


def _taken(reading: Reading, lines: Sequence[Line], place: Named) -> list[Taken]:
    """The lines understood; ``place`` is asked for only where a line does not say its own."""
    needed = bool(place) or any(not line.place for line in lines)
    return reading.all_taken(lines, reading.place("place", place) if needed else None)


def _counted(reading: Reading, lines: Sequence[Count], place: Named) -> list[tuple[str, Taken]]:
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


def _said(row: Taken, before: int) -> dict[str, str]:
    scale = row.item.scale
    return {
        "item": row.item.code,
        "lot": row.lot.number,
        "place": row.place.code,
        "book": to_text(before, scale),
        "counted": to_text(row.quantity, scale),
    }


def _draft(
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
    return Draft(
        kind=kind,
        occurred_at=moment_at(place, occurred_at),
        uid=event,
        moves=moves,
        place=place.pk,
        reason=reason,
        data={**data, "asked": digest},
    )


def _post(draft: Draft, actor: str, *, at: Sequence[str] | None = None, number: str = "") -> Receipt:
    if number:
        draft = replace(draft, document_kind="document", document_number=number)
    return post_lines(draft, actor=actor, at=at or [f"lines/{index}" for index in range(len(draft.moves))])
