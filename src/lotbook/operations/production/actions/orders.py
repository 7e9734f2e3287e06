"""Production orders: planned, released, worked on in runs, and done or cancelled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from lotbook.foundation.catalog.rules import symbol
from lotbook.foundation.documents import actions as documents
from lotbook.kernel import clock
from lotbook.kernel.errors import Conflict, Fault
from lotbook.kernel.ids import new_uid
from lotbook.kernel.quantity import to_text
from lotbook.operations.production import queries
from lotbook.operations.production.actions import issuing
from lotbook.operations.production.models import Order, OrderStatus, Priority, Recipe, RecipeStatus, RunStatus
from lotbook.traceability.ledger.lines import Named, Reading, asked, moment_at

KIND = "production.order"
PREFIX = "PRD"


def create_order(
    *,
    actor: str,
    quantity: str,
    site: Named,
    item: Named = "",
    recipe: Named = "",
    unit: str = "",
    due_on: date | str | None = None,
    priority: int | str = Priority.NORMAL,
    number: str = "",
    note: str = "",
    uid: UUID | None = None,
) -> Order:
    """Plan to make ``quantity`` (decimal text in ``unit``) of ``item`` at ``site`` by ``due_on``.

    ``recipe`` by code or uid; left out, the item's recipe in force on that day. ``number`` is given or
    made (PRD-2027-00001). The same ``uid`` makes one order. Raises Refused with every fault, Conflict when
    the number is taken.
    """
    digest = asked(
        act="create_order", quantity=quantity, site=site, item=item, recipe=recipe, unit=unit, due_on=due_on,
        priority=priority, number=number, note=note,
    )  # fmt: skip

    def act() -> Order:
        reading = Reading()
        used = queries.recipe(recipe) if recipe else None
        made = reading.item("item", item) if item or used is None else used.item
        where = reading.place("site", site, kinds=("site", "area"))
        due = reading.day("due_on", due_on)
        if used is None and made is not None:
            used = queries.in_force(made, due or clock.now().date())
            if used is None:
                cause = f"no recipe of {made.code} is in force."
                reading.fault("recipe", cause, "Write one and activate it.", "required")
        elif used is not None and made is not None:
            _check_recipe(reading, used, made.pk)
        amount = reading.quantity("order", made, quantity, unit) if made is not None else None
        names = {"order/quantity": "quantity", "order/unit": "unit"}
        reading.faults = [
            Fault(names.get(one.field, one.field), one.cause, one.remedy, one.code) for one in reading.faults
        ]
        values: dict[str, Any] = {
            "priority": reading.whole("priority", priority, 1, 4) or Priority.NORMAL,
            "note": reading.text("note", note, 2000, lines=True),
            "due_on": due,
        }
        wanted = reading.text("number", number, 60)
        if wanted and Order.objects.filter(number=wanted).exists():
            cause = f"there is an order {wanted} already."
            raise Conflict(Fault("number", cause, "Give it another number.", "taken"))
        reading.done()
        assert made is not None
        assert used is not None
        assert amount is not None
        assert where is not None
        now = moment_at(where, None)
        order = Order.objects.create(
            uid=uid or new_uid(),
            number=wanted or documents.next_number(PREFIX, on=now),
            item=made,
            recipe=used,
            quantity=amount,
            site=where,
            created_at=now,
            created_by=actor,
            asked=digest,
            **values,
        )
        text = f"{to_text(order.quantity, order.item.scale)} {symbol(order.item.unit)} by {used}"
        documents.record(order.uid, KIND, "planned", actor=actor, text=text, reason=values["note"])
        return order

    return _once(uid, digest, act)


@transaction.atomic
def release_order(*, order: Named, actor: str, reason: str = "") -> Order:
    """Give an order to the floor: from now on runs can be opened for it."""
    found = _locked(order, OrderStatus.PLANNED)
    if found.recipe.status != RecipeStatus.ACTIVE:
        cause = f"{found.recipe} is {found.recipe.status}."
        raise Conflict(Fault("recipe", cause, "Make a new order by an active version.", "recipe"))
    return _step(found, OrderStatus.RELEASED, "released", actor, reason)


@transaction.atomic
def finish_order(*, order: Named, actor: str, reason: str = "") -> Order:
    """Say that an order is done; less than ordered needs a reason. Conflict while a run of it is open."""
    found = _locked(order, OrderStatus.RELEASED, OrderStatus.IN_PROGRESS)
    _no_open_run(found)
    row = queries.order_rows([found])[0]
    reading = Reading()
    why = reading.text("reason", reason, 2000, lines=True)
    if row.left and not why:
        unit = symbol(found.item.unit)
        cause = f"{to_text(row.made, found.item.scale)} of {to_text(found.quantity, found.item.scale)} {unit}"
        reading.fault("reason", f"{cause} are made.", "Open another run, or say why it ends.", "required")
    reading.done()
    issuing.free(found.uid, actor=actor, reason="the order is done")
    return _step(found, OrderStatus.DONE, "done", actor, why)


@transaction.atomic
def cancel_order(*, order: Named, actor: str, reason: str) -> Order:
    """Give an order up, with a reason; what is reserved for it is free again."""
    found = _locked(order, OrderStatus.PLANNED, OrderStatus.RELEASED, OrderStatus.IN_PROGRESS)
    _no_open_run(found)
    reading = Reading()
    why = reading.text("reason", reason, 2000, required=True, lines=True)
    reading.done()
    issuing.free(found.uid, actor=actor, reason="the order is cancelled")
    return _step(found, OrderStatus.CANCELLED, "cancelled", actor, why)


@transaction.atomic
def reschedule_order(
    *, order: Named, actor: str, due_on: date | str | None = None, priority: int | str = "", reason: str = ""
) -> Order:
    """Give an order another day or priority; what is left out stays."""
    found = _locked(order, OrderStatus.PLANNED, OrderStatus.RELEASED, OrderStatus.IN_PROGRESS)
    reading = Reading()
    due = reading.day("due_on", due_on)
    rank = reading.whole("priority", priority, 1, 4)
    why = reading.text("reason", reason, 2000, lines=True)
    reading.done()
    said = []
    if due is not None and due != found.due_on:
        said.append(f"due {clock.written(due)}")
        found.due_on = due
    if rank is not None and rank != found.priority:
        found.priority = Priority(rank)
        said.append(f"priority {Priority(rank).label.lower()}")
    if said:
        found.save(update_fields=["due_on", "priority"])
        documents.record(found.uid, KIND, "rescheduled", actor=actor, text=", ".join(said), reason=why)
    return found


# -- steps -----------------------------------------------------------------------------------------


def _check_recipe(reading: Reading, recipe: Recipe, item: int) -> None:
    if recipe.status != RecipeStatus.ACTIVE:
        reading.fault("recipe", f"{recipe} is {recipe.status}.", "Choose an active version.")
    elif recipe.item_id != item:
        reading.fault("recipe", f"{recipe} makes {recipe.item.code}.", "Choose a recipe of this item.")


def _once(uid: UUID | None, digest: str, act: Callable[[], Order]) -> Order:
    known = _made_before(uid, digest)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return act()
    except IntegrityError:
        # The same form sent twice at the same moment: the other one is in the book now.
        known = _made_before(uid, digest)
        if known is None:
            raise
        return known


def _made_before(uid: UUID | None, digest: str) -> Order | None:
    known = Order.objects.filter(uid=uid).first() if uid is not None else None
    if known is not None and known.asked != digest:
        cause = "this form was sent before, with other content; the first one stands."
        raise Conflict(Fault("uid", cause, "Open a fresh form.", "other_content"))
    return known


def _locked(name: Named, *statuses: OrderStatus) -> Order:
    found = queries.order(name or "")
    rows = Order.objects.select_for_update(of=("self",)).select_related("item", "site", "recipe")
    order = rows.get(pk=found.pk)
    if order.status not in statuses:
        cause = f"{order.number} is {order.get_status_display().lower()}."
        raise Conflict(Fault("order", cause, "See its page for what can be done.", "status"))
    return order


def _no_open_run(order: Order) -> None:
    still = order.runs.filter(status=RunStatus.OPEN).values_list("number", flat=True).first()
    if still:
        cause = f"{still} is still open."
        raise Conflict(Fault("order", cause, "Close it first.", "open_run"))


def _step(order: Order, status: OrderStatus, verb: str, actor: str, reason: str) -> Order:
    reading = Reading()
    why = reading.text("reason", reason, 2000, lines=True)
    reading.done()
    order.status = status
    order.save(update_fields=["status"])
    documents.record(order.uid, KIND, verb, actor=actor, reason=why)
    return order
