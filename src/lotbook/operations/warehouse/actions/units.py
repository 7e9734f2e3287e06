"""Logistic units: numbered, built, nested, broken, emptied and moved as one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from lotbook.foundation.places import actions as place_actions
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel.errors import Conflict, Fault
from lotbook.operations.warehouse import rules
from lotbook.operations.warehouse.actions.steps import drafted, posted, taken_lines
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger.lines import Line, Named, Reading, moment_at, once, post_lines
from lotbook.traceability.ledger.rules import Draft, Move, Pack, Receipt

STANDING = frozenset({"site", "area", "bin", "transit", "unit"})
UNIT = frozenset({"unit"})


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
        taken = taken_lines(reading, lines, place or (standing.uid if standing else ""))
        reading.done()
        assert into is not None
        moves = [Move(row.lot.pk, row.place.pk, into.pk, row.quantity) for row in taken]
        return posted(drafted("pack", into, occurred_at, event, digest, moves=moves), actor)

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
        return posted(drafted("pack", out_of, occurred_at, event, digest, moves=moves), actor)

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
