"""Shipments: orders shipped whole or in part, followed to the customer's door, and what went wrong there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from lotbook.foundation.documents import actions as documents
from lotbook.foundation.places import actions as places
from lotbook.foundation.places import queries as place_queries
from lotbook.kernel.errors import Conflict, Fault
from lotbook.kernel.quantity import to_text
from lotbook.operations.shipping import queries, rules
from lotbook.operations.shipping.actions import direct, standing
from lotbook.operations.shipping.actions.direct import Part
from lotbook.operations.shipping.models import (
    Order,
    OrderLine,
    Pick,
    Return,
    ReturnCode,
    Shipment,
    ShipmentStatus,
)
from lotbook.traceability.allocation.queries import Claim
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger.lines import Line, Named, Reading, Taken, moment_at, once, post_lines
from lotbook.traceability.ledger.rules import Draft, Move, Name, Receipt

ON_THE_WAY = frozenset({ShipmentStatus.SHIPPED, ShipmentStatus.IN_TRANSIT})


def ship_orders(
    *,
    orders: Sequence[Named],
    actor: str,
    lines: Sequence[Line] = (),
    units: Sequence[Named] = (),
    place: Named = "",
    document: str = "",
    carrier: Named = "",
    tracking_number: str = "",
    vehicle: str = "",
    seal: str = "",
    temperature_c: str = "",
    note: str = "",
    reason: str = "",
    override: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Receipt:
    """Ship one order, or several of the same customer and delivery location, with one delivery note.

    Without ``lines`` and ``units`` everything picked leaves, or everything reserved when nothing is picked.
    With them, these lots and logistic units leave: reservations of the orders are used first; a lot that is
    not reserved for them needs ``reason``. ``document`` empty: the delivery note is numbered here.
    ``override`` as in ``ship``. Raises Refused with every fault, Conflict for drafts and ended orders.
    """
    digest = words.asked(
        act="ship_orders", orders=list(orders), lines=list(lines), units=list(units), place=place,
        document=document, carrier=carrier, tracking=tracking_number, vehicle=vehicle, seal=seal,
        temperature=temperature_c, note=note, reason=reason, occurred_at=occurred_at, override=override,
    )  # fmt: skip

    def act(event: UUID) -> Receipt:
        found = standing.lock_many(orders)
        reading = Reading()
        _one_door(reading, found)
        reading.done()
        standing.live(found)
        way = direct.read_way(
            reading, carrier=carrier or (found[0].carrier.uid if found[0].carrier else ""),
            tracking_number=tracking_number, vehicle=vehicle, seal=seal, temperature_c=temperature_c,
            note=note,
        )  # fmt: skip
        given = reading.text("document", document, 500)
        why = reading.text("reason", reason, 2000, lines=True)
        whole = direct.read_units(reading, units)
        if lines or whole:
            default = reading.place("place", place) if place else found[0].site
            taken = reading.all_taken(lines, default) if lines else []
            at = [f"lines/{index}" for index in range(len(taken))]
            for index, unit in enumerate(whole):
                inside = direct.contents(reading, f"units/{index}/unit", unit)
                taken += inside
                at += [f"units/{index}/unit"] * len(inside)
            reading.done()
            parts = _matched(reading, found, taken, at, why)
        else:
            parts = _reserved(reading, found)
        reading.done()
        number = given or documents.next_number(direct.SERIES)
        destination = places.partner_place(found[0].customer, location=found[0].location, actor=actor)
        named = ", ".join(order.number for order in found)
        draft = Draft(
            kind="ship",
            occurred_at=moment_at(found[0].site, occurred_at),
            uid=event,
            moves=[
                Move(part.lot.pk, part.place.pk, destination.pk, part.quantity, claim=part.claim)
                for part in parts
            ],
            names=[Name("parent", unit=unit.pk) for unit in whole],
            place=found[0].site_id,
            document_kind=direct.DOCUMENT,
            document_number=number,
            override=override.strip(),
            data={
                **direct.way_data(way),
                "order": named,
                **({"reason": why} if why else {}),
                "asked": digest,
            },
        )
        receipt = post_lines(draft, actor=actor, at=[part.at for part in parts])
        direct.write_shipment(
            number, draft, way, parts, customer=found[0].customer, location=found[0].location,
            order_number=named, actor=actor,
        )  # fmt: skip
        standing.trim(found, actor=actor)
        standing.refresh(found)
        _told(found, parts, number=number, why=why, event=receipt.uid, actor=actor)
        return receipt

    return once(uid, digest, act)


def _one_door(reading: Reading, orders: Sequence[Order]) -> None:
    """One delivery note goes to one door."""
    if not orders:
        reading.fault("orders", "no order is named.", "Choose at least one.", "required")
    elif len({(order.customer_id, order.location_id) for order in orders}) > 1:
        reading.fault("orders", "the orders go to different doors.", "Ship them one by one.")


def _reserved(reading: Reading, orders: Sequence[Order]) -> list[Part]:
    """What is picked for each of these orders, or what is reserved for it when nothing is."""
    by_order = {order.pk: queries.claims(order) for order in orders}
    picked = set(Pick.objects.filter(line__order__in=orders, done_at=None).values_list("claim", flat=True))
    lines = {(line.order_id, line.number): line for rows in queries.lines(orders).values() for line in rows}
    chosen = [
        (key, claim)
        for key, claims in by_order.items()
        for claim in [one for one in claims if one.id in picked] or claims
    ]
    known = queries.lots_of(claim.lot_id for _, claim in chosen)
    where = queries.places_of(claim.place_id for _, claim in chosen)
    parts = [
        Part(known[c.lot_id], where[c.place_id], c.quantity, f"lines/{index}", c.id, lines[key, c.line])
        for index, (key, c) in enumerate(chosen)
    ]
    if not parts:
        reading.fault(
            "orders",
            "nothing is reserved for it.",
            "Allocate it first, or name the lots that leave.",
            "empty",
        )
    return parts


def _matched(
    reading: Reading, orders: Sequence[Order], taken: Sequence[Taken], at: Sequence[str], why: str
) -> list[Part]:
    """What somebody names, held against what is reserved and what the orders still want."""
    ordered = [(order, line) for order in orders for line in queries.lines([order])[order.pk]]
    wanted = {line.pk: line for _, line in ordered}
    open_ = [rules.OpenLine(line.pk, line.item_id, line.open) for _, line in ordered]
    by_key = {line.key: line for line in open_}
    left = [
        _Left(claim, claim.quantity, next(x for o, x in ordered if o is order and x.number == claim.line))
        for order in orders
        for claim in queries.claims(order)
    ]
    reserved = {one.claim.lot_id for one in left}
    parts: list[Part] = []
    for row, where in zip(taken, at, strict=True):
        rest = row.quantity
        for one in left:
            much = min(one.quantity, rest)
            if much and (one.claim.lot_id, one.claim.place_id) == (row.lot.pk, row.place.pk):
                parts.append(Part(row.lot, row.place, much, where, one.claim.id, one.line))
                one.quantity -= much
                by_key[one.line.pk].open -= much
                rest -= much
        shares, over = rules.spread(open_, row.item.pk, rest)
        parts += [Part(row.lot, row.place, much, where, None, wanted[key]) for key, much in shares]
        if over:
            cause = f"{to_text(over, row.item.scale)} more of {row.item.code} than the order still wants."
            reading.fault(f"{where}/quantity", cause, "Ship less, or enter another order.", "too_much")
        elif shares and row.lot.pk not in reserved and not why:
            cause = f"{row.lot.number or row.item.code} is not reserved for this order."
            reading.fault(f"{where}/lot", cause, "Take what is reserved, or say why.", "other_lot")
    return parts


@dataclass(slots=True)
class _Left:
    """What of a reservation is not spoken for yet."""

    claim: Claim
    quantity: int
    line: OrderLine


def _told(
    orders: Sequence[Order], parts: Sequence[Part], *, number: str, why: str, event: UUID, actor: str
) -> None:
    for order in orders:
        lots = sorted({part.lot.number for part in parts if part.line and part.line.order_id == order.pk})
        text = f"{number}: {', '.join(lots[:5])}" + (" …" if len(lots) > 5 else "")
        standing.note(order, "shipped", actor=actor, text=text, reason=why, event=event)


# -- on the way ------------------------------------------------------------------------------------


@transaction.atomic
def progress(
    *,
    shipment: UUID | str,
    actor: str,
    status: str = ShipmentStatus.IN_TRANSIT,
    tracking_number: str = "",
    temperature_c: str = "",
    note: str = "",
) -> Shipment:
    """Say that a shipment is on its way, with what became known of it meanwhile."""
    found = _lock(shipment)
    reading = Reading()
    state = reading.choice("status", status, sorted(ON_THE_WAY))
    way = direct.read_way(
        reading, carrier="", tracking_number=tracking_number, temperature_c=temperature_c, note=note,
    )  # fmt: skip
    reading.done()
    _on_the_way(found)
    found.status = state
    found.tracking_number = way.tracking_number or found.tracking_number
    found.save(update_fields=["status", "tracking_number"])
    text = " · ".join(
        part
        for part in (way.tracking_number, f"{way.temperature_c} °C" if way.temperature_c else "", way.note)
        if part
    )
    verb = "in transit" if state == ShipmentStatus.IN_TRANSIT else "changed"
    documents.record(found.uid, standing.SHIPMENT, verb, actor=actor, text=text)
    return found


@transaction.atomic
def deliver(
    *,
    shipment: UUID | str,
    actor: str,
    outcome: str = ShipmentStatus.DELIVERED,
    signed_by: str = "",
    delivered_at: datetime | None = None,
    reason: str = "",
    refused: Sequence[Line] = (),
    place: Named = "",
    temperature_c: str = "",
) -> Shipment:
    """Say how a shipment ended: ``delivered``, ``part_refused`` (``refused`` lines), ``refused`` or ``lost``.

    Refused goods come back to ``place``, where goods wait for a decision (empty: the site's own); lost ones
    are written off. Raises Refused with every fault, Conflict when it has ended already.
    """
    found = _lock(shipment)
    reading = Reading()
    ends = [state for state in ShipmentStatus.values if state in direct.ENDS]
    state = reading.choice("outcome", outcome, ends)
    sign = reading.text(
        "signed_by", signed_by, 200, required=state in (ShipmentStatus.DELIVERED, ShipmentStatus.PART_REFUSED)
    )
    why = reading.text("reason", reason, 2000, lines=True, required=state not in ("", "delivered"))
    if bool(refused) != (state == ShipmentStatus.PART_REFUSED) and state:
        reading.fault(
            "refused" if refused else "refused/0/lot",
            "lines of refused goods belong to a partly refused shipment, and only to one.",
            "Name what was refused, or choose another outcome.",
        )
    way = direct.read_way(reading, carrier="", temperature_c=temperature_c)
    at = moment_at(found.place, delivered_at)
    reading.faults += [
        Fault("delivered_at", fault.cause, fault.remedy, fault.code) for fault in words.time_faults(at)
    ]
    reading.done()
    _on_the_way(found)
    if state in (ShipmentStatus.PART_REFUSED, ShipmentStatus.REFUSED):
        _back(found, refused, place, why=why, at=at, actor=actor)
    elif state == ShipmentStatus.LOST:
        _lost(found, why, at, actor)
    found.status, found.signed_by = state, sign
    found.delivered_at = at if state != ShipmentStatus.LOST else None
    found.save(update_fields=["status", "signed_by", "delivered_at"])
    text = " · ".join(
        part
        for part in (
            f"signed by {sign}" if sign else "",
            f"{way.temperature_c} °C" if way.temperature_c else "",
        )
        if part
    )
    verb = found.get_status_display().lower()
    documents.record(found.uid, standing.SHIPMENT, verb, actor=actor, text=text, reason=why)
    ours = _orders_of(found)
    standing.refresh(ours)
    for order in ours:
        standing.note(order, verb, actor=actor, text=f"{found.number} {text}".strip(), reason=why)
    return found


def _lock(name: UUID | str) -> Shipment:
    """The shipment, locked behind its orders: acts on orders lock in the same order."""
    key = queries.shipment(name).pk
    orders = Order.objects.filter(lines__shipped_lines__shipment=key).order_by("pk")
    list(Order.objects.filter(pk__in=orders.values("pk")).order_by("pk").select_for_update(of=("self",)))
    rows = Shipment.objects.select_related("customer", "location", "place", "carrier")
    return rows.select_for_update(of=("self",)).get(pk=key)


def _on_the_way(shipment: Shipment) -> None:
    if shipment.status not in ON_THE_WAY:
        cause = f"{shipment.number} is {shipment.get_status_display().lower()} already."
        raise Conflict(Fault("shipment", cause, "Look at the shipment again.", "state"))


def _orders_of(shipment: Shipment) -> list[Order]:
    named = OrderLine.objects.filter(shipped_lines__shipment=shipment).values("order")
    return list(Order.objects.filter(pk__in=named).order_by("pk"))


def _back(
    shipment: Shipment, refused: Sequence[Line], place: Named, *, why: str, at: datetime, actor: str
) -> None:
    """Goods the customer did not take come back to wait for a decision."""
    lines = refused or [
        Line(item=str(lot.item.uid), lot=str(lot.uid), quantity=to_text(quantity, lot.item.scale))
        for lot, quantity in queries.still_there(shipment)
    ]
    direct.take_back(
        shipment=shipment.uid, lines=lines, place=place, reason=why, code=ReturnCode.REFUSED, actor=actor,
        occurred_at=at, prefix="refused",
    )  # fmt: skip


def _lost(shipment: Shipment, why: str, at: datetime, actor: str) -> None:
    """What never arrived is taken off the customer's account and written off."""
    waits = direct.waiting_place(shipment.place)
    customer = places.partner_place(shipment.customer, location=shipment.location, actor=actor)
    if waits is None:
        raise direct.no_waiting_place("shipment", shipment.place)
    loss = place_queries.loss().pk
    rows = queries.still_there(shipment)

    def draft(kind: str, source: int, destination: int) -> Draft:
        return Draft(
            kind=kind,
            occurred_at=at,
            moves=[Move(lot.pk, source, destination, quantity) for lot, quantity in rows],
            place=shipment.place_id,
            document_kind=direct.DOCUMENT,
            document_number=shipment.number,
            reason=why,
            data={"lost": shipment.number},
        )

    if rows:
        both = [draft("return", customer.pk, waits.pk), draft("lose", waits.pk, loss)]
        words.post_together(both, actor=actor, at=[["shipment"] * len(rows)] * 2)


# -- taken back ------------------------------------------------------------------------------------


def reversed_events(events: Collection[UUID]) -> None:
    """Shipments and returns whose event was taken back: they count no more, and their orders are open again.

    Done twice it is done once.
    """
    for one in Return.objects.filter(event__in=events, is_reversed=False):
        Return.objects.filter(pk=one.pk).update(is_reversed=True)
        documents.record(one.uid, standing.RETURN, "taken back", actor="lotbook", event=one.event)
    gone = Shipment.objects.filter(event__in=events).exclude(status=ShipmentStatus.REVERSED)
    for name in gone.order_by("pk").values_list("uid", flat=True):
        with transaction.atomic():
            found = _lock(name)
            if found.status == ShipmentStatus.REVERSED:
                continue
            found.status = ShipmentStatus.REVERSED
            found.save(update_fields=["status"])
            documents.record(found.uid, standing.SHIPMENT, "taken back", actor="lotbook", event=found.event)
            ours = _orders_of(found)
            for order in ours:
                if order.status in ("shipped", "delivered", "part_shipped"):
                    order.status = "confirmed"
                    order.save(update_fields=["status"])
            standing.refresh(ours)
            for order in ours:
                standing.note(
                    order, "shipment taken back", actor="lotbook", text=found.number, event=found.event
                )
