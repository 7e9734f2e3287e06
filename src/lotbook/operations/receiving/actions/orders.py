"""Purchase orders: written, sent, amended, closed and cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.catalog.rules import find_unit, symbol
from lotbook.foundation.documents import actions as documents
from lotbook.foundation.documents import queries as told_of
from lotbook.kernel import clock, history
from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.kernel.quantity import to_text
from lotbook.operations.receiving import queries
from lotbook.operations.receiving.actions.keeping import ORDER, kept_once
from lotbook.operations.receiving.models import OPEN, NoticeLine, Order, OrderLine, OrderStatus
from lotbook.operations.receiving.rules import TOLERANCE_MAX, Ordered
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger.lines import Named, Reading

OVER = "receiving.over"
SITES = ("site", "area")


def create_order(
    *,
    actor: str,
    supplier: Named,
    site: Named,
    lines: Sequence[Ordered],
    number: str = "",
    expected_on: date | str | None = None,
    note: str = "",
    send: bool = False,
    uid: UUID | None = None,
) -> Order:
    """Write a purchase order; without a number it gets the next one (PO-2027-00001). ``send``: it is sent.

    Raises Refused with every fault, those of lines as ``lines/<i>/<field>``; Conflict when the number is
    taken. The same ``uid`` makes one order.
    """
    digest = words.asked(
        act="order", supplier=supplier, site=site, lines=list(lines), number=number, expected=expected_on,
        note=note, send=send,
    )  # fmt: skip

    def make(own: UUID) -> Order:
        reading = Reading()
        partner = reading.partner("supplier", supplier, "supplier")
        where = reading.place("site", site, kinds=SITES)
        told = _head(reading, expected_on, note)
        wanted = reading.text("number", number, 60)
        rows = read_lines(reading, lines)
        reading.done()
        assert partner is not None
        assert where is not None
        order = Order(
            uid=own, number=wanted or documents.next_number("PO"), supplier=partner, site=where, **told,
            status=OrderStatus.SENT if send else OrderStatus.DRAFT, created_at=clock.now(),
            created_by=actor, asked=digest,
        )  # fmt: skip
        with history.unique("number", f"there is a purchase order {order.number} already."):
            order.save()
        _save_lines(order, rows)
        many = f"{len(rows)} line{'s' if len(rows) != 1 else ''}"
        documents.record(order.uid, ORDER, "ordered", actor=actor, text=many)
        if send:
            documents.record(order.uid, ORDER, "sent", actor=actor)
        return order

    return kept_once(Order, uid, digest, make)


@transaction.atomic
def amend_order(
    *, actor: str, order: UUID | str, changes: dict[str, Any], lines: Sequence[Ordered] | None = None
) -> Order:
    """Change ``expected_on`` and ``note``; ``lines`` replaces all lines while nothing has come yet."""
    found = locked(order)
    reading = Reading()
    if found.status not in (OrderStatus.DRAFT, *OPEN):
        raise wrong_state(found, "changed")
    told = _head(reading, changes.get("expected_on", found.expected_on), changes.get("note", found.note))
    rows = read_lines(reading, lines) if lines is not None else None
    if rows is not None and _touched(found):
        reading.fault(
            "lines/0/item", "goods have come or are announced for this order.", "Write another order."
        )
    reading.done()
    changed = [name for name, value in told.items() if getattr(found, name) != value]
    for name in changed:
        setattr(found, name, told[name])
    if changed:
        found.save(update_fields=changed)
    if rows is not None:
        found.lines.all().delete()
        _save_lines(found, rows)
        changed.append("lines")
    if changed:
        said = ", ".join(name.replace("_", " ") for name in changed)
        documents.record(found.uid, ORDER, "changed", actor=actor, text=said)
    return found


@transaction.atomic
def send_order(*, actor: str, order: UUID | str) -> Order:
    """The order goes to the supplier: goods may come against it. Sent twice is sent."""
    found = locked(order)
    if found.status == OrderStatus.SENT:
        return found
    if found.status != OrderStatus.DRAFT:
        raise wrong_state(found, "sent")
    return _turn(found, OrderStatus.SENT, "sent", actor)


@transaction.atomic
def close_order(*, actor: str, order: UUID | str, reason: str) -> Order:
    """Nothing more is expected, whatever is open."""
    found = locked(order)
    why = why_of(reason)
    if found.status == OrderStatus.CLOSED:
        return found
    if found.status not in (*OPEN, OrderStatus.RECEIVED):
        raise wrong_state(found, "closed")
    return _turn(found, OrderStatus.CLOSED, "closed", actor, why)


@transaction.atomic
def cancel_order(*, actor: str, order: UUID | str, reason: str) -> Order:
    """The order is off; refused once anything has come (close it then)."""
    found = locked(order)
    why = why_of(reason)
    if found.status == OrderStatus.CANCELLED:
        return found
    if found.status not in (OrderStatus.DRAFT, OrderStatus.SENT):
        raise wrong_state(found, "cancelled")
    return _turn(found, OrderStatus.CANCELLED, "cancelled", actor, why)


@transaction.atomic
def allow_over(
    *, actor: str, order: UUID | str, line: int, quantity: str, unit: str = "", reason: str
) -> str:
    """Ask that up to ``quantity`` in all may come for a line; gives ``approved`` or ``pending``.

    Where no approval rule speaks, it is allowed at once; else the approvers decide, never who asked.
    """
    found = locked(order)
    why = why_of(reason)
    row = queries.order_line(found.uid, line)
    if found.status not in (*OPEN, OrderStatus.RECEIVED):
        raise wrong_state(found, "received against")
    reading = Reading()
    wanted = reading.quantity("over", row.item, quantity, unit)
    reading.faults = [
        Fault(fault.field.removeprefix("over/"), fault.cause, fault.remedy, fault.code)
        for fault in reading.faults
    ]
    if wanted is not None and wanted <= row.quantity:
        reading.fault("quantity", "that much was ordered anyway.", "Say how much may come in all.")
    reading.done()
    assert wanted is not None
    said = f"line {line}: up to {to_text(wanted, row.item.scale)} {symbol(row.item.unit)} of {row.item.code}"
    asked = approvals.ask(
        kind=OVER,
        subject=found.uid,
        title=f"{found.number}, {said}",
        url=reverse("receiving:order", args=[found.uid]),
        actor=actor,
        site=found.site_id,
        item_group=row.item.group,
        quantity=wanted - row.quantity,
        reason=why,
    )
    documents.record(
        found.uid, ORDER, "more asked for", actor=actor, text=said, reason=why,
        data={"line": line, "allowed": str(wanted), "approval": str(asked.uid)},
    )  # fmt: skip
    if asked.status == "approved":
        grant(found, str(asked.uid), approved=True)
    return str(asked.status)


def grant(order: Order, approval: str, *, approved: bool) -> None:
    """Carry out what was decided about more than the tolerance. Twice is once."""
    steps = told_of.steps(order.uid)
    asked = next(
        (one for one in steps if one.data.get("approval") == approval and "allowed" in one.data), None
    )
    told = any(one.data.get("decided") == approval for one in steps)
    if asked is None or told:
        return
    if approved:
        OrderLine.objects.filter(order=order, position=asked.data["line"]).update(
            allowed=int(asked.data["allowed"])
        )
    documents.record(
        order.uid, ORDER, "more allowed" if approved else "more refused", actor="lotbook", text=asked.text,
        data={"decided": approval},
    )  # fmt: skip


# -- steps -----------------------------------------------------------------------------------------


def locked(name: UUID | str) -> Order:
    """The order, locked until the transaction ends; raises NotFound."""
    return (
        Order.objects.select_for_update(of=("self",))
        .select_related("supplier", "site")
        .get(pk=queries.order(name).pk)
    )


def percent(check: Check, field: str, value: str) -> int | None:
    """Percent as text into hundredths of a percent; None when nothing is given."""
    read = check.decimal(field, value, places=2)
    if read is None:
        return None
    hundredths = int(read * Decimal(100))
    if hundredths > TOLERANCE_MAX:
        check.fault(field, f"expected at most {TOLERANCE_MAX // 100} percent, got {value}.", "Check it.")
        return None
    return hundredths


def _head(reading: Reading, expected_on: date | str | None, note: str) -> dict[str, Any]:
    return {
        "expected_on": reading.day("expected_on", expected_on),
        "note": reading.text("note", note, 2000, lines=True),
    }


def read_lines(reading: Reading, lines: Sequence[Ordered]) -> list[OrderLine]:
    """The lines of an order, numbered from 1; faults are noted under ``lines/<i>/…``."""
    reading.some(lines)
    rows = []
    for index, line in enumerate(lines[: words.LINES_MAX]):
        where = f"lines/{index}"
        item = reading.item(f"{where}/item", line.item)
        over = percent(reading, f"{where}/over", line.over)
        under = percent(reading, f"{where}/under", line.under)
        if under is not None and under > 100_00:
            reading.fault(f"{where}/under", "expected at most 100 percent.", "Check it.")
        if item is None:
            continue
        if not item.is_active:
            reading.fault(f"{where}/item", f"{item.code} is no longer in use.", "Choose an item in use.")
        quantity = reading.quantity(where, item, line.quantity, line.unit)
        if quantity is not None:
            rows.append(
                OrderLine(
                    position=index + 1, item=item, quantity=quantity, said=line.quantity.strip()[:60],
                    unit=find_unit(line.unit) or item.unit, over_tolerance=over,
                    under_tolerance=under,
                )
            )  # fmt: skip
    return rows


def _save_lines(order: Order, rows: Sequence[OrderLine]) -> None:
    for row in rows:
        row.order = order
    OrderLine.objects.bulk_create(rows)


def _touched(order: Order) -> bool:
    """Whether something came or is announced for an order."""
    came = order.lines.filter(arrivals__isnull=False).exists()
    return came or NoticeLine.objects.filter(order_line__order=order).exists()


def _turn(order: Order, status: OrderStatus, verb: str, actor: str, reason: str = "") -> Order:
    order.status = status
    order.save(update_fields=["status"])
    documents.record(order.uid, ORDER, verb, actor=actor, reason=reason)
    return order


def why_of(reason: str) -> str:
    """A reason that must be given; raises Refused."""
    check = Check()
    why = check.text("reason", reason, 2000, required=True, lines=True)
    check.done()
    return why


def wrong_state(order: Order, verb: str) -> Refused:
    """The refusal of an act that the state of an order does not allow."""
    state = OrderStatus(order.status).label.lower()
    return Conflict(
        Fault("order", f"{order.number} is {state}: it cannot be {verb}.", "Look at its page.", "state")
    )
