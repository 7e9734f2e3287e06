"""Picking: each reserved portion confirmed by its lot and quantity, staged or packed on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from lotbook.foundation.catalog.rules import symbol
from lotbook.foundation.documents import actions as documents
from lotbook.foundation.places import actions as places
from lotbook.foundation.places import numbering
from lotbook.foundation.places import queries as place_queries
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.kernel.errors import Conflict, Fault, NotFound
from lotbook.kernel.ids import new_uid
from lotbook.kernel.quantity import to_text
from lotbook.operations.shipping import queries
from lotbook.operations.shipping.actions import allocating, standing
from lotbook.operations.shipping.models import Order, OrderLine, Pick, Wave
from lotbook.traceability.allocation import actions as allocation
from lotbook.traceability.allocation.rules import Demand
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.lines import Named, Reading, moment_at, post_lines
from lotbook.traceability.ledger.rules import Draft, Move
from lotbook.traceability.lots.models import Lot

WAVES = "WV"
ORDERS_MAX = 500
SSCC_DIGITS = 18


@transaction.atomic
def start_wave(*, orders: Sequence[Named], actor: str) -> Wave:
    """Allocate orders together, in the order of their priority, and give them one pick list."""
    reading = Reading()
    if not orders:
        reading.fault("orders", "no order is chosen.", "Choose at least one.", "required")
    elif len(orders) > ORDERS_MAX:
        reading.fault("orders", f"at most {ORDERS_MAX} orders, got {len(orders)}.", "Split the wave.")
    reading.done()
    made = allocating.allocate_many(orders=orders, actor=actor)
    wave = Wave.objects.create(number=documents.next_number(WAVES), created_at=clock.now(), created_by=actor)
    Order.objects.filter(pk__in=[order.pk for order in made]).update(wave=wave)
    for order in made:
        standing.note(order, "put into a wave", actor=actor, text=wave.number)
    documents.record(wave.uid, "shipping.wave", "started", actor=actor, text=f"{len(made)} orders")
    return wave


@dataclass(slots=True)
class _Confirmed:
    """A reservation somebody stands before, and what they found there."""

    order: Order
    line: OrderLine
    claim: int
    place: Place
    reserved: int
    suggested: Lot
    lot: Lot
    quantity: int
    why: str


@transaction.atomic
def pick(
    *,
    order: Named,
    claim: int,
    lot: str,
    actor: str,
    quantity: str = "",
    unit: str = "",
    to: Named = "",
    new_unit: bool = False,
    reason: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> list[Pick]:
    """Confirm one portion of a pick list: the lot scanned, and how much of it was there (empty: all of it).

    Another lot than the one on the list, or less than is on it, needs a reason: the other lot is reserved
    instead, and what is missing is looked for in other lots; the order's steps say what was short where, so
    that somebody counts there. ``to`` is a place to stage it at or a logistic
    unit (SSCC; made when it is new) to pack it into; ``new_unit`` packs it into one under the site's next
    SSCC. The same ``uid`` picks once. Raises Refused naming
    ``lot``, ``quantity``, ``to`` or ``reason``; Conflict when the portion is gone or picked already.
    """
    found = standing.lock(order)
    done = list(Pick.objects.filter(uid=uid)) if uid else []
    if done:
        return done
    standing.live([found])
    reading = Reading()
    try:
        seen = _confirmed(reading, found, claim, (lot, quantity, unit), reason)
    except Conflict:
        if uid is not None and _nothing_was_there(found, uid):
            return []
        raise
    target = _target(reading, to, found, actor) if to and not new_unit else None
    if to and new_unit:
        reading.fault("to", "a new unit is asked for, and a place too.", "Leave one of them out.")
    reading.done()
    assert seen is not None
    # Drawn before goods are locked: whoever builds pallets does it in this order, too.
    number = numbering.next_sscc(place_queries.site_of(found.site), field="to") if new_unit else ""
    claims = _settled(seen, actor)
    if number and claims:
        target = places.ensure_unit(sscc=number, parent=found.site, actor=actor)
    picks = [
        Pick(
            line=seen.line, claim=key, lot=seen.lot, place_id=place, quantity=amount,
            suggested_lot=seen.suggested if seen.suggested != seen.lot else None,
            reason=seen.why, picked_at=clock.now(), picked_by=actor,
        )
        for key, place, amount in claims
    ]  # fmt: skip
    if target is not None and picks:
        _carry(found, picks, target, moment_at(seen.place, occurred_at), actor)
    if picks:
        picks[0].uid = uid or new_uid()
    Pick.objects.bulk_create(picks)
    standing.refresh([found])
    _tell(seen, target, actor, uid)
    return picks


def _tell(seen: _Confirmed, target: Place | None, actor: str, uid: UUID | None) -> None:
    """The step of a pick; a short one keeps its act's id, as a pick of nothing leaves no row that would."""
    missing = seen.reserved - seen.quantity
    if not missing:
        standing.note(seen.order, "picked", actor=actor, text=_words(seen, target), reason=seen.why)
        return
    scale, unit = seen.line.item.scale, symbol(seen.line.item.unit)
    short = f"{to_text(missing, scale)} {unit} of {seen.suggested.number or seen.line.item.code}"
    text = f"{_words(seen, target)}; {short} not found: have {seen.place.code} counted"
    data = {"place": seen.place.code, "short": short, **({"act": str(uid)} if uid else {})}
    documents.record(
        seen.order.uid, standing.KIND, queries.SHORT, actor=actor, text=text, reason=seen.why, data=data
    )


