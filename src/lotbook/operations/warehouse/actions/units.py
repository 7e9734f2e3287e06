"""Logistic units: numbered, built, nested, broken, emptied and moved as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from lotbook.foundation.places import actions as place_actions
from lotbook.foundation.places import queries as places
from lotbook.foundation.places import rules as place_rules
from lotbook.foundation.places.models import Place, SsccSetting
from lotbook.foundation.places.numbering import next_sscc, number_from
from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.operations.warehouse import queries, rules
from lotbook.operations.warehouse.actions.steps import drafted, posted, taken_lines
from lotbook.standards.gs1.checks import is_digits
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.lines import Line, Named, Reading, moment_at, once, post_lines
from lotbook.traceability.ledger.rules import Draft, Move, Pack, Receipt

STANDING = frozenset({"site", "area", "bin", "transit", "unit"})
UNIT = frozenset({"unit"})


# -- numbers ---------------------------------------------------------------------------------------


@transaction.atomic
def set_numbering(
    *, site: Named, prefix: str, actor: str, extension: Any = 0, last: Any = None
) -> SsccSetting:
    """Number the logistic units of a site under our GS1 company prefix (4 to 12 digits) and extension digit.

    Sites with the same prefix and extension share their serials, so no number is given twice. ``last``
    says up to where another system has given numbers; it never goes back. Raises Refused with every fault.
    """
    reading = Reading()
    where = reading.place("site", site, kinds=("site",))
    digits = reading.text("prefix", prefix, 20, required=True)
    if digits and not (is_digits(digits) and len(digits) in rules.PREFIX_DIGITS):
        reading.fault(
            "prefix", f"expected 4 to 12 digits, got {digits!r}.", "It stands in your GS1 certificate."
        )
    number = reading.whole("extension", extension, 0, 9)
    most = 10 ** place_rules.serial_digits(digits) - 1 if not reading.faults and digits else 0
    given = reading.whole("last", last, 0, most) if digits and not reading.faults else None
    reading.done()
    assert where is not None
    return number_from(site=where, prefix=digits, extension=number or 0, last=given, actor=actor)


# -- building --------------------------------------------------------------------------------------


@transaction.atomic
def create_unit(*, place: Named, actor: str, sscc: str = "", occurred_at: datetime | None = None) -> Place:
    """Make a logistic unit standing at ``place`` (or on another unit); 17 digits get their check digit.

    Without ``sscc`` the site's next number is given. Raises Refused with every fault, Conflict when the
    SSCC is in the book already.
    """
    reading = Reading()
    number = rules.sscc(reading, "sscc", sscc) if sscc.strip() else ""
    where = reading.place("place", place, kinds=STANDING)
    reading.done()
    assert where is not None
    if not number:
        number = next_sscc(places.site_of(where))
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


def build_unit(
    *,
    place: Named,
    lines: Sequence[Line],
    actor: str,
    sscc: str = "",
    units: Sequence[Named] = (),
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Place:
    """Make a unit at ``place``, put goods and other ``units`` on it, all or nothing; gives the unit.

    The same ``uid`` builds one unit. Raises Refused naming ``lines/<i>/<field>`` or ``units/<i>``.
    """
    digest = words.asked(
        act="build_unit", place=place, lines=list(lines), sscc=sscc, units=list(units),
        occurred_at=occurred_at,
    )  # fmt: skip
    made: list[Place] = []

    def act(event: UUID) -> Receipt:
        unit = create_unit(place=place, sscc=sscc, actor=actor, occurred_at=occurred_at)
        made.append(unit)
        reading = Reading()
        inner = [reading.place(f"units/{index}", one, kinds=UNIT) for index, one in enumerate(units)]
        taken = taken_lines(reading, lines, place) if lines else []
        if not lines and not units:
            cause = "nothing is put on it."
            reading.fault("lines/0/item", cause, "Fill in a line, or name a unit.", "required")
        reading.done()
        for index, one in enumerate(inner):
            if one is not None:
                _into(one, unit, actor, occurred_at, f"units/{index}")
        moves = [Move(row.lot.pk, row.place.pk, unit.pk, row.quantity) for row in taken]
        draft = drafted("pack", unit, occurred_at, event, digest, moves=moves, unit=unit.code)
        return posted(draft, actor)

    receipt = once(uid, digest, act)
    return made[-1] if made and not receipt.duplicate else places.place(queries.built(receipt.uid))


def _into(one: Place, unit: Place, actor: str, occurred_at: datetime | None, where: str) -> None:
    try:
        move_unit(unit=one.uid, to=unit.uid, actor=actor, occurred_at=occurred_at)
    except Refused as refusal:
        raise type(refusal)([replace(fault, field=where) for fault in refusal.faults]) from None


def empty_unit(
    *,
    unit: Named,
    actor: str,
    to: Named = "",
    units_too: bool = True,
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Receipt:
    """Take everything out of a unit to ``to``, else to where it stands.

    With ``units_too`` also the units on it, which keep what is in them. Raises Refused; also when it is
    empty.
    """
    digest = words.asked(act="empty_unit", unit=unit, to=to, units_too=units_too, occurred_at=occurred_at)

    def act(event: UUID) -> Receipt:
        reading = Reading()
        out_of, target = _out_of(reading, unit, to)
        inside = list(Place.objects.filter(parent=out_of, kind="unit")) if units_too else []
        rows = ledger.balances(places=[out_of.pk])
        if not rows and not inside:
            reading.fault("unit", f"{out_of.code} is empty.", "Choose another unit.", "empty")
        reading.done()
        for one in inside:
            move_unit(unit=one.uid, to=target.uid, actor=actor, occurred_at=occurred_at)
        moves = [Move(row.lot, out_of.pk, target.pk, row.on_hand) for row in rows]
        draft = drafted("pack", out_of, occurred_at, event, digest, moves=moves, emptied=out_of.code)
        return posted(draft, actor, at=["unit"] * len(moves))

    return once(uid, digest, act)


def _out_of(reading: Reading, unit: Named, to: Named) -> tuple[Place, Place]:
    """The unit, and where what is in it goes: ``to``, else where it stands."""
    out_of = reading.place("unit", unit, kinds=UNIT)
    standing = out_of.parent if out_of is not None and not to else None
    target = reading.place("to", to or (standing.uid if standing else ""))
    if target is not None and out_of is not None and target.pk in places.subtree_ids(out_of.pk):
        reading.fault("to", f"{target.code} is inside {out_of.code}.", "Choose a place outside it.")
    reading.done()
    assert out_of is not None
    assert target is not None
    return out_of, target


def break_unit(
    *,
    unit: Named,
    actor: str,
    to: Named = "",
    reason: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Receipt:
    """Take everything out of a unit to ``to``, else to where it stands, and end the unit.

    Units on it stay whole and stand there too. The ended unit stands nowhere and takes nothing in any more;
    its number is never given again. Raises Refused; also where something of it is reserved.
    """
    digest = words.asked(act="break_unit", unit=unit, to=to, reason=reason, occurred_at=occurred_at)

    def act(event: UUID) -> Receipt:
        reading = Reading()
        why = reading.text("reason", reason, 2000, lines=True)
        broken, target = _out_of(reading, unit, to)
        if ledger.balances(places=[broken.pk]) or Place.objects.filter(parent=broken, kind="unit").exists():
            empty_unit(
                unit=broken.uid, to=target.uid, actor=actor, occurred_at=occurred_at,
                uid=uuid5(event, "emptied"),
            )  # fmt: skip
        draft = Draft(
            kind="unit_move",
            occurred_at=moment_at(target, occurred_at),
            uid=event,
            packs=[Pack((broken.parent or target).pk, -1, child=broken.pk)],
            place=target.pk,
            reason=why,
            data={"broken": broken.code, "asked": digest},
        )
        receipt = post_lines(draft, actor=actor, at=())
        place_actions.end_unit(actor=actor, uid=broken.uid, reason=why or "broken up")
        return receipt

    return once(uid, digest, act)


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
