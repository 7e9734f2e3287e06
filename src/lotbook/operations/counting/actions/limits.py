"""How far a count may differ before it is counted again or must be approved."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from lotbook.kernel import clock
from lotbook.kernel.checks import Check
from lotbook.operations.counting.models import (
    Limit,
)


@transaction.atomic
def set_limit(
    *, item_group: str = "", percent: Any = "", quantity: Any = "", value: Any = "", actor: str
) -> Limit:
    """Above which difference items of a group (empty: all others) are counted again; each as decimal text.

    ``percent`` of the book, ``quantity`` in base units, ``value`` in the items' currency. All empty: no
    recount is ever required. Raises Refused with every fault.
    """
    check = Check()
    group = check.text("item_group", item_group, 60)
    of_book = check.decimal("percent", percent, places=2)
    units = check.decimal("quantity", quantity, places=3)
    worth = check.decimal("value", value, places=2)
    for name, number, most in (
        ("percent", of_book, 10**6),
        ("quantity", units, 10**12),
        ("value", worth, 10**11),
    ):
        if number is not None and not 0 <= number <= most:
            check.fault(name, f"expected 0 to {most}, got {number}.", "Check it.")
    check.done()
    limit, _ = Limit.objects.update_or_create(
        item_group=group,
        defaults={
            "percent_hundredths": None if of_book is None else int(of_book * 100),
            "quantity_thousandths": None if units is None else int(units * 1000),
            "value_micro": None if worth is None else int(worth * 10**6),
            "changed_at": clock.now(),
            "changed_by": actor,
        },
    )
    return limit
