"""The rules of receiving over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Status
from pydantic import BaseModel, Field

from lotbook.kernel import permissions
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.operations.receiving import actions, queries
from lotbook.operations.receiving.api.shapes import Degrees, Percent, Short, router, text_of
from lotbook.operations.receiving.models import (
    ReceivingRule,
)
from lotbook.traceability.ledger import wire


class ReceivingRuleIn(wire.Strict):
    """How goods are received: of an item, a group, a supplier, or of all."""

    model_config = wire.example(
        item="TOM", over="5", quarantine="hold", required=["produced_on"], temperature_max="7"
    )

    item: wire.Name = ""
    group: Short = ""
    supplier: wire.Name = ""
    over: Percent = ""
    under: Percent = ""
    quarantine: Literal["", "none", "place", "hold"] = ""
    numbering: Literal["", "rule", "supplier"] = ""
    required: Annotated[list[Short], Field(max_length=20)] = Field(default_factory=list)
    temperature_min: Degrees = ""
    temperature_max: Degrees = ""


class ReceivingRuleOut(BaseModel):
    """A rule of receiving; tolerances in percent, temperatures in °C."""

    id: UUID
    item: str
    group: str
    supplier: str
    over: str
    under: str
    quarantine: str
    numbering: str
    required: list[str]
    temperature_min: str
    temperature_max: str


@router.get("/receiving-rules", response=Listed[ReceivingRuleOut])
@requires("receiving.view")
def receiving_rules(request: HttpRequest, cursor: Cursor = "", limit: Limit = LIMIT_USUAL) -> dict[str, Any]:
    """List the rules of receiving."""
    return page(queries.receiving_rules(), cursor, limit).shown(_rule)


@router.post("/receiving-rules", response={201: ReceivingRuleOut})
@requires("receiving.order")
def create_rule(request: HttpRequest, rule: ReceivingRuleIn) -> Status[dict[str, Any]]:
    """Make a rule."""
    made = actions.set_rule(**rule.model_dump(), actor=permissions.actor(request))
    return Status(201, _rule(queries.receiving_rule(made.uid)))


@router.put("/receiving-rules/{uid}", response=ReceivingRuleOut)
@requires("receiving.order")
def change_rule(request: HttpRequest, uid: UUID, rule: ReceivingRuleIn) -> dict[str, Any]:
    """Put another rule in the place of one."""
    actions.set_rule(**rule.model_dump(), uid=uid, actor=permissions.actor(request))
    return _rule(queries.receiving_rule(uid))


@router.delete("/receiving-rules/{uid}", response={204: None})
@requires("receiving.order")
def remove_rule(request: HttpRequest, uid: UUID) -> Status[None]:
    """Remove a rule."""
    actions.remove_rule(uid=uid)
    return Status(204, None)


def _rule(row: ReceivingRule) -> dict[str, Any]:
    return {
        "id": row.uid,
        "item": row.item.code if row.item else "",
        "group": row.group,
        "supplier": row.supplier.code if row.supplier else "",
        "over": text_of(row.over_tolerance, 2),
        "under": text_of(row.under_tolerance, 2),
        "quarantine": row.quarantine,
        "numbering": row.numbering,
        "required": row.required,
        "temperature_min": text_of(row.temperature_min_tenths, 1),
        "temperature_max": text_of(row.temperature_max_tenths, 1),
    }
