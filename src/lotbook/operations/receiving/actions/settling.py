"""How much of every line has come: added with a receipt, taken back with its reversal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from django.db import transaction

from lotbook.foundation.documents import actions as documents
from lotbook.foundation.documents import queries as told_of
from lotbook.operations.receiving import queries, rules
from lotbook.operations.receiving.actions.keeping import NOTICE, ORDER
from lotbook.operations.receiving.models import (
    Arrival,
    ArrivalLine,
    Notice,
    NoticeLine,
    NoticeStatus,
    NoticeUnit,
    Order,
    OrderLine,
    OrderStatus,
)
from lotbook.traceability.ledger import queries as ledger

EXPECTED = "replacement expected"
OFF = "replacement no longer expected"


def lock_orders(keys: Iterable[int]) -> list[Order]:
    """Orders by key, locked in the order of their keys."""
    keys = set(keys)
    if not keys:
        return []
    rows = Order.objects.select_for_update(of=("self",)).filter(pk__in=sorted(keys))
    return list(rows.select_related("supplier", "site").order_by("pk"))


@transaction.atomic
def settle(events: Collection[UUID]) -> int:
    """Take back what these events had brought, as far as the book says that they are reversed.

    Their orders and notices are open again. Called for every reversal, and before goods are received
    against a document; twice is once. Gives how many receipts it took back.
    """
    back = ledger.taken_back(events)
    gone = Arrival.objects.filter(event__in=back, is_reversed=False)
    keys = sorted(gone.values_list("pk", flat=True))
    if not keys:
        return 0
    notices = Notice.objects.filter(arrivals__in=keys).values("pk")
    locked = Notice.objects.select_for_update(of=("self",)).filter(pk__in=notices).order_by("pk")
    notice_of = {notice.pk: notice for notice in locked}
    lines = list(ArrivalLine.objects.filter(arrival__in=keys).select_related("order_line"))
    order_of = {
        order.pk: order
        for order in lock_orders(line.order_line.order_id for line in lines if line.order_line)
    }
    # What went back was taken back before the receipt could be: it counts as received until then.
    settle_returns(told_of.events_of([order.uid for order in order_of.values()], EXPECTED))
    # Somebody may have taken them back while we waited for the locks.
    still = {arrival.pk: arrival for arrival in gone.select_for_update(of=("self",)).order_by("pk")}
    for arrival in still.values():
        own = [line for line in lines if line.arrival_id == arrival.pk]
        arrival.is_reversed = True
        arrival.save(update_fields=["is_reversed"])
        NoticeUnit.objects.filter(arrival=arrival).update(arrival=None)
        add(own, sign=-1)
        touched = {line.order_line.order_id for line in own if line.order_line}
        documents_of = [order_of[key] for key in sorted(touched)]
        notice = notice_of.get(arrival.notice_id or 0)
        _open_again(documents_of, notice, arrival.event)
    return len(still)


@transaction.atomic
def settle_returns(events: Collection[UUID]) -> int:
    """Where a return was taken back, its replacement is not expected any more. Twice is once."""
    back = ledger.taken_back(events)
    steps = told_of.steps_of_events(back, EXPECTED) if back else []
    if not steps:
        return 0
    keys = Order.objects.filter(uid__in={step.document for step in steps}).values_list("pk", flat=True)
    orders = {order.uid: order for order in lock_orders(keys)}
    settled = {(step.document, step.event) for step in told_of.steps_of_events(back, OFF)}
    done = 0
    for step in steps:
        if (step.document, step.event) in settled:
            continue
        order = orders[step.document]
        again: Mapping[str, int] = step.data["again"]
        lines = list(OrderLine.objects.filter(order=order, position__in=[int(one) for one in again]))
        for line in lines:
            line.received += again[str(line.position)]
        OrderLine.objects.bulk_update(lines, ["received"])
        restate(order)
        documents.record(order.uid, ORDER, OFF, actor="lotbook", text=step.text, event=step.event)
        done += 1
    return done


def add(lines: Sequence[ArrivalLine], *, sign: int = 1) -> None:
    """Add what came to the lines it was expected by, or take it off again; their documents are locked."""
    if not any(line.order_line_id or line.notice_line_id for line in lines):
        return
    ordered = OrderLine.objects.in_bulk({line.order_line_id for line in lines if line.order_line_id})
    announced = NoticeLine.objects.in_bulk({line.notice_line_id for line in lines if line.notice_line_id})
    for line in lines:
        if line.order_line_id:
            one = ordered[line.order_line_id]
            one.received += sign * line.quantity
            one.refused += sign * line.refused
        if line.notice_line_id:
            other = announced[line.notice_line_id]
            other.received += sign * line.quantity
            other.refused += sign * line.refused
            other.missing += sign * line.missing
    OrderLine.objects.bulk_update(list(ordered.values()), ["received", "refused"])
    NoticeLine.objects.bulk_update(list(announced.values()), ["received", "refused", "missing"])


def _open_again(orders: Sequence[Order], notice: Notice | None, receipt: UUID) -> None:
    for order in orders:
        restate(order, reopen=True)
        said = OrderStatus(order.status).label
        documents.record(order.uid, ORDER, "receipt taken back", actor="lotbook", text=said, event=receipt)
    if notice is not None:
        restate_notice(notice)
        said = NoticeStatus(notice.status).label
        documents.record(notice.uid, NOTICE, "receipt taken back", actor="lotbook", text=said, event=receipt)


def restate(order: Order, *, reopen: bool = False) -> None:
    """The state of an order from what came for its lines; closed by hand stays closed unless ``reopen``."""
    if order.status == OrderStatus.CANCELLED or (order.status == OrderStatus.CLOSED and not reopen):
        return
    lines = list(OrderLine.objects.filter(order=order, cancelled=False).select_related("item"))
    terms = queries.terms_of((line.item for line in lines), order.supplier)
    if all(_is_full(line, terms[line.item_id]) for line in lines):
        status = OrderStatus.RECEIVED
    elif any(line.received for line in lines):
        status = OrderStatus.PARTLY
    else:
        status = OrderStatus.SENT
    if status != order.status:
        order.status = status
        order.save(update_fields=["status"])


def _is_full(line: OrderLine, terms: rules.Terms) -> bool:
    under = terms.under if line.under_tolerance is None else line.under_tolerance
    return line.received > 0 and line.received >= rules.least(line.quantity, under)


def restate_notice(notice: Notice) -> None:
    """The state of a notice from what came of its lines."""
    if notice.status == NoticeStatus.CANCELLED:
        return
    lines = list(NoticeLine.objects.filter(notice=notice))
    if not any(line.open for line in lines):
        status = NoticeStatus.RECEIVED
    elif any(line.open < line.quantity for line in lines):
        status = NoticeStatus.PARTLY
    else:
        status = NoticeStatus.ANNOUNCED
    if status != notice.status:
        notice.status = status
        notice.save(update_fields=["status"])
