"""Customer orders: entered, changed while nothing has moved, confirmed, closed and cancelled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from lotbook.foundation.catalog.rules import symbol
from lotbook.foundation.documents import actions as documents
from lotbook.foundation.partners.models import Location, Partner
from lotbook.kernel import clock, history
from lotbook.kernel.errors import Conflict, Fault
from lotbook.kernel.ids import new_uid
from lotbook.operations.shipping import queries
from lotbook.operations.shipping.actions import standing
from lotbook.operations.shipping.models import Order, OrderLine, OrderStatus
from lotbook.operations.shipping.rules import ENDED, Wanted
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger.lines import Named, Reading

KIND = standing.KIND
SERIES = "SO"


@transaction.atomic
def create(
    *,
    customer: Named,
    site: Named,
    lines: Sequence[Wanted],
    actor: str,
    number: str = "",
    customer_number: str = "",
    location: Named = "",
    carrier: Named = "",
    wanted_on: date | str | None = None,
    priority: int | str = 5,
    note: str = "",
    confirmed: bool = False,
    uid: UUID | None = None,
) -> Order:
    """Enter an order of ``customer``, shipped from ``site`` (a site or area of ours).

    ``number`` is our own (empty: one is made), ``customer_number`` the one on their paper. ``location`` is
    one of the customer's (uid, GLN or name). ``confirmed``: it need not be looked at again. The same
    ``uid`` makes one order. Raises Refused with every fault, Conflict when the number is taken.
    """
    digest = words.asked(
        act="order", customer=customer, site=site, lines=list(lines), number=number, theirs=customer_number,
        location=location, carrier=carrier, wanted_on=wanted_on, priority=str(priority), note=note,
        confirmed=confirmed,
    )  # fmt: skip

    def act(own: UUID) -> Order:
        reading = Reading()
        head = read_head(
            reading, customer=customer, location=location, carrier=carrier, customer_number=customer_number,
            wanted_on=wanted_on, priority=priority, note=note,
        )  # fmt: skip
        where = reading.place("site", site, kinds=("site", "area"))
        wanted = read_lines(reading, lines)
        given = reading.text("number", number, 60)
        reading.done()
        assert where is not None
        if given and Order.objects.filter(number=given).exists():
            raise Conflict(_taken(given))
        with history.unique("number", f"the number {given} was just given to another order."):
            order = Order.objects.create(
                uid=own,
                number=given or documents.next_number(SERIES),
                site=where,
                status=OrderStatus.CONFIRMED if confirmed else OrderStatus.DRAFT,
                created_at=clock.now(),
                created_by=actor,
                asked=digest,
                **head,
            )
        _write_lines(order, wanted)
        text = f"{len(wanted)} line{'s' if len(wanted) != 1 else ''}"
        documents.record(order.uid, KIND, "entered", actor=actor, text=text)
        if confirmed:
            documents.record(order.uid, KIND, "confirmed", actor=actor)
        return order

    return _once(uid, digest, act)


def _taken(number: str) -> Fault:
    return Fault(
        "number", f"there is an order {number} already.", "Choose another, or leave it empty.", "taken"
    )


def _once(uid: UUID | None, digest: str, act: Callable[[UUID], Order]) -> Order:
    """The order this very form made before, or the one it makes now."""
    known = Order.objects.filter(uid=uid).first() if uid else None
    if known is None:
        return act(uid or new_uid())
    if known.asked != digest:
        raise Conflict(
            Fault(
                "uid",
                "this form was sent before, with other content; the first one stands.",
                "Open a fresh form for another order.",
                "other_content",
            )
        )
    return known


@transaction.atomic
def amend(*, order: Named, actor: str, reason: str = "", **changes: Any) -> Order:
    """Change an order: head fields at any time before it ends, ``lines`` only while it is a draft.

    Raises Refused with every fault.
    """
    found = standing.lock(order)
    if found.status in ENDED:
        raise Conflict(_ended(found))
    reading = Reading()
    lines = changes.pop("lines", None)
    current: dict[str, Any] = {
        "customer": found.customer.code,
        "location": found.location.uid if found.location else "",
        "carrier": found.carrier.code if found.carrier else "",
        "customer_number": found.customer_number,
        "wanted_on": found.wanted_on,
        "priority": found.priority,
        "note": found.note,
    }
    head = read_head(reading, **{**current, **changes})
    if head["customer"] != found.customer and found.status != OrderStatus.DRAFT:
        reading.fault(
            "customer", "the order is confirmed.", "Cancel it, and enter it for the other customer."
        )
    if lines is not None and found.status != OrderStatus.DRAFT:
        reading.fault("lines", "the order is confirmed.", "Add, change or cancel its lines one by one.")
        lines = None
    wanted = read_lines(reading, lines) if lines is not None else None
    why = reading.text("reason", reason, 2000, lines=True)
    reading.done()
    said = [name.replace("_", " ") for name, value in head.items() if getattr(found, name) != value]
    for name, value in head.items():
        setattr(found, name, value)
    found.save(update_fields=list(head))
    if wanted is not None:
        found.lines.all().delete()
        _write_lines(found, wanted)
        said.append("lines")
    if said:
        documents.record(found.uid, KIND, "changed", actor=actor, text=", ".join(said), reason=why)
    return found


@transaction.atomic
def confirm(*, order: Named, actor: str) -> Order:
    """Say that an order is as the customer wants it: from now on it can be allocated."""
    found = standing.lock(order)
    if found.status == OrderStatus.CONFIRMED:
        return found
    if found.status != OrderStatus.DRAFT:
        raise Conflict(Fault("order", f"{found.number} is {found.get_status_display().lower()}.", ""))
    found.status = OrderStatus.CONFIRMED
    found.save(update_fields=["status"])
    documents.record(found.uid, KIND, "confirmed", actor=actor)
    return found


@transaction.atomic
def cancel(*, order: Named, actor: str, reason: str) -> Order:
    """Give an order up of which nothing has left: what was reserved for it is free again."""
    found = standing.lock(order)
    if found.status == OrderStatus.CANCELLED:
        return found
    reading = Reading()
    why = reading.text("reason", reason, 2000, required=True, lines=True)
    reading.done()
    if found.status == OrderStatus.CLOSED or any(line.shipped for line in found.lines.all()):
        raise Conflict(
            Fault("order", f"goods of {found.number} have left.", "Close it instead; what is open lapses.")
        )
    _end(found, OrderStatus.CANCELLED, "cancelled", actor, why)
    return found


@transaction.atomic
def close(*, order: Named, actor: str, reason: str = "") -> Order:
    """End an order: nothing more is shipped. A reason is needed where something is still open."""
    found = standing.lock(order)
    if found.status == OrderStatus.CLOSED:
        return found
    if found.status in (OrderStatus.DRAFT, OrderStatus.CANCELLED):
        raise Conflict(
            Fault("order", f"{found.number} is {found.get_status_display().lower()}.", "Cancel it instead.")
        )
    reading = Reading()
    why = reading.text("reason", reason, 2000, lines=True)
    if not why and any(line.open for line in found.lines.all()):
        reading.fault("reason", "not all of it has left.", "Say why the rest is given up.", "required")
    reading.done()
    _end(found, OrderStatus.CLOSED, "closed", actor, why)
    return found


def _end(order: Order, status: str, verb: str, actor: str, why: str) -> None:
    standing.let_go(order, actor=actor, reason=why or verb)
    order.status, order.has_problem = status, False
    order.save(update_fields=["status", "has_problem"])
    order.lines.update(problem="", shortage="")
    documents.record(order.uid, KIND, verb, actor=actor, reason=why)


def _ended(order: Order) -> Fault:
    return Fault("order", f"{order.number} is {order.get_status_display().lower()}.", "Enter another order.")


# -- reading ---------------------------------------------------------------------------------------


def read_head(reading: Reading, **said: Any) -> dict[str, Any]:
    """The head of an order as its fields; faults are noted."""
    customer = reading.partner("customer", said["customer"], "customer")
    carrier = reading.partner("carrier", said["carrier"], "carrier") if said["carrier"] else None
    found = reading.whole("priority", said["priority"], 1, 9)
    return {
        "customer": customer,
        "location": read_location(reading, customer, said["location"]),
        "carrier": carrier,
        "customer_number": reading.text("customer_number", said["customer_number"], 200),
        "wanted_on": reading.day("wanted_on", said["wanted_on"]),
        "priority": 5 if found is None else found,
        "note": reading.text("note", said["note"], 2000, lines=True),
    }


def read_location(reading: Reading, customer: Partner | None, name: Named) -> Location | None:
    """Where the goods go: one of the customer's locations by uid, GLN or name."""
    text = reading.text("location", str(name or ""), 200)
    if not text or customer is None:
        return None
    same = [
        one
        for one in queries.locations(customer)
        if text in (str(one.uid), one.gln) or one.name.casefold() == text.casefold()
    ]
    if len(same) == 1:
        return same[0]
    cause = f"{customer.name} has no location {text[:60]!r}." if not same else "several are called so."
    reading.fault("location", cause, "Choose one of the customer's locations.", "unknown")
    return None


def read_lines(reading: Reading, lines: Sequence[Wanted]) -> list[dict[str, Any]]:
    """The lines of an order as their fields; faults are noted under ``lines/<i>/…``."""
    reading.some(lines)
    found: list[dict[str, Any]] = []
    for index, line in enumerate(lines[: words.LINES_MAX]):
        field = f"lines/{index}"
        item = reading.item(f"{field}/item", line.item)
        if item is None:
            continue
        quantity = reading.quantity(field, item, line.quantity, line.unit)
        lot = reading.lot(field, str(item.uid), line.lot) if line.lot.strip() else None
        if quantity is not None:
            entered = f"{line.quantity.strip()} {line.unit.strip() or symbol(item.unit)}"
            found.append({"item": item, "quantity": quantity, "entered": entered, "lot": lot})
    return found


def _write_lines(order: Order, wanted: Sequence[dict[str, Any]]) -> None:
    OrderLine.objects.bulk_create(
        OrderLine(order=order, number=number, **line) for number, line in enumerate(wanted, start=1)
    )
