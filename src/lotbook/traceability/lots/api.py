"""Lots and numbering rules over HTTP. Lots are made by events: receive, produce, opening."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import BaseModel, ConfigDict, Field

from lotbook.foundation.catalog import queries as catalog
from lotbook.foundation.places import queries as places
from lotbook.kernel import permissions
from lotbook.kernel.errors import Fault, NotFound
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, Page, page
from lotbook.kernel.permissions import requires
from lotbook.traceability.lots import actions, queries
from lotbook.traceability.lots.models import Hold, Lot, NumberingRule

router = Router()

Attributes = dict[str, str | bool | int | float]
Status_ = Literal["recalled", "rejected", "hold", "expired", "quarantine", "released"]
Reset = Literal["day", "month", "year", "never"]
Reason = Annotated[str, Field(max_length=500, description="Why: kept in the history.")]
Filter = Annotated[str, Field(max_length=200)]
KINDS = ("bulk", "lot", "serial")


class LotChange(BaseModel):
    """Facts to change; those left out stay. Item and number are the lot's identity and cannot change."""

    model_config = ConfigDict(extra="forbid")

    supplier: UUID | None = None
    supplier_lot: Annotated[str, Field(max_length=120)] = ""
    tlc: Annotated[str, Field(max_length=500, description="Traceability lot code (FSMA 204).")] = ""
    tlc_source: UUID | None = Field(None, description="The location that assigned it.")
    tlc_source_reference: Annotated[str, Field(max_length=500)] = ""
    origin_country: Annotated[str, Field(max_length=2, description="ISO 3166-1 alpha-2.")] = ""
    harvested_on: date | None = None
    produced_on: date | None = None
    packed_on: date | None = None
    received_on: date | None = None
    sell_by_on: date | None = None
    best_before_on: date | None = None
    expires_on: date | None = None
    retest_on: date | None = None
    attributes: Attributes = Field(default_factory=dict)
    reason: Reason = ""


class HoldOut(BaseModel):
    """An open hold."""

    id: UUID
    kind: str
    reason: str
    placed_at: datetime
    placed_by: str


class LotOut(BaseModel):
    """A lot or serial; ``status`` is derived from its holds and its expiry."""

    id: UUID
    item: str
    kind: str
    number: str
    inside: str = Field(description="The number of the lot a serial is inside of.")
    status: str
    supplier: str
    supplier_lot: str
    tlc: str
    tlc_source: UUID | None
    tlc_source_reference: str
    origin_country: str
    harvested_on: date | None
    produced_on: date | None
    packed_on: date | None
    received_on: date | None
    sell_by_on: date | None
    best_before_on: date | None
    expires_on: date | None
    retest_on: date | None
    attributes: dict[str, Any]
    uri: str | None


class LotFull(LotOut):
    """A lot with its open holds."""

    holds: list[HoldOut]


class RuleIn(BaseModel):
    """A numbering rule: pattern with {date:%y%m%d} {julian} {site} {item} {shift} {seq:4} {random:4}."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=100)]
    pattern: Annotated[str, Field(max_length=120)]
    reset: Reset = "day"
    item: UUID | None = None
    is_default: bool = False


class RuleOut(BaseModel):
    """A numbering rule."""

    id: int
    name: str
    pattern: str
    reset: str
    item: UUID | None
    is_default: bool


class NumbersIn(BaseModel):
    """For which item, on which date of the site, and how many."""

    model_config = ConfigDict(extra="forbid")

    item: UUID
    on: date
    site: UUID | None = None
    shift: Annotated[str, Field(max_length=20)] = ""
    count: Annotated[int, Field(ge=1, le=1_000)] = 1


class NumbersOut(BaseModel):
    """Fresh numbers, rising."""

    numbers: list[str]


RuleKey = Annotated[int, Field(ge=1, le=2**63 - 1)]


@router.get("/lots", response=Listed[LotOut])
@requires("lots.view")
def lots(
    request: HttpRequest,
    *,
    item: UUID | None = None,
    status: Status_ | None = None,
    expires_within: Annotated[int, Field(ge=0, le=36_500)] | None = None,
    supplier: UUID | None = None,
    text: Filter = "",
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List lots, newest first; ``text`` is looked for in numbers, item code and item name."""
    rows = queries.lots(
        item=item, status=status or "", expires_within=expires_within, supplier=supplier, text=text
    )
    found: Page[Lot] = page(rows, cursor, limit, descending=True)
    status_of = queries.statuses(found.items)
    return found.shown(lambda one: _out(one, status_of))


