"""What goes back to the supplier and is to come again: the order is open for it, until that is taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from lotbook.foundation.catalog.rules import symbol
from lotbook.foundation.documents import actions as documents
from lotbook.kernel.quantity import to_text
from lotbook.operations.receiving import queries
from lotbook.operations.receiving.actions.keeping import ORDER
from lotbook.operations.receiving.actions.settling import EXPECTED, lock_orders, restate
from lotbook.operations.receiving.models import Order, OrderLine
from lotbook.traceability.ledger.lines import Reading, Taken


def ordered_lines(
    reading: Reading, came: queries.ArrivalPage | None, taken: Sequence[Taken]
) -> dict[int, int]:
    """How much of each order line (by key) went back with these goods; a fault where nothing was ordered."""
    if came is None:
        cause = "a replacement is expected for goods whose receipt is not named."
        reading.fault("replacement", cause, "Return them from the page of their receipt.", "no_receipt")
        return {}
    found: dict[int, int] = {}
    left = {line.pk: line.quantity for line in came.lines}
    for row in taken:
        quantity = row.quantity
        for line in came.lines:
            if line.order_line_id is None or (line.item_id, line.lot) != (row.item.pk, row.lot.number):
                continue
            part = min(quantity, left[line.pk])
            left[line.pk] -= part
            quantity -= part
            if part:
                found[line.order_line_id] = found.get(line.order_line_id, 0) + part
    if not found and not reading.faults:
        cause = "none of these goods came for an order."
        reading.fault("replacement", cause, "Write an order for what is to come.", "not_ordered")
    return found


def lock(found: Mapping[int, int]) -> list[Order]:
    """The orders of these lines, locked before the goods are."""
    return lock_orders(OrderLine.objects.filter(pk__in=list(found)).values_list("order", flat=True))


def open_again(
    orders: Sequence[Order], found: Mapping[int, int], *, number: str, actor: str, reason: str, event: UUID
) -> None:
    """The lines expect again what went back; their orders are locked."""
    lines = OrderLine.objects.filter(pk__in=list(found)).select_related("item")
    for order in orders:
        mine = [line for line in lines if line.order_id == order.pk]
        said, kept = [], {}
        for line in mine:
            # A line never has less than nothing: what another return opened already is not opened twice.
            again = min(found[line.pk], line.received)
            line.received -= again
            kept[str(line.position)] = again
            said.append(
                f"line {line.position}: {to_text(again, line.item.scale)} {symbol(line.item.unit)}"
                f" of {line.item.code}"
            )
        OrderLine.objects.bulk_update(mine, ["received"])
        restate(order, reopen=True)
        text = f"{number}, {'; '.join(said)}" if number else "; ".join(said)
        documents.record(
            order.uid, ORDER, EXPECTED, actor=actor, text=text, reason=reason, event=event,
            data={"again": kept},
        )  # fmt: skip
