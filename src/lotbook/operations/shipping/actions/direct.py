"""Goods to customers without an order, and what comes back from them; the parts orders share with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from lotbook.foundation.documents import actions as documents
from lotbook.foundation.partners.models import Location, Partner
from lotbook.foundation.places import actions as places
from lotbook.foundation.places import queries as place_queries
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.prepared import insert
from lotbook.kernel.quantity import to_text
from lotbook.operations.shipping import queries, rules
from lotbook.operations.shipping.models import (
    Condition,
    OrderLine,
    Return,
    ReturnCode,
    ReturnLine,
    Shipment,
    ShipmentLine,
    ShipmentStatus,
)
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger.lines import Line, Named, Reading, Taken, moment_at, once, post_lines
from lotbook.traceability.ledger.rules import Draft, Move, Name, Receipt
from lotbook.traceability.lots.models import Lot

SERIES, RETURNS = "DN", "RN"
DOCUMENT, RETURN_NOTE = "delivery_note", "return_note"
KIND, RETURN = "shipping.shipment", "shipping.return"
ENDS = frozenset(
    {ShipmentStatus.DELIVERED, ShipmentStatus.PART_REFUSED, ShipmentStatus.REFUSED, ShipmentStatus.LOST}
)


@dataclass(frozen=True, slots=True)
class Part:
    """So much of one lot that leaves from one place; ``at`` is the field its faults belong to."""

    lot: Lot
    place: Place
    quantity: int
    at: str
    claim: int | None = None
    line: OrderLine | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """How goods travel."""

    carrier: Partner | None = None
    tracking_number: str = ""
    vehicle: str = ""
    seal: str = ""
    temperature_c: str = ""
    note: str = ""


def ship(
    *,
    customer: Named,
    lines: Sequence[Line],
    actor: str,
    units: Sequence[Named] = (),
    place: Named = "",
    document: str = "",
    document_kind: str = DOCUMENT,
    carrier: Named = "",
    order: str = "",
    note: str = "",
    tracking_number: str = "",
    vehicle: str = "",
    seal: str = "",
    temperature_c: str = "",
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
        override=override, way=[tracking_number, vehicle, seal, temperature_c],
    )  # fmt: skip

    def act(event: UUID) -> Receipt:
        reading = Reading()
        goes_to = reading.partner("customer", customer, "customer")
        needs_place = bool(place) or any(not line.place for line in lines)
        default = reading.place("place", place) if needs_place else None
        taken = reading.all_taken(lines, default) if lines or not units else []
        at = [f"lines/{index}" for index in range(len(taken))]
        whole = read_units(reading, units)
        for index, unit in enumerate(whole):
            inside = contents(reading, f"units/{index}/unit", unit)
            taken += inside
            at += [f"units/{index}/unit"] * len(inside)
        given = reading.text("document", document, 500)
        theirs = reading.text("order", order, 200)
        way = read_way(
            reading, carrier=carrier, tracking_number=tracking_number, vehicle=vehicle, seal=seal,
            temperature_c=temperature_c, note=note,
        )  # fmt: skip
        reading.done()
        assert goes_to is not None
        number = given or documents.next_number(SERIES)
        destination = places.partner_place(goes_to, actor=actor)
        parts = [Part(row.lot, row.place, row.quantity, field) for row, field in zip(taken, at, strict=True)]
        draft = Draft(
            kind="ship",
            occurred_at=moment_at(taken[0].place, occurred_at),
            uid=event,
            moves=[Move(part.lot.pk, part.place.pk, destination.pk, part.quantity) for part in parts],
            names=[Name("parent", unit=unit.pk) for unit in whole],
            place=(default or taken[0].place).pk,
            document_kind=document_kind,
            document_number=number,
            override=override.strip(),
            data={**way_data(way), **({"order": theirs} if theirs else {}), "asked": digest},
        )
        receipt = post_lines(draft, actor=actor, at=at)
        write_shipment(number, draft, way, parts, customer=goes_to, order_number=theirs, actor=actor)
        return receipt

    return once(uid, digest, act)


def read_units(reading: Reading, names: Sequence[Named]) -> list[Place]:
    """The logistic units somebody names."""
    found = [reading.place(f"units/{index}/unit", name, kinds=("unit",)) for index, name in enumerate(names)]
    return [unit for unit in found if unit is not None]


def contents(reading: Reading, where: str, unit: Place) -> list[Taken]:
    """Everything in a logistic unit, at any level."""
    inside = browsing.contents(place_queries.subtree_ids(unit.pk))
    if not inside:
        reading.fault(where, f"{unit.code} is empty.", "Pack it first, or leave it out.", "empty")
    return [Taken(row.lot.item, row.lot, row.on_hand, row.place) for row in inside]


def read_way(reading: Reading, *, carrier: Named, **said: str) -> Way:
    """How goods travel; faults are noted."""
    texts = {
        "tracking_number": reading.text("tracking_number", said.get("tracking_number", ""), 120),
        "vehicle": reading.text("vehicle", said.get("vehicle", ""), 120),
        "seal": reading.text("seal", said.get("seal", ""), 120),
        "temperature_c": read_temperature(reading, said.get("temperature_c", "")),
        "note": reading.text("note", said.get("note", ""), 2000, lines=True),
    }
    found = reading.partner("carrier", carrier, "carrier") if carrier else None
    return Way(carrier=found, **texts)


def read_temperature(reading: Reading, said: str) -> str:
    """Degrees Celsius as text with at most one decimal place."""
    text = reading.text("temperature_c", said, 12).replace(",", ".").replace("\u2212", "-")
    try:
        return rules.celsius(text)
    except ValueError as problem:
        reading.fault("temperature_c", f"{problem}.", "Write degrees Celsius like 4.5 or -18.")
        return ""


def way_data(way: Way) -> dict[str, Any]:
    """How goods travel, as the event keeps it."""
    said = {
        "carrier": way.carrier.code if way.carrier else "",
        "tracking_number": way.tracking_number,
        "vehicle": way.vehicle,
        "seal": way.seal,
        "temperature_c": way.temperature_c,
        "note": way.note,
    }
    return {name: value for name, value in said.items() if value}


def write_shipment(
    number: str,
    draft: Draft,
    way: Way,
    parts: Sequence[Part],
    *,
    customer: Partner,
    location: Location | None = None,
    order_number: str = "",
    actor: str,
) -> Shipment:
    """The document beside the event."""
    assert draft.uid is not None
    assert draft.place is not None
    shipment = Shipment(
        number=number,
        event=draft.uid,
        customer=customer,
        location=location,
        place_id=draft.place,
        order_number=order_number[:200],
        carrier=way.carrier,
        tracking_number=way.tracking_number,
        vehicle=way.vehicle,
        seal=way.seal,
        temperature_c=way.temperature_c,
        note=way.note,
        shipped_at=draft.occurred_at,
        created_at=clock.now(),
        created_by=actor,
    )
    insert(shipment)
    total: dict[tuple[int | None, int, int | None], int] = {}
    for part in parts:
        key = (part.line.pk if part.line else None, part.lot.pk, _unit(part.place))
        total[key] = total.get(key, 0) + part.quantity
    insert(
        *(
            ShipmentLine(shipment=shipment, line_id=line, lot_id=lot, unit_id=unit, quantity=quantity)
            for (line, lot, unit), quantity in total.items()
        )
    )
    text = " · ".join(
        part
        for part in (
            way.carrier.name if way.carrier else "",
            way.tracking_number,
            f"{way.temperature_c} °C" if way.temperature_c else "",
        )
        if part
    )
    documents.record(
        shipment.uid, KIND, "shipped", actor=actor, text=text, reason=draft.override, event=draft.uid
    )
    return shipment


def _unit(place: Place) -> int | None:
    return place.pk if place.kind == "unit" else None


# -- back again ------------------------------------------------------------------------------------


def take_back(
    *,
    lines: Sequence[Line],
    actor: str,
    customer: Named = "",
    shipment: UUID | str | None = None,
    place: Named = "",
    reason: str = "",
    code: str = "",
    condition: str = Condition.UNKNOWN,
    document: str = "",
    note: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
    prefix: str = "lines",
) -> Receipt:
    """Take goods back from a customer: into stock, or to where goods wait for a decision.

    With ``shipment`` (uid) its customer is meant, and ``place`` has to be one where goods wait (empty: the
    site's own); more than it brought, or another lot, needs ``reason``. Without one, ``customer``,
    ``place`` and ``reason`` or ``code`` are needed. The lots must be known; more may come back than the
    book says went there, because what stands at the door is a fact. Raises Refused with every fault.
    """
    digest = words.asked(
        act="take_back", customer=customer, lines=list(lines), place=place, reason=reason,
        document=document, note=note, occurred_at=occurred_at, shipment=shipment, code=code,
        condition=condition,
    )  # fmt: skip

    def act(event: UUID) -> Receipt:
        reading = Reading()
        of = queries.shipment(shipment) if shipment else None
        came_from = of.customer if of else reading.partner("customer", customer, "customer")
        default = _put_to(reading, of, place)
        taken = reading.all_taken(lines, default, prefix)
        coded = reading.choice("code", code, ReturnCode.values) if code else ReturnCode.OTHER
        state = reading.choice("condition", condition or Condition.UNKNOWN, Condition.values)
        why = reading.text("reason", reason, 2000, required=not code, lines=True)
        given = reading.text("document", document, 500)
        said = reading.text("note", note, 2000, lines=True)
        if of is not None:
            _against(reading, of, taken, why, prefix)
        reading.done()
        assert came_from is not None
        assert default is not None
        number = given or documents.next_number(RETURNS)
        source = places.partner_place(came_from, location=of.location if of else None, actor=actor)
        draft = Draft(
            kind="return",
            occurred_at=moment_at(default, occurred_at),
            uid=event,
            moves=[Move(row.lot.pk, source.pk, row.place.pk, row.quantity) for row in taken],
            place=default.pk,
            document_kind=RETURN_NOTE,
            document_number=number,
            reason=why,
            data={**_about(of, code, condition if code or of else "", said), "asked": digest},
        )
        receipt = post_lines(draft, actor=actor, at=[f"{prefix}/{index}" for index in range(len(taken))])
        back = Return.objects.create(
            number=number, event=event, shipment=of, customer=came_from, place=default, code=coded,
            condition=state, reason=why, created_at=clock.now(), created_by=actor,
        )  # fmt: skip
        ReturnLine.objects.bulk_create(
            ReturnLine(returned=back, lot=row.lot, quantity=row.quantity) for row in taken
        )
        documents.record(back.uid, RETURN, "taken back", actor=actor, reason=why, event=event)
        if of is not None:
            text = f"{number}: {back.get_code_display().lower()}"
            documents.record(of.uid, KIND, "goods came back", actor=actor, text=text, reason=why, event=event)
        return receipt

    return once(uid, digest, act)


def _about(of: Shipment | None, code: str, condition: str, note: str) -> Mapping[str, str]:
    said = {"shipment": of.number if of else "", "code": code, "condition": condition, "note": note}
    # A choice is text, and the event keeps plain text.
    return {name: str(value) for name, value in said.items() if value}


def _put_to(reading: Reading, of: Shipment | None, place: Named) -> Place | None:
    """Where goods that came back go: for a shipment's, only where they wait for a decision."""
    if of is None:
        return reading.place("place", place)
    if not place:
        waits = waiting_place(of.place)
        if waits is None:
            reading.faults += no_waiting_place("place", of.place).faults
        return waits
    found = reading.place("place", place)
    if found is not None and found.usable:
        reading.fault(
            "place",
            f"goods at {found.code} may be used at once.",
            "Choose a place where goods wait for a decision; quality releases or scraps them.",
            "usable",
        )
    return found


def waiting_place(near: Place) -> Place | None:
    """The place at a place's site where goods wait for a decision; the first by code."""
    site = place_queries.site_of(near) or near
    inside = place_queries.subtree_ids(site.pk)
    rows = place_queries.places(usable=False, own=True, active=True).filter(pk__in=inside)
    return rows.exclude(kind="unit").first()


def no_waiting_place(field: str, near: Place) -> Refused:
    """The refusal where a site has no such place."""
    cause = f"{near.code} has no place where goods wait for a decision."
    return Refused(Fault(field, cause, "Make an area that is not usable, such as QUARANTINE.", "required"))


def _against(reading: Reading, of: Shipment, taken: Sequence[Taken], why: str, prefix: str) -> None:
    """More than was shipped, and lots that were not, are possible but want a reason."""
    left = {lot.pk: quantity for lot, quantity in queries.still_there(of)}
    for index, row in enumerate(taken):
        most = left.get(row.lot.pk, 0)
        if row.quantity > most and not why:
            cause = (
                f"{of.number} brought {to_text(most, row.item.scale)} of {row.lot.number}, and no more."
                if most
                else f"{row.lot.number} was not on {of.number}, or is back already."
            )
            reading.fault(
                f"{prefix}/{index}/quantity", cause, "Check it, or say in the reason why more comes back.",
                "too_much",
            )  # fmt: skip
        left[row.lot.pk] = max(most - row.quantity, 0)
