"""Customer orders over HTTP: entered, changed, allocated."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Form, Path, Status
from pydantic import Field

from lotbook.kernel import listfiles, permissions
from lotbook.kernel.listfiles import ListFile, ListOut, Preview
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.operations.shipping import actions, queries
from lotbook.operations.shipping.api.shapes import (
    CustomerOrderFull,
    CustomerOrderOut,
    Filter,
    Short,
    full_order,
    order_shape,
    router,
)
from lotbook.operations.shipping.rules import Wanted
from lotbook.traceability.ledger import wire
from lotbook.traceability.ledger.lines import LINES_MAX

Priority = Annotated[int, Field(ge=1, le=9, description="1 goes first, 9 last.")]


Position = Annotated[int, Field(ge=1, le=LINES_MAX)]


class WantedIn(wire.Strict):
    """So much of an item; `lot` only where the customer chose one."""

    item: wire.Name
    quantity: wire.Amount
    unit: wire.UnitCode = ""
    lot: wire.Number = ""


class CustomerOrderIn(wire.Strict):
    """An order of a customer. `confirmed`: it need not be looked at again before it is allocated."""

    model_config = wire.example(
        customer="C001", site="KIT", customer_number="PO 7741", wanted_on="2027-03-09",
        lines=[{"item": "FG-MARINARA", "quantity": "120"}],
    )  # fmt: skip
    id: UUID | None = None
    customer: wire.Name
    site: wire.Name
    lines: Annotated[list[WantedIn], Field(max_length=LINES_MAX)]
    number: Annotated[str, Field(max_length=60)] = ""
    customer_number: Short = ""
    location: Short = ""
    carrier: wire.Name = ""
    wanted_on: wire.Day = None
    priority: Priority = 5
    note: wire.Reason = ""
    confirmed: bool = False


class OrderChangeIn(wire.Strict):
    """What changes; the rest stays. `lines` replaces all of a draft's; later they change one by one."""

    customer: wire.Name | None = None
    customer_number: Short | None = None
    location: Short | None = None
    carrier: wire.Name | None = None
    wanted_on: wire.Day = None
    priority: Priority | None = None
    note: wire.Reason | None = None
    lines: Annotated[list[WantedIn], Field(max_length=LINES_MAX)] | None = None
    reason: wire.Reason = ""


class OrderLineAdded(WantedIn):
    """A line that is wanted on top, and why."""

    reason: wire.Reason = ""


class OrderLineChange(wire.Strict):
    """How much of a line is wanted now, and why."""

    quantity: wire.Amount
    unit: wire.UnitCode = ""
    reason: wire.Reason = ""


class ShippingReasonIn(wire.Strict):
    """Why."""

    reason: wire.Reason = ""


class FreeIn(wire.Strict):
    """Give reservations back: of one line, or all of the order's."""

    reason: wire.Reason
    line: Position | None = None


class ChooseIn(wire.Strict):
    """Reserve this lot for a line; another than suggested needs a reason."""

    line: Position
    lot: wire.Number
    reason: wire.Reason = ""


