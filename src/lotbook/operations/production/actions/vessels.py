"""Vessels: silos and tanks in which lots flow together, one blend lot after the other.

    MILK-1 ─→ SILO (MILK-1)
    MILK-1 rest + MILK-2 ─→ [blend run] ─→ SILO-270303-1
    SILO-270303-1 rest + MILK-3 ─→ [blend run] ─→ SILO-270303-2

Filling is one event: what is left, and what comes, go into a small run and come out as the next blend. So
what was drawn before a lot came has nothing of it, and what is drawn after has.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from fractions import Fraction
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from lotbook.foundation.catalog import queries as catalog
from lotbook.foundation.catalog.models import Item
from lotbook.foundation.catalog.rules import symbol
from lotbook.foundation.documents import actions as documents
from lotbook.foundation.places import actions as place_actions
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.kernel.errors import Conflict, Fault
from lotbook.kernel.ids import new_uid
from lotbook.kernel.quantity import to_text
from lotbook.operations.production import queries
from lotbook.operations.production.actions.drafting import dated
from lotbook.operations.production.models import Run, RunKind, RunStatus, Vessel
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger.lines import Line, Named, Reading, Taken, moment_at, once, post_lines
from lotbook.traceability.ledger.rules import Draft, LotRef, Move, Receipt
from lotbook.traceability.lots import queries as lots
from lotbook.traceability.lots.models import Lot, LotKind

KIND = "production.vessel"
OURS = ("area", "bin")


@transaction.atomic
def create_vessel(
    *, place: Named, item: Named, actor: str, capacity: str = "", unit: str = "", uid: UUID | None = None
) -> Vessel:
    """Say that an area or bin is a vessel that holds ``item`` (tracked by lot), at most ``capacity``."""
    known = Vessel.objects.filter(uid=uid).first() if uid is not None else None
    if known is not None:
        return known
    reading = Reading()
    where = reading.place("place", place, kinds=OURS)
    held = reading.item("item", item)
    most = None
    if held is not None and held.tracking != "lot":
        reading.fault("item", f"{held.code} is not tracked by lot.", "Choose an item with lots.")
    if held is not None and capacity.strip():
        most = reading.quantity("capacity", held, capacity, unit)
        names = {"capacity/quantity": "capacity", "capacity/unit": "unit"}
        reading.faults = [
            Fault(names.get(one.field, one.field), one.cause, one.remedy, one.code) for one in reading.faults
        ]
    reading.done()
    assert where is not None
    assert held is not None
    try:
        with transaction.atomic():
            vessel = Vessel.objects.create(
                uid=uid or new_uid(), place=where, item=held, capacity=most, created_at=clock.now(),
                created_by=actor,
            )  # fmt: skip
    except IntegrityError:
        raise Conflict(Fault("place", f"{where.code} is a vessel already.", "", "taken")) from None
    documents.record(vessel.uid, KIND, "set up", actor=actor, text=f"for {held}")
    return vessel


def fill_vessel(
    *,
    vessel: Named,
    actor: str,
    lines: Sequence[Line] = (),
    place: Named = "",
    number: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
    override: str = "",
) -> Receipt:
    """Let lots flow into a vessel: with what is in it they become its next blend lot, in one event.

    One lot of the vessel's item into an empty vessel stays what it is. Without ``lines`` what was received
    or moved into the vessel by itself is blended. ``number`` is the blend's; left out, one is made by the
    item's numbering rule, else SILO-270303-1. Other items count by their net weight. Raises Refused naming
    ``lines/<i>/<field>``.
    """
    digest = words.asked(
        act="fill_vessel", vessel=vessel, lines=list(lines), place=place, number=number,
        occurred_at=occurred_at, override=override,
    )  # fmt: skip

    def act(event: UUID) -> Receipt:
        one = _locked(vessel)
        reading = Reading()
        default = reading.place("place", place) if place or any(not line.place for line in lines) else None
        taken = reading.all_taken(lines, default) if lines else []
        for index, row in enumerate(taken):
            if row.place.pk == one.place_id:
                cause = f"{row.lot.number} is in {one} already."
                reading.fault(f"lines/{index}/place", cause, "Leave the line out: all in it flows together.")
        reading.done()
        rest = queries.inside([one.place_id])[one.place_id]
        if not rest and len(taken) == 1 and taken[0].item.pk == one.item_id and not number.strip():
            return _first(one, taken[0], event, at=occurred_at, digest=digest, override=override, actor=actor)
        if not taken and len(rest) <= 1:
            reading.fault("lines/0/lot", f"nothing in {one} is to be blended.", "Say what flows into it.")
            reading.done()
        return _blend(
            one,
            rest,
            taken,
            number=number,
            event=event,
            at=occurred_at,
            digest=digest,
            override=override,
            actor=actor,
        )

    return once(uid, digest, act)


def draw_vessel(
    *,
    vessel: Named,
    quantity: str,
    actor: str,
    unit: str = "",
    run: Named = "",
    to: Named = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
    override: str = "",
) -> Receipt:
    """Draw from the present blend: into a ``run``, or ``to`` a place of ours.

    Lots that were put into the vessel one beside the other are blended first. Raises Refused when there
    is not so much in it.
    """
    digest = words.asked(
        act="draw_vessel", vessel=vessel, quantity=quantity, unit=unit, run=run, to=to,
        occurred_at=occurred_at, override=override,
    )  # fmt: skip

    def act(event: UUID) -> Receipt:
        one = _locked(vessel)
        reading = Reading()
        where = _drawn_to(reading, run, to)
        amount = reading.quantity("drawn", one.item, quantity, unit)
        names = {"drawn/quantity": "quantity", "drawn/unit": "unit"}
        reading.faults = [
            Fault(names.get(fault.field, fault.field), fault.cause, fault.remedy, fault.code)
            for fault in reading.faults
        ]
        reading.done()
        rest = queries.inside([one.place_id])[one.place_id]
        if len(rest) > 1:
            _blend(
                one,
                rest,
                [],
                number="",
                event=uuid5(event, "blend"),
                at=occurred_at,
                digest=digest,
                override=override,
                actor=actor,
            )
            rest = queries.inside([one.place_id])[one.place_id]
        have = rest[0].quantity if rest else 0
        if amount is not None and amount > have:
            cause = f"{to_text(have, one.item.scale)} {symbol(one.item.unit)} are in {one}."
            reading.fault("quantity", cause, "Check the amount.", "too_little")
        reading.done()
        assert where is not None
        assert amount is not None
        kind = "consume" if where.kind == "run" else "move"
        number = where.code if where.kind == "run" else ""
        draft = Draft(
            kind=kind,
            occurred_at=moment_at(one.place, occurred_at),
            uid=event,
            place=one.place_id,
            document_kind="run" if number else "",
            document_number=number,
            override=override.strip(),
            moves=[Move(rest[0].lot.pk, one.place_id, where.pk, amount)],
            data={"asked": digest, "vessel": one.place.code},
        )
        return post_lines(draft, actor=actor, at=["drawn"])

    return once(uid, digest, act)


def empty_vessel(
    *,
    vessel: Named,
    reason: str,
    actor: str,
    to: Named = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
    override: str = "",
) -> Receipt:
    """Empty and clean a vessel: its chain of blends ends. What is left goes ``to`` a place, else is lost."""
    digest = words.asked(
        act="empty_vessel", vessel=vessel, reason=reason, to=to, occurred_at=occurred_at, override=override
    )

    def act(event: UUID) -> Receipt:
        one = _locked(vessel)
        reading = Reading()
        why = reading.text("reason", reason, 2000, required=True, lines=True)
        where = reading.place("to", to) if to else places.loss()
        reading.done()
        assert where is not None
        rest = queries.inside([one.place_id])[one.place_id]
        kind = "observe" if not rest else "move" if to else "lose"
        draft = Draft(
            kind=kind,
            occurred_at=moment_at(one.place, occurred_at),
            uid=event,
            place=one.place_id,
            reason=why,
            override=override.strip(),
            moves=[Move(row.lot.pk, one.place_id, where.pk, row.quantity) for row in rest],
            data={"asked": digest, "vessel": one.place.code, "emptied": True},
        )
        receipt = post_lines(draft, actor=actor, at=["to"] * len(rest))
        left = ", ".join(_amount(row.lot.item, row.quantity) for row in rest) or "nothing left"
        documents.record(
            one.uid, KIND, "emptied and cleaned", actor=actor, text=left, reason=why, event=event
        )
        return receipt

    return once(uid, digest, act)


# -- steps -----------------------------------------------------------------------------------------


def _locked(name: Named) -> Vessel:
    """The vessel under its row lock: two people who fill it at once make one blend after the other."""
    found = queries.vessel(name or "")
    return Vessel.objects.select_for_update(of=("self",)).select_related("place", "item").get(pk=found.pk)


def _drawn_to(reading: Reading, run: Named, to: Named) -> Place | None:
    if bool(run) == bool(to):
        reading.fault("to", "say one: the run it is drawn into, or the place.", "Fill in one of the two.")
        return None
    if to:
        return reading.place("to", to)
    found = queries.run(run or "")
    opened = Run.objects.select_for_update(of=("self",)).select_related("place").get(pk=found.pk)
    if opened.status != RunStatus.OPEN or opened.waiting:
        raise Conflict(Fault("run", f"{opened.number} is closed.", "Choose an open run.", "closed"))
    return opened.place


def _first(
    vessel: Vessel,
    row: Taken,
    event: UUID,
    *,
    at: datetime | None,
    digest: str,
    override: str,
    actor: str,
) -> Receipt:
    """One lot into an empty vessel stays what it is: a movement."""
    _check_capacity(vessel, row.quantity)
    draft = Draft(
        kind="move",
        occurred_at=moment_at(vessel.place, at),
        uid=event,
        place=vessel.place_id,
        override=override.strip(),
        moves=[Move(row.lot.pk, row.place.pk, vessel.place_id, row.quantity)],
        data={"asked": digest, "vessel": vessel.place.code},
    )
    receipt = post_lines(draft, actor=actor, at=["lines/0"])
    text = f"{_amount(row.item, row.quantity)} of {row.lot} into the empty vessel"
    documents.record(vessel.uid, KIND, "filled", actor=actor, text=text, event=event)
    return receipt


def _blend(
    vessel: Vessel,
    rest: Sequence[queries.Inside],
    taken: Sequence[Taken],
    *,
    number: str,
    event: UUID,
    at: datetime | None,
    digest: str,
    override: str,
    actor: str,
) -> Receipt:
    """What is left and what comes go into a small run, and come out as the next blend: one event."""
    moment = moment_at(vessel.place, at)
    reading = Reading()
    flows = [(row.lot.item, row.quantity) for row in rest] + [(row.item, row.quantity) for row in taken]
    quantity = _together(reading, vessel.item, flows)
    wanted = reading.text("number", number, 500)
    if wanted and Lot.objects.filter(item=vessel.item, number=wanted).exists():
        cause = f"there is a lot {wanted} of {vessel.item.code} already."
        reading.fault("number", cause, "A blend is a new lot: give it another number, or none.", "taken")
    reading.done()
    _check_capacity(vessel, quantity)
    count = vessel.blends.count() + 1
    place = place_actions.create_run_place(
        code=f"{vessel.place.code[:40]}-{moment:%y%m%d}-{count}",
        name=f"Blend in {vessel.place}"[:200],
        actor=actor,
    )
    blend = wanted or _number(vessel, moment.date(), place)
    inputs = [row.lot for row in rest] + [row.lot for row in taken]
    expiries = [lot.expires_on for lot in inputs if lot.expires_on]
    facts = dated(
        vessel.item, blend, int(LotKind.LOT), told={}, today=moment.date(), latest=min(expiries, default=None)
    )
    run = Run.objects.create(
        uid=uuid5(event, "run"),
        number=place.code,
        kind=RunKind.BLEND,
        item=vessel.item,
        site=vessel.place,
        place=place,
        vessel=vessel,
        planned_quantity=quantity,
        status=RunStatus.CLOSED,
        opened_at=moment,
        opened_by=actor,
        closed_at=moment,
        closed_by=actor,
    )
    moves = [Move(row.lot.pk, vessel.place_id, place.pk, row.quantity) for row in rest]
    moves += [Move(row.lot.pk, row.place.pk, place.pk, row.quantity) for row in taken]
    output = LotRef(vessel.item_id, blend, int(LotKind.LOT), facts)
    moves.append(Move(output, place.pk, vessel.place_id, quantity))
    draft = Draft(
        kind="transform",
        occurred_at=moment,
        uid=event,
        place=vessel.place_id,
        document_kind="run",
        document_number=run.number,
        override=override.strip(),
        moves=moves,
        data={"asked": digest, "vessel": vessel.place.code, "blend": blend},
    )
    at_lines = ["vessel"] * len(rest) + [f"lines/{index}" for index in range(len(taken))] + ["number"]
    receipt = post_lines(draft, actor=actor, at=at_lines)
    flowed = ", ".join(f"{_amount(item, much)}" for item, much in flows)
    lots_text = " + ".join(str(lot) for lot in inputs)
    documents.record(
        vessel.uid, KIND, "filled", actor=actor, text=f"{lots_text} → {blend} ({flowed})", event=event
    )
    return receipt


def _together(reading: Reading, item: Item, flows: Sequence[tuple[Item, int]]) -> int:
    """How much of the vessel's item flows together: its own as they are, others by their net weight."""
    own = sum(quantity for one, quantity in flows if one.pk == item.pk)
    others = [(one, quantity) for one, quantity in flows if one.pk != item.pk]
    if not others:
        return own
    units = catalog.units_of_many([item, *(one for one, _ in others)])
    per = units[item.pk].kilograms(1)
    weight = Fraction(0)
    for one, quantity in others:
        kilograms = units[one.pk].kilograms(quantity)
        if kilograms is None or not per:
            cause = f"{one.code} and {item.code} have no net weight in common."
            reading.fault("lines/0/item", cause, "Give both items a net weight.")
            return own
        weight += kilograms
    return own + int(weight / per) if per else own


def _check_capacity(vessel: Vessel, quantity: int) -> None:
    if vessel.capacity is not None and quantity > vessel.capacity:
        reading = Reading()
        cause = f"{_amount(vessel.item, quantity)} do not fit into {vessel}: it holds"
        reading.fault(
            "lines/0/quantity", f"{cause} {_amount(vessel.item, vessel.capacity)}.", "Draw some first."
        )
        reading.done()


def _number(vessel: Vessel, day: date, place: Place) -> str:
    """The blend's number: by the item's own numbering rule where it has one, else the small run's name."""
    rule = lots.rule_for(vessel.item)
    if rule is None or rule.is_default:
        return place.code
    reading = Reading()
    made = reading.next_number("lines/0", vessel.item, on=day, place=vessel.place)
    reading.done()
    return made


def _amount(item: Item, quantity: int) -> str:
    return f"{to_text(quantity, item.scale)} {symbol(item.unit)}"
