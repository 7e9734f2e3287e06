"""Shipments to customers, and what comes back from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from lotbook.foundation.places import actions as places
from lotbook.foundation.places import queries as place_queries
from lotbook.foundation.places.models import Place
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger.lines import Line, Named, Reading, Taken, moment_at, once, post_lines
from lotbook.traceability.ledger.rules import Draft, Move, Name, Receipt


def ship(
    *,
    customer: Named,
    lines: Sequence[Line],
    actor: str,
    units: Sequence[Named] = (),
    place: Named = "",
    document: str = "",
    document_kind: str = "delivery_note",
    carrier: str = "",
    order: str = "",
    note: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
    override: str = "",
) -> Receipt:
    """Send goods to ``customer`` (code, GLN or uid), taken from each line's own place, else from ``place``.

    ``units`` are logistic units (SSCC, code or uid) that leave with everything in them, at any level.
    Lots that are held, expired or at an unusable place are refused, unless ``override`` gives a reason
    (the caller checks ledger.override): then a second event records it. The same act under the same
    ``uid`` is done once. Raises Refused with every fault as ``lines/<i>/<field>``; nothing is saved then.
    """
    digest = words.asked(
        act="ship", customer=customer, lines=list(lines), units=list(units), place=place, document=document,
        kind=document_kind, carrier=carrier, order=order, note=note, occurred_at=occurred_at,
        override=override,
    )  # fmt: skip

    def act(event: UUID) -> Receipt:
        reading = Reading()
        goes_to = reading.partner("customer", customer, "customer")
        needs_place = bool(place) or any(not line.place for line in lines)
        default = reading.place("place", place) if needs_place else None
        taken = reading.all_taken(lines, default) if lines or not units else []
        at = [f"lines/{index}" for index in range(len(taken))]
        whole = _units(reading, units)
        for index, unit in enumerate(whole):
            inside = _contents(reading, f"units/{index}/unit", unit)
            taken += inside
            at += [f"units/{index}/unit"] * len(inside)
        number = reading.text("document", document, 500)
        data = _data(reading, carrier=carrier, order=order, note=note)
        reading.done()
        assert goes_to is not None
        destination = places.partner_place(goes_to, actor=actor)
        draft = Draft(
            kind="ship",
            occurred_at=moment_at(taken[0].place, occurred_at),
            uid=event,
            moves=[Move(row.lot.pk, row.place.pk, destination.pk, row.quantity) for row in taken],
            names=[Name("parent", unit=unit.pk) for unit in whole],
            place=(default or taken[0].place).pk,
            document_kind=document_kind if number else "",
            document_number=number,
            override=override.strip(),
            data={**data, "asked": digest},
        )
        return post_lines(draft, actor=actor, at=at)

    return once(uid, digest, act)


def take_back(
    *,
    customer: Named,
    lines: Sequence[Line],
    place: Named,
    reason: str,
    actor: str,
    document: str = "",
    note: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Receipt:
    """Take goods back from ``customer`` to ``place``: into stock, or where goods wait for a decision.

    The lots must be known; more may come back than the book says went there (a customer can pass goods
    on), because what stands at the door is a fact. Raises Refused with every fault.
    """
    digest = words.asked(
        act="take_back", customer=customer, lines=list(lines), place=place, reason=reason,
        document=document, note=note, occurred_at=occurred_at,
    )  # fmt: skip

    def act(event: UUID) -> Receipt:
        reading = Reading()
        came_from = reading.partner("customer", customer, "customer")
        default = reading.place("place", place)
        taken = reading.all_taken(lines, default)
        why = reading.text("reason", reason, 2000, required=True, lines=True)
        number = reading.text("document", document, 500)
        data = _data(reading, note=note)
        reading.done()
        assert came_from is not None
        assert default is not None
        source = places.partner_place(came_from, actor=actor)
        draft = Draft(
            kind="return",
            occurred_at=moment_at(default, occurred_at),
            uid=event,
            moves=[Move(row.lot.pk, source.pk, row.place.pk, row.quantity) for row in taken],
            place=default.pk,
            document_kind="return_note" if number else "",
            document_number=number,
            reason=why,
            data={**data, "asked": digest},
        )
        return post_lines(draft, actor=actor, at=[f"lines/{index}" for index in range(len(taken))])

    return once(uid, digest, act)


def _units(reading: Reading, names: Sequence[Named]) -> list[Place]:
    found = [reading.place(f"units/{index}/unit", name, kinds=("unit",)) for index, name in enumerate(names)]
    return [unit for unit in found if unit is not None]


def _contents(reading: Reading, where: str, unit: Place) -> list[Taken]:
    """Everything in a logistic unit, at any level."""
    inside = browsing.contents(place_queries.subtree_ids(unit.pk))
    if not inside:
        reading.fault(where, f"{unit.code} is empty.", "Pack it first, or leave it out.", "empty")
    return [Taken(row.lot.item, row.lot, row.on_hand, row.place) for row in inside]


def _data(reading: Reading, *, carrier: str = "", order: str = "", note: str = "") -> dict[str, Any]:
    said = {
        "order": reading.text("order", order, 200),
        "note": reading.text("note", note, 2000, lines=True),
    }
    if carrier:
        found = reading.partner("carrier", carrier, "carrier")
        said["carrier"] = found.code if found else ""
    return {name: value for name, value in said.items() if value}
