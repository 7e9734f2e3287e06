"""The rules of shipping over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Status
from pydantic import BaseModel, Field

from lotbook.kernel import permissions
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.operations.shipping import actions, queries
from lotbook.operations.shipping.api.shapes import router
from lotbook.operations.shipping.models import ShippingRule
from lotbook.traceability.ledger import wire


class ShippingRuleIn(wire.Strict):
    """What a customer, an item or a group asks of lots; the most specific rule wins."""

    model_config = wire.example(customer="C001", minimum_percent=50, not_older=True)
    customer: wire.Name = ""
    item: wire.Name = ""
    item_group: Annotated[str, Field(max_length=60)] = ""
    strategy: Literal["fefo", "fifo", "lefo"] = "fefo"
    minimum_days: Annotated[int, Field(ge=0, le=20_000)] | None = None
    minimum_percent: Annotated[int, Field(ge=0, le=100)] | None = None
    one_lot: bool = False
    not_older: bool = False
    carrier: wire.Name = ""
    reason: Annotated[str, Field(max_length=500)] = ""


class ShippingRuleOut(BaseModel):
    """A rule."""

    id: UUID
    customer: str
    item: str
    item_group: str
    strategy: str
    minimum_days: int | None
    minimum_percent: int | None
    one_lot: bool
    not_older: bool
    carrier: str


@router.get("/shipping-rules", response=Listed[ShippingRuleOut])
@requires("shipping.view")
def rules(request: HttpRequest, cursor: Cursor = "", limit: Limit = LIMIT_USUAL) -> dict[str, Any]:
    """List the rules."""
    return page(queries.all_rules(), cursor, limit).shown(_rule)


@router.post("/shipping-rules", response={201: ShippingRuleOut})
@requires("shipping.order")
def add_rule(request: HttpRequest, rule: ShippingRuleIn) -> Status[dict[str, Any]]:
    """Make a rule."""
    made = actions.keep_rule(actor=permissions.actor(request), **rule.model_dump())
    return Status(201, _rule(made))


@router.put("/shipping-rules/{uid}", response=ShippingRuleOut)
@requires("shipping.order")
def change_rule(request: HttpRequest, uid: UUID, rule: ShippingRuleIn) -> dict[str, Any]:
    """Write a rule anew."""
    return _rule(actions.keep_rule(uid=uid, actor=permissions.actor(request), **rule.model_dump()))


@router.delete("/shipping-rules/{uid}", response={204: None})
@requires("shipping.order")
def remove_rule(request: HttpRequest, uid: UUID) -> Status[None]:
    """Take a rule away."""
    actions.remove_rule(uid=uid, actor=permissions.actor(request))
    return Status(204, None)


def _rule(row: ShippingRule) -> dict[str, Any]:
    return {
        "id": row.uid,
        "customer": row.customer.code if row.customer else "",
        "item": row.item.code if row.item else "",
        "item_group": row.item_group,
        "strategy": row.strategy,
        "minimum_days": row.minimum_days,
        "minimum_percent": row.minimum_percent,
        "one_lot": row.one_lot,
        "not_older": row.not_older,
        "carrier": row.carrier.code if row.carrier else "",
    }
