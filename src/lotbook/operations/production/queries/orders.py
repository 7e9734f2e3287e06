"""Reading production orders: one with its runs and material, and the list with lateness and progress."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import F, QuerySet

from lotbook.foundation.documents.queries import TimelineEntry, timeline
from lotbook.kernel import clock
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, NotFound
from lotbook.operations.production import rules
from lotbook.operations.production.models import Order, OrderStatus, Run, RunStatus
from lotbook.operations.production.queries import recipes as recipe_queries
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.lines import moment_at

ENDED = (OrderStatus.DONE, OrderStatus.CANCELLED)


def order(name: UUID | str) -> Order:
    """The production order with this uid or number; raises NotFound."""
    text = str(name).strip()
    rows = Order.objects.select_related("item", "site", "recipe__item")
    try:
        found = rows.filter(uid=UUID(text)).first()
    except ValueError:
        found = None if storable(text) else rows.filter(number=text).first()
    if found is None:
        cause = f"there is no production order {text[:60]!r}."
        raise NotFound(Fault("order", cause, "Look it up in the list of orders."))
    return found


def orders(*, text: str = "", item: str = "", status: str = "", late: bool = False) -> QuerySet[Order]:
    """Production orders, newest first; ``status`` open means neither done nor cancelled."""
    rows = Order.objects.select_related("item", "site", "recipe").order_by("-pk")
    if any(storable(word) for word in (text, item, status)):
        return rows.none()
    if text:
        rows = rows.filter(number__icontains=text)
    if item:
        rows = rows.filter(item__code__iexact=item)
    if status == "open":
        rows = rows.exclude(status__in=ENDED)
    elif status:
        rows = rows.filter(status=status)
    if late:
        rows = rows.exclude(status__in=ENDED).filter(due_on__lt=clock.now().date())
    return rows


def to_do(most: int = 5) -> tuple[list[Run], list[Order]]:
    """What is being made, oldest first, and the released orders no run is open for, the most urgent first."""
    open_runs = Run.objects.filter(status=RunStatus.OPEN, parent=None).select_related("item", "order")
    waiting = orders(status=OrderStatus.RELEASED).order_by("priority", F("due_on").asc(nulls_last=True), "pk")
    return list(open_runs.order_by("pk")[:most]), list(waiting[:most])


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as the list shows it; quantities in smallest units."""

    order: Order
    made: int
    runs: int
    days_late: int

    @property
    def percent(self) -> int:
        """How much of it is made, in whole percent."""
        return self.made * 100 // self.order.quantity

    @property
    def left(self) -> int:
        """What is still to be made."""
        return max(self.order.quantity - self.made, 0)


def rows(listed: Iterable[Order]) -> list[OrderRow]:
    """What the list says of orders, in three statements for any number."""
    orders_shown = list(listed)
    owner = dict(Run.objects.filter(order__in=orders_shown).values_list("place_id", "order_id"))
    owner |= dict(Run.objects.filter(parent__order__in=orders_shown).values_list("place_id", "parent__order"))
    batches: dict[int, int] = {}
    for key in Run.objects.filter(order__in=orders_shown).values_list("order_id", flat=True):
        batches[key] = batches.get(key, 0) + 1
    made: dict[tuple[int, int], int] = {}
    if owner:
        for (place, item), quantity in ledger.made_in(list(owner)).items():
            made[owner[place], item] = made.get((owner[place], item), 0) + quantity
    today = clock.now().date()
    return [
        OrderRow(one, made.get((one.pk, one.item_id), 0), batches.get(one.pk, 0), days_late(one, today))
        for one in orders_shown
    ]


def days_late(one: Order, today: date) -> int:
    """How many days after its day an order is still not done; 0 when it is in time."""
    if one.due_on is None or one.status in ENDED:
        return 0
    return max((today - one.due_on).days, 0)


def still_to_plan(one: Order) -> int:
    """What of an order no run is there for: what closed runs made and open ones plan taken off."""
    runs = list(one.runs.all())
    closed = [run for run in runs if run.status == RunStatus.CLOSED]
    units = Run.objects.filter(parent__in=closed).values_list("place_id", flat=True)
    places = [run.place_id for run in closed] + list(units)
    made = sum(quantity for (_, item), quantity in ledger.made_in(places).items() if item == one.item_id)
    planned = sum(run.planned_quantity or 0 for run in runs if run.status == RunStatus.OPEN)
    return one.quantity - made - planned


@dataclass(slots=True)
class OrderPage:
    """A production order as its page shows it."""

    row: OrderRow
    plan: rules.Plan
    runs: list[Run]
    timeline: list[TimelineEntry]
    to_plan: int

    @property
    def order(self) -> Order:
        """The order itself."""
        return self.row.order

    @property
    def created_at(self) -> object:
        """When it was written, in the site's own time."""
        return moment_at(self.order.site, self.order.created_at)

    @property
    def next_step(self) -> str:
        """What is to be done next: release, run, finish, or nothing."""
        if self.order.status == OrderStatus.PLANNED:
            return "release"
        if self.order.status in ENDED:
            return ""
        if self.to_plan > 0:
            return "run"
        open_runs = any(run.status == RunStatus.OPEN for run in self.runs)
        return "work" if open_runs else "finish"

    @property
    def open_run(self) -> Run | None:
        """The run that is being worked on."""
        return next((run for run in self.runs if run.status == RunStatus.OPEN), None)


def order_page(name: UUID | str) -> OrderPage:
    """A production order with its runs and progress."""
    one = order(name)
    runs = list(one.runs.select_related("item", "site").order_by("pk"))
    return OrderPage(
        row=rows([one])[0],
        plan=recipe_queries.plan(one.recipe, one.quantity),
        runs=runs,
        timeline=timeline(one.uid),
        to_plan=still_to_plan(one),
    )