@router.get("/lots/{uuid:uid}", response=LotFull)
@requires("lots.view")
def lot(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One lot with its open holds."""
    return _full(uid)


@router.patch("/lots/{uuid:uid}", response=LotFull)
@requires("lots.edit")
def amend_lot(request: HttpRequest, uid: UUID, lot: LotChange) -> dict[str, Any]:
    """Change facts of a lot; old and new stay in its history."""
    changes = lot.model_dump(exclude_unset=True)
    reason = changes.pop("reason", "")
    actions.amend_lot(actor=permissions.actor(request), uid=uid, changes=changes, reason=reason)
    return _full(uid)


@router.get("/numbering", response=Listed[RuleOut])
@requires("lots.view")
def numbering_rules(request: HttpRequest, cursor: Cursor = "", limit: Limit = LIMIT_USUAL) -> dict[str, Any]:
    """List numbering rules."""
    return page(queries.numbering_rules(), cursor, limit).shown(_rule)


@router.post("/numbering", response={201: RuleOut})
@requires("numbering.edit")
def create_rule(request: HttpRequest, rule: RuleIn) -> Status[dict[str, Any]]:
    """Make a numbering rule."""
    return Status(201, _rule(actions.create_rule(actor=permissions.actor(request), **rule.model_dump())))


@router.post("/numbering/{key}/numbers", response={201: NumbersOut})
@requires("lots.edit")
def next_numbers(request: HttpRequest, key: RuleKey, wanted: NumbersIn) -> Status[dict[str, Any]]:
    """Take fresh numbers from a rule: never handed out before."""
    site = places.place(wanted.site) if wanted.site else None
    if site is not None and not site.own:
        raise NotFound(Fault("site", f"{site.code} is no place of ours.", "Choose a site."))
    numbers = actions.next_numbers(
        queries.numbering_rule(key),
        item=catalog.item(wanted.item),
        on=wanted.on,
        site=site,
        shift=wanted.shift,
        count=wanted.count,
    )
    return Status(201, {"numbers": numbers})


def _full(uid: UUID) -> dict[str, Any]:
    found = queries.page(uid)
    holds = [_hold(hold) for hold in found.open_holds]
    return {**_out(found.lot, {found.lot.pk: found.status}), "holds": holds}


def _out(one: Lot, status_of: Mapping[int, str]) -> dict[str, Any]:
    same = (
        "number", "supplier_lot", "tlc", "tlc_source_reference", "origin_country", "harvested_on", "produced_on",
        "packed_on", "received_on", "sell_by_on", "best_before_on", "expires_on", "retest_on", "attributes", "uri",
    )  # fmt: skip
    return {
        "id": one.uid,
        "item": one.item.code,
        "kind": KINDS[one.kind],
        "inside": one.inside.number if one.inside else "",
        "status": status_of[one.pk],
        "supplier": one.supplier.code if one.supplier else "",
        "tlc_source": one.tlc_source.uid if one.tlc_source else None,
        **{name: getattr(one, name) for name in same},
    }


def _hold(hold: Hold) -> dict[str, Any]:
    return {
        "id": hold.uid,
        "kind": hold.kind,
        "reason": hold.reason,
        "placed_at": hold.placed_at,
        "placed_by": hold.placed_by,
    }


def _rule(rule: NumberingRule) -> dict[str, Any]:
    return {
        "id": rule.pk,
        "name": rule.name,
        "pattern": rule.pattern,
        "reset": rule.reset,
        "item": rule.item.uid if rule.item else None,
        "is_default": rule.is_default,
    }
