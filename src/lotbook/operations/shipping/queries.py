"""Reading orders, shipments, returns and rules."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from lotbook.foundation.partners.models import Location, Partner
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, NotFound
from lotbook.operations.shipping import rules
from lotbook.operations.shipping.models import (
    Order,
    OrderLine,
    Return,
    Shipment,
    ShippingRule,
    Wave,
)
from lotbook.traceability.lots import queries as lots

# -- orders ----------------------------------------------------------------------------------------


def order_key(name: UUID | str | None) -> int:
    """The key of the order with this uid or number; raises NotFound."""
    text = str(name or "").strip()
    try:
        found = Order.objects.filter(uid=UUID(text)).values_list("pk", flat=True).first()
    except ValueError:
        found = (
            None if storable(text) else Order.objects.filter(number=text).values_list("pk", flat=True).first()
        )
    if found is None:
        raise NotFound(
            Fault("order", f"there is no order {text[:60]!r}.", "Look it up in the list of orders.")
        )
    return found


def order(name: UUID | str) -> Order:
    """The order with this uid or number; raises NotFound."""
    rows = Order.objects.select_related("customer", "location", "site", "carrier", "wave")
    return rows.get(pk=order_key(name))


def orders(
    *,
    text: str = "",
    customer: str = "",
    status: str = "",
    site: str = "",
    due: str = "",
    problem: bool | None = None,
    on: date | None = None,
) -> QuerySet[Order]:
    """Customer orders, newest first.

    ``text`` is looked for in both numbers; ``customer`` and ``site`` are codes; ``status`` a state, or
    ``open`` for all in which goods can still leave; ``due``: ``late`` (wanted before today, not shipped),
    ``today`` or ``week``. What names nothing finds nothing.
    """
    rows = Order.objects.select_related("customer", "location", "site").order_by("-pk")
    if any(storable(word) for word in (text, customer, status, site, due)):
        return rows.none()
    if text:
        rows = rows.filter(Q(number__icontains=text) | Q(customer_number__icontains=text))
    if customer:
        rows = rows.filter(customer__code__iexact=customer)
    if site:
        rows = rows.filter(site__code=site)
    if status == "open":
        rows = rows.filter(status__in=rules.LIVE)
    elif status:
        rows = rows.filter(status=status)
    if due:
        rows = _due(rows, due, on or lots.today())
    return rows if problem is None else rows.filter(has_problem=problem)


def _due(rows: QuerySet[Order], due: str, today: date) -> QuerySet[Order]:
    waiting = rows.filter(status__in=[*rules.LIVE, "draft"])
    if due == "late":
        return waiting.filter(wanted_on__lt=today)
    if due == "today":
        return waiting.filter(wanted_on=today)
    return rows.none()


def lines(orders: Iterable[Order]) -> dict[int, list[OrderLine]]:
    """The lines of orders, by the order's key, in one statement."""
    found: dict[int, list[OrderLine]] = {order.pk: [] for order in orders}
    rows = OrderLine.objects.filter(order__in=list(found)).select_related("item", "lot")
    for line in rows.order_by("order_id", "number"):
        found[line.order_id].append(line)
    return found


def locations(customer: Partner) -> list[Location]:
    """Where a customer's goods can go."""
    return list(customer.locations.order_by("name"))


def wave(name: UUID | str) -> Wave:
    """The wave with this uid; raises NotFound."""
    try:
        return Wave.objects.get(uid=UUID(str(name)))
    except (Wave.DoesNotExist, ValueError):
        raise NotFound(Fault("wave", f"there is no wave {str(name)[:60]!r}.")) from None


def waves() -> QuerySet[Wave]:
    """Waves, newest first."""
    return Wave.objects.order_by("-pk")


# -- rules -----------------------------------------------------------------------------------------


def rule(uid: UUID | str) -> ShippingRule:
    """The rule with this uid; raises NotFound."""
    try:
        return ShippingRule.objects.select_related("customer", "item", "carrier").get(uid=UUID(str(uid)))
    except (ShippingRule.DoesNotExist, ValueError):
        raise NotFound(Fault("rule", f"there is no rule {str(uid)[:60]!r}.")) from None


def all_rules() -> QuerySet[ShippingRule]:
    """Every rule."""
    rows = ShippingRule.objects.select_related("customer", "item", "carrier")
    return rows.order_by("customer__code", "item__code", "item_group", "pk")


def rules_for(order: Order, of: Iterable[OrderLine]) -> dict[int, ShippingRule | None]:
    """The rule that wins for each line of an order, by the line's number."""
    known = list(
        ShippingRule.objects.filter(Q(customer=None) | Q(customer=order.customer_id)).select_related(
            "customer", "item", "carrier"
        )
    )
    return {line.number: rules.winner(known, order.customer_id, line.item_id, line.item.group) for line in of}


# -- shipments and returns -------------------------------------------------------------------------


def shipment(uid: UUID | str) -> Shipment:
    """The shipment with this uid, or whose event has it; raises NotFound."""
    rows = Shipment.objects.select_related("customer", "location", "place", "carrier")
    try:
        found = rows.filter(Q(uid=UUID(str(uid))) | Q(event=UUID(str(uid)))).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound(
            Fault("shipment", f"there is no shipment {str(uid)[:60]!r}.", "Look it up in the list.")
        )
    return found


def shipments(
    *, text: str = "", customer: str = "", carrier: str = "", status: str = ""
) -> QuerySet[Shipment]:
    """Shipments, newest first; ``text`` is a delivery note, order or tracking number."""
    rows = Shipment.objects.select_related("customer", "location", "carrier").order_by("-pk")
    if any(storable(word) for word in (text, customer, carrier, status)):
        return rows.none()
    if text:
        rows = rows.filter(
            Q(number__icontains=text) | Q(order_number__icontains=text) | Q(tracking_number__icontains=text)
        )
    if customer:
        rows = rows.filter(customer__code__iexact=customer)
    if carrier:
        rows = rows.filter(carrier__code__iexact=carrier)
    return rows.filter(status=status) if status else rows


def returns(*, text: str = "", customer: str = "", code: str = "") -> QuerySet[Return]:
    """Returns, newest first."""
    rows = Return.objects.select_related("customer", "shipment", "place").order_by("-pk")
    if any(storable(word) for word in (text, customer, code)):
        return rows.none()
    if text:
        rows = rows.filter(Q(number__icontains=text) | Q(shipment__number__icontains=text))
    if customer:
        rows = rows.filter(customer__code__iexact=customer)
    return rows.filter(code=code) if code else rows
