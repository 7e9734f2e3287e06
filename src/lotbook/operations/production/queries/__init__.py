"""Reads of this room that span rows."""

from lotbook.operations.production.queries.orders import (
    OrderPage,
    OrderRow,
    order,
    order_page,
    orders,
    still_to_plan,
)
from lotbook.operations.production.queries.orders import rows as order_rows
from lotbook.operations.production.queries.recipes import (
    in_force,
    plan,
    recipe,
    recipes,
    versions,
    words,
    words_of,
)
from lotbook.operations.production.queries.runs import (
    YIELD,
    RunPage,
    balance,
    page,
    run,
    runs,
    shares,
    unit_places,
)
from lotbook.operations.production.queries.suggesting import Suggested, suggested_lots

__all__ = [
    "YIELD",
    "OrderPage",
    "OrderRow",
    "RunPage",
    "Suggested",
    "balance",
    "in_force",
    "order",
    "order_page",
    "order_rows",
    "orders",
    "page",
    "plan",
    "recipe",
    "recipes",
    "run",
    "runs",
    "shares",
    "still_to_plan",
    "suggested_lots",
    "unit_places",
    "versions",
    "words",
    "words_of",
]
