"""What every act on an order begins and ends with: the order's lock, and its numbers written again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from lotbook.foundation.documents import actions as documents
from lotbook.kernel import clock
from lotbook.kernel.errors import Conflict, Fault
from lotbook.operations.shipping import queries, rules
from lotbook.operations.shipping.models import Order, OrderLine, OrderStatus, Pick, Shipment, ShipmentStatus
from lotbook.traceability.allocation import actions as allocation
from lotbook.traceability.ledger.lines import Named

KIND = "shipping.order"
SHIPMENT = "shipping.shipment"
RETURN = "shipping.return"


def lock(order: Named) -> Order:
    """The order, locked: acts on one order go one after another. Raises NotFound."""
    return lock_many([order])[0]


def lock_many(names: Sequence[Named]) -> list[Order]:
    """Orders locked by key, given in the order they were named. Raises NotFound."""
    keys = list(dict.fromkeys(queries.order_key(name) for name in names))
    rows = Order.objects.select_related("customer", "location", "site", "carrier")
    locked = {row.pk: row for row in rows.filter(pk__in=keys).select_for_update(of=("self",)).order_by("pk")}
    return [locked[key] for key in keys]


def live(orders: Iterable[Order]) -> None:
    """Goods can be allocated, picked and shipped for these orders; raises Conflict naming the others."""
    faults = [
        Fault(
            "order",
            f"{order.number} is {order.get_status_display().lower()}.",
            "Confirm it first." if order.status == OrderStatus.DRAFT else "Enter another order for more.",
            "state",
        )
        for order in orders
        if order.status not in rules.LIVE
    ]
    if faults:
        raise Conflict(faults)


def let_go(order: Order, *, actor: str, reason: str) -> None:
    """What is reserved for an order is free again."""
    allocation.free(document=order.uid, actor=actor, reason=reason)
    Pick.objects.filter(line__order=order, done_at=None).update(done_at=clock.now())
    order.lines.update(allocated=0, picked=0)


def refresh(orders: Iterable[Order]) -> None:
    """Write again what the lines repeat of reservations, picks and shipments, and the state that follows."""
    known = {order.pk: order for order in orders}
    lines = queries.lines(known.values())
    reserved = queries.claims_of(known.values())
    shipped = queries.shipped_by_line(line.pk for rows in lines.values() for line in rows)
    picked = _picked(known, {claim.id: claim.quantity for rows in reserved.values() for claim in rows})
    for key, order in known.items():
        by_line: dict[int, int] = defaultdict(int)
        for claim in reserved[key]:
            by_line[claim.line] += claim.quantity
        for line in lines[key]:
            line.allocated, line.picked = by_line[line.number], picked[line.pk]
            line.shipped = shipped.get(line.pk, 0)
            if line.shipped + line.allocated >= line.quantity:
                line.shortage = ""
        _state(order, lines[key])
    OrderLine.objects.bulk_update(
        [line for rows in lines.values() for line in rows], ["allocated", "picked", "shipped", "shortage"]
    )


def trim(orders: Iterable[Order], *, actor: str) -> None:
    """Give back what is reserved beyond what lines still want: another lot left instead."""
    known = list(orders)
    shipped = queries.shipped_by_line(line.pk for rows in queries.lines(known).values() for line in rows)
    for order in known:
        reserved = queries.claims(order)
        for line in queries.lines([order])[order.pk]:
            mine = [claim for claim in reserved if claim.line == line.number]
            over = sum(claim.quantity for claim in mine) + shipped.get(line.pk, 0) - line.quantity
            loose: list[int] = []
            while over > 0 and mine:
                last = mine.pop()
                loose.append(last.id)
                over -= last.quantity
            if loose:
                allocation.free(
                    document=order.uid, claims=loose, actor=actor, reason="another lot was shipped"
                )


def _picked(orders: Iterable[int], left: dict[int, int]) -> dict[int, int]:
    """What is picked of each line; picks whose reservation is gone are done, used ones shrink with it."""
    found: dict[int, int] = defaultdict(int)
    for pick in Pick.objects.filter(line__order__in=list(orders), done_at=None):
        quantity = min(pick.quantity, left.get(pick.claim, 0))
        if not quantity:
            Pick.objects.filter(pk=pick.pk).update(done_at=clock.now())
        elif quantity != pick.quantity:
            Pick.objects.filter(pk=pick.pk).update(quantity=quantity)
        found[pick.line_id] += quantity
    return found


def _state(order: Order, lines: Sequence[OrderLine]) -> None:
    amounts = [rules.Amounts(line.quantity, line.allocated, line.picked, line.shipped) for line in lines]
    there = Shipment.objects.filter(lines__line__order=order).exclude(status=ShipmentStatus.REVERSED)
    delivered = (
        all(line.shipped >= line.quantity for line in lines)
        and not there.exclude(status__in=queries.ARRIVED).exists()
    )
    before = order.status, order.has_problem
    order.status = rules.status_of(order.status, amounts, delivered=delivered)
    order.has_problem = order.status in rules.LIVE and any(line.problem for line in lines)
    if before != (order.status, order.has_problem):
        order.save(update_fields=["status", "has_problem"])


def note(
    order: Order, verb: str, *, actor: str, text: str = "", reason: str = "", event: UUID | None = None
) -> None:
    """Write a step of an order down."""
    documents.record(order.uid, KIND, verb, actor=actor, text=text, reason=reason, event=event)
