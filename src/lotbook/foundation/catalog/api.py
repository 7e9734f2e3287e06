"""Items over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import BaseModel, ConfigDict, Field

from lotbook.foundation.catalog import actions, queries, rules
from lotbook.foundation.catalog.models import Conversion, Item, Packaging
from lotbook.kernel import permissions
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.kernel.quantity import to_text

router = Router()

Attributes = dict[str, str | bool | int | float]
Tracking = Literal["lot", "serial", "none"]
Code = Annotated[str, Field(max_length=60)]
Name = Annotated[str, Field(max_length=200)]
UnitCode = Annotated[str, Field(max_length=8, description="UN/ECE Rec 20 code such as KGM, LTR, H87.")]
Decimal = Annotated[str, Field(max_length=40, description="Decimal text.")]
Gtin = Annotated[str, Field(max_length=20, description="GTIN-8, -12, -13 or -14.")]
Filter = Annotated[str, Field(max_length=200)]


class ItemFields(BaseModel):
    """Fields of an item that may be given when it is made or amended."""

    model_config = ConfigDict(extra="forbid")

    gtin: Gtin | None = None
    group: Annotated[str, Field(max_length=60)] = ""
    shelf_life_days: Annotated[int, Field(ge=0, le=rules.SHELF_LIFE_MAX)] | None = None
    standard_cost: Decimal | None = Field(None, description="Per base unit, at most six decimal places.")
    currency: Annotated[str, Field(max_length=3, description="ISO 4217.")] = ""
    net_weight: Decimal | None = Field(None, description="Kilograms of one base unit.")
    attributes: Attributes = Field(default_factory=dict)
    reason: Annotated[str, Field(max_length=500, description="Why: kept in the history.")] = ""


class ItemIn(ItemFields):
    """A new item."""

    code: Code
    name: Name
    unit: UnitCode = "H87"
    scale: Annotated[int, Field(ge=0, le=9, description="Decimal places quantities are kept to.")] = 0
    tracking: Tracking = "lot"


class ItemChange(ItemFields):
    """What to change about an item; fields left out stay."""

    code: Code = ""
    name: Name = ""
    unit: UnitCode = ""
    scale: Annotated[int, Field(ge=0, le=9)] = 0
    tracking: Tracking = "lot"
    is_active: bool = True


class PackagingIn(BaseModel):
    """A packaging level: ``content`` of ``unit`` (empty: the base unit)."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=60)]
    content: Decimal
    unit: Annotated[str, Field(max_length=8)] = ""
    gtin: Gtin | None = None


class PackagingOut(BaseModel):
    """A packaging level with its content in base units."""

    name: str
    gtin: str | None
    content: str


class ConversionIn(BaseModel):
    """How many base units one of the unit is: decimal text, or a fraction such as 20/7."""

    model_config = ConfigDict(extra="forbid")

    factor: Annotated[str, Field(max_length=60)]


class ConversionOut(BaseModel):
    """One ``unit`` is ``numerator / denominator`` base units."""

    unit: str
    numerator: str
    denominator: str


class ItemOut(BaseModel):
    """An item."""

    id: UUID
    code: str
    name: str
    gtin: str | None
    group: str
    unit: str
    scale: int
    tracking: str
    shelf_life_days: int | None
    standard_cost: str
    currency: str
    attributes: dict[str, Any]
    is_active: bool
    is_foreign: bool
    uri: str | None
    packagings: list[PackagingOut]
    conversions: list[ConversionOut]


@router.get("/items", response=Listed[ItemOut])
@requires("catalog.view")
def items(
    request: HttpRequest,
    *,
    text: Filter = "",
    group: Filter = "",
    tracking: Tracking | None = None,
    active: bool | None = None,
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List items; ``text`` is looked for in code, name and GTIN."""
    rows = queries.items(text=text, group=group, tracking=tracking or "", active=active)
    return page(rows.prefetch_related("packagings", "conversions"), cursor, limit).shown(_out)


@router.post("/items", response={201: ItemOut})
@requires("catalog.edit")
def create_item(request: HttpRequest, item: ItemIn) -> Status[dict[str, Any]]:
    """Make an item."""
    made = actions.create_item(actor=permissions.actor(request), **item.model_dump())
    return Status(201, _out(made))


@router.get("/items/{uid}", response=ItemOut)
@requires("catalog.view")
def item(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One item with its packagings and conversions."""
    return _out(queries.item(uid))


@router.patch("/items/{uid}", response=ItemOut)
@requires("catalog.edit")
def amend_item(request: HttpRequest, uid: UUID, item: ItemChange) -> dict[str, Any]:
    """Change an item. Unit and tracking stay once it has lots; a scale is only made finer, before that."""
    changes = item.model_dump(exclude_unset=True)
    reason = changes.pop("reason", "")
    return _out(actions.amend_item(actor=permissions.actor(request), uid=uid, changes=changes, reason=reason))


@router.post("/items/{uid}/packagings", response={201: PackagingOut})
@requires("catalog.edit")
def add_packaging(request: HttpRequest, uid: UUID, packaging: PackagingIn) -> Status[dict[str, Any]]:
    """Give an item a packaging level."""
    made = actions.add_packaging(actor=permissions.actor(request), uid=uid, **packaging.model_dump())
    return Status(201, _packaging(made, made.item))


@router.put("/items/{uid}/conversions/{unit}", response=ConversionOut)
@requires("catalog.edit")
def set_conversion(
    request: HttpRequest, uid: UUID, unit: UnitCode, conversion: ConversionIn
) -> dict[str, Any]:
    """Say how many base units of this item one ``unit`` is."""
    return _conversion(
        actions.set_conversion(actor=permissions.actor(request), uid=uid, unit=unit, factor=conversion.factor)
    )


def _out(one: Item) -> dict[str, Any]:
    return {
        "id": one.uid,
        "code": one.code,
        "name": one.name,
        "gtin": one.gtin,
        "group": one.group,
        "unit": one.unit,
        "scale": one.scale,
        "tracking": one.tracking,
        "shelf_life_days": one.shelf_life_days,
        "standard_cost": rules.cost_text(one.standard_cost_micro),
        "currency": one.currency,
        "attributes": one.attributes,
        "is_active": one.is_active,
        "is_foreign": one.is_foreign,
        "uri": one.uri,
        "packagings": [_packaging(level, one) for level in one.packagings.all()],
        "conversions": [_conversion(row) for row in one.conversions.all()],
    }


def _packaging(level: Packaging, one: Item) -> dict[str, Any]:
    return {"name": level.name, "gtin": level.gtin, "content": to_text(level.content, one.scale)}


def _conversion(row: Conversion) -> dict[str, Any]:
    return {"unit": row.unit, "numerator": str(row.numerator), "denominator": str(row.denominator)}
