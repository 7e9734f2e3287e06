"""Lines of a confirmed order: added, changed, cancelled; what is reserved follows, and each has its step."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max

from lotbook.foundation.catalog.rules import symbol
from lotbook.kernel.errors import Conflict, Fault
from lotbook.kernel.quantity import to_text
from lotbook.operations.shipping import queries
from lotbook.operations.shipping.actions import allocating, standing
from lotbook.operations.shipping.actions.orders import read_lines
from lotbook.operations.shipping.models import Order, OrderLine, OrderStatus, Pick
from lotbook.operations.shipping.rules import LIVE, Wanted
from lotbook.traceability.allocation import actions as allocation
from lotbook.traceability.ledger.lines import Named, Reading

CHANGED = frozenset({OrderStatus.DRAFT.value, OrderStatus.SHIPPED.value, *LIVE})
"""States in which the lines of an order may change."""


@transaction.atomic
def add_line(*, order: Named, line: Wanted, actor: str, reason: str = "") -> OrderLine:
    """Take one more thing into an order; it is reserved with the next allocation. Raises Refused."""
    found = _open(order)
    reading = Reading()
    read = read_lines(reading, [line])
    why = reading.text("reason", reason, 2000, lines=True)
    reading.faults = [fault.within("lines/0") for fault in reading.faults]
    reading.done()
    last = OrderLine.objects.filter(order=found).aggregate(last=Max("number"))["last"] or 0
    row = OrderLine.objects.create(order=found, number=last + 1, **read[0])
    standing.refresh([found])
    text = f"line {row.number}: {_amount(row)} of {row.item.code}"
    standing.note(found, "line added", actor=actor, text=text, reason=why)
    return row


@transaction.atomic
def change_line(
    *, order: Named, line: int, quantity: str, actor: str, unit: str = "", reason: str = ""
) -> OrderLine:
    """Change how much of a line is wanted, but not below what is picked or has left.

    What was reserved follows: too much is free again, the newest first; a line that was reserved in full
    gets what came on top, as far as there is any. Raises Refused naming the field.
    """
    found = _open(order)
    row = queries.order_line(found, line)
    reading = Reading()
    why = reading.text("reason", reason, 2000, lines=True)
    wanted = reading.quantity("", row.item, quantity, unit)
    reading.faults = [fault.within("") for fault in reading.faults]
    done = row.shipped + row.picked
    if wanted is not None and wanted < done:
        said = f"{to_text(done, row.item.scale)} {symbol(row.item.unit)} of it are picked or have left."
        reading.fault("quantity", said, "Put picked goods back first, or leave that much.", "done")
    reading.done()
    assert wanted is not None
    if wanted == row.quantity:
        return row
    before, was_full = _amount(row), bool(row.open) and row.allocated >= row.open
    row.quantity = wanted
    row.entered = f"{quantity.strip()} {unit.strip() or symbol(row.item.unit)}"
    row.save(update_fields=["quantity", "entered"])
    _follow(found, row, actor, was_full=was_full)
    text = f"line {line}: {row.item.code} {before} → {_amount(row)}"
    standing.note(found, "line changed", actor=actor, text=text, reason=why)
    return row


@transaction.atomic
def cancel_line(*, order: Named, line: int, reason: str, actor: str) -> OrderLine:
    """Ship nothing more of a line; what is reserved for it is free again. Needs a reason.

    Raises Conflict when goods are picked for it, or when it is the only line.
    """
    found = _open(order)
    reading = Reading()
    why = reading.text("reason", reason, 2000, required=True, lines=True)
    reading.done()
    row = queries.order_line(found, line)
    if row.picked:
        raise Conflict(Fault("line", "goods are picked for it.", "Put them back first.", "picked"))
    others = OrderLine.objects.filter(order=found, cancelled=False).exclude(pk=row.pk)
    if not row.shipped and not others.exists():
        raise Conflict(Fault("line", "it is the only line.", "Cancel the order instead.", "only_line"))
    text = f"line {line}: {to_text(row.open, row.item.scale)} {symbol(row.item.unit)} of {row.item.code}"
    allocation.free(document=found.uid, line=line, actor=actor, reason=why)
    row.allocated, row.shortage, row.problem = 0, "", ""
    if row.shipped:
        row.quantity = min(row.quantity, row.shipped)
    else:
        row.cancelled = True
    row.save(update_fields=["quantity", "cancelled", "allocated", "shortage", "problem"])
    standing.refresh([found])
    standing.note(found, "line cancelled", actor=actor, text=text, reason=why)
    return row


def _open(order: Named) -> Order:
    found = standing.lock(order)
    if found.status not in CHANGED:
        cause = f"{found.number} is {found.get_status_display().lower()}."
        raise Conflict(Fault("order", cause, "Enter another order.", "state"))
    return found


def _follow(order: Order, row: OrderLine, actor: str, *, was_full: bool) -> None:
    """What is reserved for a line comes after what is wanted of it now."""
    picked = set(Pick.objects.filter(line=row, done_at=None).values_list("claim", flat=True))
    mine = [claim for claim in queries.claims(order) if claim.line == row.number]
    over = sum(claim.quantity for claim in mine) - row.open
    loose: list[int] = []
    for claim in reversed(mine):
        if over <= 0:
            break
        if claim.id not in picked:
            loose.append(claim.id)
            over -= claim.quantity
    if loose:
        allocation.free(document=order.uid, claims=loose, actor=actor, reason="less is wanted")
    # A reservation is freed whole: what it held beyond that is taken again.
    if over < 0 and (loose or was_full):
        ask = queries.asks(order, [row])[row.number]
        (answer,) = allocation.allocate([allocating.demand(order, row, ask, -over)], actor=actor)
        row.shortage = answer.why_not if answer.missing else ""
        row.save(update_fields=["shortage"])
    standing.refresh([order])


def _amount(row: OrderLine) -> str:
    return f"{to_text(row.quantity, row.item.scale)} {symbol(row.item.unit)}"
