"""Lines of a purchase order that was written: added, changed, cancelled, each with its step."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Max

from lotbook.foundation.catalog.rules import find_unit, symbol
from lotbook.foundation.documents import actions as documents
from lotbook.kernel.errors import Conflict, Fault
from lotbook.kernel.quantity import to_text
from lotbook.operations.receiving import queries
from lotbook.operations.receiving.actions.keeping import ORDER
from lotbook.operations.receiving.actions.orders import locked, read_lines, why_of, wrong_state
from lotbook.operations.receiving.actions.settling import restate
from lotbook.operations.receiving.models import OPEN, NoticeStatus, Order, OrderLine, OrderStatus
from lotbook.operations.receiving.rules import Ordered
from lotbook.traceability.ledger.lines import Reading

CHANGED = (OrderStatus.DRAFT, *OPEN, OrderStatus.RECEIVED)
"""States in which the lines of an order may change."""
COMING = (NoticeStatus.ANNOUNCED, NoticeStatus.PARTLY)


@transaction.atomic
def add_line(*, actor: str, order: UUID | str, line: Ordered, reason: str = "") -> OrderLine:
    """Order one more thing; an order that had come in full is open again. Raises Refused naming the field."""
    found = _open(order)
    reading = Reading()
    rows = read_lines(reading, [line])
    why = reading.text("reason", reason, 2000, lines=True)
    reading.faults = [fault.within("lines/0") for fault in reading.faults]
    reading.done()
    (row,) = rows
    last = OrderLine.objects.filter(order=found).aggregate(last=Max("position"))["last"] or 0
    row.order, row.position = found, last + 1
    row.save()
    _told(found, "line added", f"line {row.position}: {_amount(row)} of {row.item.code}", actor, why)
    return row


@transaction.atomic
def change_line(
    *, actor: str, order: UUID | str, line: int, quantity: str, unit: str = "", reason: str = ""
) -> OrderLine:
    """Order more or less of a line, but not less than has come. Raises Refused naming the field."""
    found = _open(order)
    row = queries.order_line(found.uid, line)
    reading = Reading()
    why = reading.text("reason", reason, 2000, lines=True)
    wanted = reading.quantity("", row.item, quantity, unit)
    reading.faults = [fault.within("") for fault in reading.faults]
    if wanted is not None and wanted < row.received:
        came = to_text(row.received, row.item.scale)
        reading.fault(
            "quantity", f"{came} {symbol(row.item.unit)} of it have come.", "Order that much at least."
        )
    reading.done()
    assert wanted is not None
    if wanted == row.quantity:
        return row
    before = _amount(row)
    row.quantity, row.said, row.unit = wanted, quantity.strip()[:60], find_unit(unit) or row.item.unit
    if row.allowed is not None and row.allowed <= wanted:
        row.allowed = None
    row.save(update_fields=["quantity", "said", "unit", "allowed"])
    _told(found, "line changed", f"line {line}: {row.item.code} {before} → {_amount(row)}", actor, why)
    return row


@transaction.atomic
def cancel_line(*, actor: str, order: UUID | str, line: int, reason: str) -> OrderLine:
    """Expect nothing more of a line: what has come stays. Needs a reason.

    Raises Conflict when goods for it are announced, or when it is the last line something is expected of.
    """
    found = _open(order)
    why = why_of(reason)
    row = queries.order_line(found.uid, line)
    coming = row.notice_lines.filter(notice__status__in=COMING).select_related("notice").first()
    if coming is not None:
        cause = f"goods for it are announced with {coming.notice.number}."
        raise Conflict(Fault("line", cause, "Receive or cancel the notice first.", "announced"))
    others = OrderLine.objects.filter(order=found, cancelled=False).exclude(pk=row.pk)
    if not row.received and not others.exists():
        raise Conflict(Fault("line", "it is the only line.", "Cancel the order instead.", "only_line"))
    given_up = to_text(row.open, row.item.scale)
    if row.received:
        row.quantity = min(row.quantity, row.received)
    else:
        row.cancelled = True
    row.save(update_fields=["quantity", "cancelled"])
    text = f"line {line}: {given_up} {symbol(row.item.unit)} of {row.item.code}"
    _told(found, "line cancelled", text, actor, why)
    return row


def _open(order: UUID | str) -> Order:
    found = locked(order)
    if found.status not in CHANGED:
        raise wrong_state(found, "changed")
    return found


def _amount(row: OrderLine) -> str:
    return f"{to_text(row.quantity, row.item.scale)} {symbol(row.item.unit)}"


def _told(order: Order, verb: str, text: str, actor: str, reason: str) -> None:
    documents.record(order.uid, ORDER, verb, actor=actor, text=text, reason=reason)
    if order.status != OrderStatus.DRAFT:
        restate(order)
