"""Rules of customers and items: what their lots have to be."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from lotbook.kernel import history
from lotbook.kernel.errors import Fault, Refused
from lotbook.operations.shipping import queries
from lotbook.operations.shipping.models import ShippingRule, Strategy
from lotbook.traceability.ledger.lines import Named, Reading

TAKEN = "there is a rule for this customer and these items already."


@transaction.atomic
def keep_rule(
    *,
    actor: str,
    uid: UUID | str | None = None,
    customer: Named = "",
    item: Named = "",
    item_group: str = "",
    strategy: str = Strategy.FEFO,
    minimum_days: int | str | None = None,
    minimum_percent: int | str | None = None,
    one_lot: bool = False,
    not_older: bool = False,
    carrier: Named = "",
    reason: str = "",
) -> ShippingRule:
    """Make a rule, or write the one called ``uid`` anew.

    It is for one customer or all, and for one item, a group of items or all. ``minimum_percent`` is of the
    item's shelf life. Raises Refused with every fault, Conflict when there is such a rule.
    """
    reading = Reading()
    values: dict[str, Any] = {
        "customer": reading.partner("customer", customer, "customer") if customer else None,
        "item": reading.item("item", item) if item else None,
        "item_group": reading.text("item_group", item_group, 60),
        "strategy": reading.choice("strategy", strategy or "fefo", Strategy.values),
        "minimum_days": reading.whole("minimum_days", minimum_days, 0, 20_000),
        "minimum_percent": reading.whole("minimum_percent", minimum_percent, 0, 100),
        "one_lot": reading.flag("one_lot", one_lot),
        "not_older": reading.flag("not_older", not_older),
        "carrier": reading.partner("carrier", carrier, "carrier") if carrier else None,
    }
    if values["item"] and values["item_group"]:
        reading.fault("item_group", "the rule names an item already.", "Choose an item or a group.")
    why = reading.text("reason", reason, 500)
    reading.done()
    rule = queries.rule(uid) if uid else ShippingRule()
    for name, value in values.items():
        setattr(rule, name, value)
    rule.key = f"{rule.customer_id or ''}/{rule.item_id or ''}/{rule.item_group}"
    if ShippingRule.objects.filter(key=rule.key).exclude(pk=rule.pk).exists():
        raise Refused(Fault("customer", TAKEN, "Change that one.", "taken"), status=409)
    with history.unique("customer", TAKEN, "Change that one."):
        history.save(rule, actor=actor, reason=why)
    return rule


@transaction.atomic
def remove_rule(*, uid: UUID | str, actor: str, reason: str = "") -> None:
    """Take a rule away; its history stays."""
    history.remove(queries.rule(uid), actor=actor, reason=reason)