def _nothing_was_there(order: Order, uid: UUID) -> bool:
    """Whether this act was done before, and found nothing to pick."""
    return any(step.data.get("act") == str(uid) for step in queries.short_picks(order))


def _confirmed(
    reading: Reading, order: Order, claim: int, found: tuple[str, str, str], reason: str
) -> _Confirmed | None:
    """What was found at one portion, held against what the list says."""
    listed = next((row for row in queries.claims(order) if row.id == claim), None)
    if listed is None or Pick.objects.filter(claim=claim, done_at=None).exists():
        cause = (
            "this portion is not reserved any more." if listed is None else "this portion is picked already."
        )
        raise Conflict(Fault("claim", cause, "Look at the pick list again.", "gone"))
    line = OrderLine.objects.select_related("item").get(order=order, number=listed.line)
    suggested = Lot.objects.select_related("item").get(pk=listed.lot_id)
    place = Place.objects.select_related("parent").get(pk=listed.place_id)
    why = reading.text("reason", reason, 2000, lines=True)
    lot, quantity, unit_said = found
    taken = allocating.scanned(reading, "lot", line, lot)
    much: int | None = listed.quantity
    if quantity.strip():
        much = reading.quantity("", line.item, quantity, unit_said, zero=True)
        reading.faults = [replace(fault, field=fault.field.lstrip("/")) for fault in reading.faults]
    if taken is None or much is None:
        return None
    unit = symbol(line.item.unit)
    if much > listed.quantity:
        most = to_text(listed.quantity, line.item.scale)
        reading.fault(
            "quantity", f"{most} {unit} are wanted here.", "Leave the rest where it is.", "too_much"
        )
    if taken.pk != suggested.pk and not why:
        cause = f"WRONG LOT: this is {taken.number}, wanted is {suggested.number}."
        reading.fault("lot", cause, f"Take {suggested.number}, or say why the other one.", "other_lot")
    elif much < listed.quantity and not why:
        short = to_text(listed.quantity - much, line.item.scale)
        reading.fault(
            "reason", f"{short} {unit} are missing.", "Say why, and the rest is looked for.", "short"
        )
    return _Confirmed(order, line, claim, place, listed.quantity, suggested, taken, much, why)


def _settled(seen: _Confirmed, actor: str) -> list[tuple[int, int, int]]:
    """The reservations of what was picked: (claim, place, quantity); the rest is looked for elsewhere."""
    if seen.lot.pk == seen.suggested.pk and seen.quantity == seen.reserved:
        return [(seen.claim, seen.place.pk, seen.quantity)]
    allocation.free(document=seen.order.uid, claims=[seen.claim], actor=actor, reason=seen.why)
    asked = allocating.demand(
        seen.order, seen.line, queries.asks(seen.order, [seen.line])[seen.line.number], seen.quantity
    )
    kept: list[tuple[int, int, int]] = []
    if seen.quantity:
        near = seen.place.pk if seen.lot.pk == seen.suggested.pk else None
        (answer,) = allocation.allocate([allocating.only(asked, seen.lot, near)], actor=actor)
        if answer.missing:
            raise Conflict(
                Fault(
                    "lot",
                    answer.why_not or f"{seen.lot.number} is not free.",
                    "Take another lot.",
                    "not_free",
                )
            )
        kept = [(part.claim or 0, part.place, part.quantity) for part in answer.portions]
    rest = seen.reserved - seen.quantity
    if rest:
        _look_elsewhere(seen, replace(asked, quantity=rest), actor)
    return kept