@router.get("/customer-orders", response=Listed[CustomerOrderOut])
@requires("shipping.view")
def orders(
    request: HttpRequest,
    text: Filter = "",
    customer: Filter = "",
    status: Filter = "",
    site: Filter = "",
    due: Literal["", "late", "today"] = "",
    problem: bool | None = None,
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List customer orders, newest first; `status` may be `open`."""
    rows = queries.orders(text=text, customer=customer, status=status, site=site, due=due, problem=problem)
    return page(rows, cursor, limit, descending=True).shown(order_shape)


@router.post("/customer-orders", response={201: CustomerOrderFull})
@requires("shipping.order")
def create(request: HttpRequest, order: CustomerOrderIn) -> Status[dict[str, Any]]:
    """Enter an order. The same `id` makes one order."""
    told = order.model_dump(exclude={"id", "lines"})
    lines = [Wanted(**line.model_dump()) for line in order.lines]
    made = actions.create(**told, lines=lines, uid=order.id, actor=permissions.actor(request))
    return Status(201, full_order(made.uid))


class OrderReading(listfiles.Reading):
    """How a file of orders is read; `confirmed`: they need not be looked at again."""

    site: wire.Name
    confirmed: bool = False


@router.post("/customer-orders/import", response=ListOut)
@requires("shipping.order")
def import_orders(
    request: HttpRequest,
    file: ListFile,
    answers: Annotated[OrderReading, Form()],
    preview: Preview = False,
) -> dict[str, Any]:
    """Enter orders from a CSV or XLSX file, all of them or none.

    Rows with the same number make one order. The columns are those of the template on the import page.
    """

    def act() -> listfiles.Made:
        made = actions.import_orders(
            data=listfiles.content(file), site=answers.site, encoding=answers.encoding,
            confirmed=answers.confirmed, actor=permissions.actor(request),
        )  # fmt: skip
        rows = sum(len(listed) for listed in queries.lines(made).values())
        return listfiles.Made([one.number for one in made], rows)

    return listfiles.taken(act, preview=preview)


@router.get("/customer-orders/{uid}", response=CustomerOrderFull)
@requires("shipping.view")
def order(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One order with what is reserved for it and why."""
    return full_order(uid)


@router.patch("/customer-orders/{uid}", response=CustomerOrderFull)
@requires("shipping.order")
def amend(request: HttpRequest, uid: UUID, change: OrderChangeIn) -> dict[str, Any]:
    """Change an order."""
    told = change.model_dump(exclude_unset=True, exclude={"lines"})
    changes = {name: value for name, value in told.items() if value is not None or name == "wanted_on"}
    if change.lines is not None:
        changes["lines"] = [Wanted(**line.model_dump()) for line in change.lines]
    actions.amend(order=uid, actor=permissions.actor(request), **changes)
    return full_order(uid)


@router.post("/customer-orders/{uid}/confirm", response=CustomerOrderFull)
@requires("shipping.order")
def confirm(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Confirm an order."""
    actions.confirm(order=uid, actor=permissions.actor(request))
    return full_order(uid)


@router.post("/customer-orders/{uid}/cancel", response=CustomerOrderFull)
@requires("shipping.order")
def cancel(request: HttpRequest, uid: UUID, why: ShippingReasonIn) -> dict[str, Any]:
    """Cancel an order of which nothing has left; what was reserved is free again."""
    actions.cancel(order=uid, reason=why.reason, actor=permissions.actor(request))
    return full_order(uid)


@router.post("/customer-orders/{uid}/close", response=CustomerOrderFull)
@requires("shipping.order")
def close(request: HttpRequest, uid: UUID, why: ShippingReasonIn) -> dict[str, Any]:
    """Close an order: what is still open lapses, with a reason."""
    actions.close(order=uid, reason=why.reason, actor=permissions.actor(request))
    return full_order(uid)


@router.post("/customer-orders/{uid}/lines", response={201: CustomerOrderFull})
@requires("shipping.order")
def add_line(request: HttpRequest, uid: UUID, line: OrderLineAdded) -> Status[dict[str, Any]]:
    """Take one more thing into an order."""
    wanted = Wanted(**line.model_dump(exclude={"reason"}))
    actions.add_line(order=uid, line=wanted, reason=line.reason, actor=permissions.actor(request))
    return Status(201, full_order(uid))


@router.patch("/customer-orders/{uid}/lines/{line}", response=CustomerOrderFull)
@requires("shipping.order")
def change_line(
    request: HttpRequest, uid: UUID, line: Annotated[Position, Path()], change: OrderLineChange
) -> dict[str, Any]:
    """Change how much of a line is wanted; reservations follow."""
    actions.change_line(order=uid, line=line, **change.model_dump(), actor=permissions.actor(request))
    return full_order(uid)


@router.post("/customer-orders/{uid}/lines/{line}/cancel", response=CustomerOrderFull)
@requires("shipping.order")
def cancel_line(
    request: HttpRequest, uid: UUID, line: Annotated[Position, Path()], why: ShippingReasonIn
) -> dict[str, Any]:
    """Ship nothing more of a line; what is reserved for it is free again."""
    actions.cancel_line(order=uid, line=line, reason=why.reason, actor=permissions.actor(request))
    return full_order(uid)


@router.post("/customer-orders/{uid}/allocate", response=CustomerOrderFull)
@requires("shipping.order")
def allocate(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Reserve what an order still lacks; shortages say why."""
    actions.allocate(order=uid, actor=permissions.actor(request))
    return full_order(uid)


@router.post("/customer-orders/{uid}/free", response=CustomerOrderFull)
@requires("shipping.order")
def free(request: HttpRequest, uid: UUID, told: FreeIn) -> dict[str, Any]:
    """Give back what is reserved."""
    actions.free(order=uid, reason=told.reason, line=told.line, actor=permissions.actor(request))
    return full_order(uid)


@router.post("/customer-orders/{uid}/choose-lot", response=CustomerOrderFull)
@requires("shipping.order")
def choose_lot(request: HttpRequest, uid: UUID, told: ChooseIn) -> dict[str, Any]:
    """Reserve a chosen lot for a line."""
    actions.choose_lot(order=uid, actor=permissions.actor(request), **told.model_dump())
    return full_order(uid)