def _look_elsewhere(seen: _Confirmed, asked: Demand, actor: str) -> None:
    """Reserve what was not there in other lots; the book says it is here, and it is not."""
    others = {row.lot for row in ledger.stock_of([seen.line.item_id]) if row.lot != seen.suggested.pk}
    wanted = tuple(sorted(others & set(asked.lots))) if asked.lots else tuple(sorted(others))
    missing, why_not = asked.quantity, ""
    if wanted:
        strategy = queries.asks(seen.order, [seen.line])[seen.line.number].strategy
        (answer,) = allocation.allocate([replace(asked, strategy=strategy, lots=wanted)], actor=actor)
        missing, why_not = answer.missing, answer.why_not
    if missing:
        seen.line.shortage = f"short at {seen.place.code}: {seen.why}. {why_not}".strip()
        seen.line.save(update_fields=["shortage"])


def _target(reading: Reading, name: Named, order: Order, actor: str) -> Place | None:
    """Where picked goods go: a place of ours, or a logistic unit, which is made when it is new."""
    text = reading.text("to", str(name or ""), 200)
    digits = "".join(text.split()).removeprefix("(00)")
    if len(digits) in (SSCC_DIGITS, SSCC_DIGITS + 2) and digits.isdigit() and not place_queries.named(text):
        number = digits[-SSCC_DIGITS:]
        if place_queries.named(number) is None:
            return places.ensure_unit(sscc=number, parent=order.site, actor=actor)
        text = number
    return reading.place("to", text)


def _carry(order: Order, picks: Sequence[Pick], target: Place, at: datetime, actor: str) -> None:
    """Bring picked goods to where they wait, and reserve them there."""
    moving = [pick for pick in picks if pick.place_id != target.pk]
    if not moving:
        return
    draft = Draft(
        kind="pack" if target.kind == "unit" else "move",
        occurred_at=at,
        moves=[Move(one.lot_id, one.place_id, target.pk, one.quantity, claim=one.claim) for one in moving],
        place=target.pk,
        document_kind="customer_order",
        document_number=order.number,
        data={"picked_for": order.number},
    )
    post_lines(draft, actor=actor, at=["to"] * len(moving))
    demands = [
        Demand(
            item=one.line.item_id, quantity=one.quantity, place=target.pk, purpose=standing.KIND,
            document=order.uid, number=order.number, line=one.line.number, strategy="chosen",
            lots=(one.lot_id,), whole=True,
        )
        for one in moving
    ]  # fmt: skip
    for one, answer in zip(moving, allocation.allocate(demands, actor=actor), strict=True):
        if answer.missing:
            raise Conflict(Fault("to", answer.why_not, "Choose a place where goods may be used.", "not_free"))
        one.claim, one.place = answer.portions[0].claim or 0, target


def _words(seen: _Confirmed, target: Place | None) -> str:
    unit = symbol(seen.line.item.unit)
    text = f"{to_text(seen.quantity, seen.line.item.scale)} {unit} of {seen.lot.number} at {seen.place.code}"
    if seen.lot.pk != seen.suggested.pk:
        text += f" instead of {seen.suggested.number}"
    return f"{text}, to {target.code}" if target is not None else text


@transaction.atomic
def put_back(*, order: Named, pick: UUID | str, actor: str, reason: str, to: Named = "") -> Order:
    """Take a pick back: the goods stay reserved for the order, and are on the pick list again.

    ``to`` is the place they are brought back to; empty: they stay where they are now. Raises Refused naming
    ``reason`` or ``to``, NotFound when the order has no such pick in hand.
    """
    found = standing.lock(order)
    reading = Reading()
    why = reading.text("reason", reason, 2000, required=True, lines=True)
    target = reading.place("to", to) if to else None
    reading.done()
    rows = Pick.objects.filter(line__order=found, done_at=None).select_related("lot", "line")
    try:
        one = rows.filter(uid=UUID(str(pick))).first()
    except ValueError:
        one = None
    if one is None:
        raise NotFound(Fault("pick", "there is no such pick on this order.", "Look at the order again."))
    if target is not None:
        _carry(found, [one], target, moment_at(target, None), actor)
    Pick.objects.filter(pk=one.pk).update(done_at=clock.now())
    standing.refresh([found])
    text = f"{one.lot.number} to {target.code}" if target is not None else one.lot.number
    standing.note(found, "put back", actor=actor, text=text, reason=why)
    return found
