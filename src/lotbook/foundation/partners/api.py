"""Partners and their locations over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import BaseModel, ConfigDict, Field

from lotbook.foundation.partners import actions, queries
from lotbook.foundation.partners.models import Location, Partner
from lotbook.kernel import permissions
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires

router = Router()

Attributes = dict[str, str | bool | int | float]
Gln = Annotated[str, Field(max_length=20, description="GLN of 13 digits.")]
Text = Annotated[str, Field(max_length=200)]
Short = Annotated[str, Field(max_length=60)]
Reason = Annotated[str, Field(max_length=500, description="Why: kept in the history.")]
Filter = Annotated[str, Field(max_length=200)]


class PartnerFields(BaseModel):
    """Fields of a partner that may be given when it is made or amended."""

    model_config = ConfigDict(extra="forbid")

    is_supplier: bool = False
    is_customer: bool = False
    is_carrier: bool = False
    is_contract_maker: bool = False
    gln: Gln | None = None
    email: Annotated[str, Field(max_length=254)] = ""
    phone: Short = ""
    language: Annotated[str, Field(max_length=10)] = ""
    attributes: Attributes = Field(default_factory=dict)
    reason: Reason = ""


class PartnerIn(PartnerFields):
    """A new partner."""

    code: Short
    name: Text


class PartnerChange(PartnerFields):
    """What to change about a partner; fields left out stay."""

    code: Short = ""
    name: Text = ""
    is_active: bool = True


class LocationFields(BaseModel):
    """A location description as 21 CFR 1.1310 asks for it."""

    model_config = ConfigDict(extra="forbid")

    business_name: Text = ""
    gln: Gln | None = None
    phone: Short = ""
    street: Text = ""
    city: Annotated[str, Field(max_length=100)] = ""
    region: Annotated[str, Field(max_length=100)] = ""
    postal_code: Annotated[str, Field(max_length=20)] = ""
    country: Annotated[str, Field(max_length=2, description="ISO 3166-1 alpha-2.")] = ""
    latitude: Annotated[str, Field(max_length=20)] = ""
    longitude: Annotated[str, Field(max_length=20)] = ""
    registration: Short = ""


class LocationIn(LocationFields):
    """A new location."""

    name: Text


class LocationChange(LocationFields):
    """What to change about a location; fields left out stay."""

    name: Text = ""


class LocationOut(LocationFields):
    """A location, and what its description still lacks."""

    model_config = ConfigDict(extra="ignore")

    id: UUID
    name: str
    missing: list[str]


class PartnerOut(BaseModel):
    """A partner with its locations."""

    id: UUID
    code: str
    name: str
    is_supplier: bool
    is_customer: bool
    is_carrier: bool
    is_contract_maker: bool
    gln: str | None
    email: str
    phone: str
    language: str
    attributes: dict[str, Any]
    is_active: bool
    is_foreign: bool
    uri: str | None
    locations: list[LocationOut]


@router.get("/partners", response=Listed[PartnerOut])
@requires("partners.view")
def partners(
    request: HttpRequest,
    *,
    text: Filter = "",
    role: Literal["supplier", "customer", "carrier", "maker"] | None = None,
    active: bool | None = None,
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List partners; ``text`` is looked for in code, name and GLN."""
    rows = queries.partners(text=text, role=role or "", active=active)
    return page(rows.prefetch_related("locations"), cursor, limit).shown(_out)


@router.post("/partners", response={201: PartnerOut})
@requires("partners.edit")
def create_partner(request: HttpRequest, partner: PartnerIn) -> Status[dict[str, Any]]:
    """Make a partner."""
    made = actions.create_partner(actor=permissions.actor(request), **partner.model_dump())
    return Status(201, _out(made))


@router.get("/partners/{uid}", response=PartnerOut)
@requires("partners.view")
def partner(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One partner with its locations."""
    return _out(queries.partner(uid))


@router.patch("/partners/{uid}", response=PartnerOut)
@requires("partners.edit")
def amend_partner(request: HttpRequest, uid: UUID, partner: PartnerChange) -> dict[str, Any]:
    """Change a partner."""
    changes = partner.model_dump(exclude_unset=True)
    reason = changes.pop("reason", "")
    return _out(
        actions.amend_partner(actor=permissions.actor(request), uid=uid, changes=changes, reason=reason)
    )


@router.post("/partners/{uid}/locations", response={201: LocationOut})
@requires("partners.edit")
def create_location(request: HttpRequest, uid: UUID, location: LocationIn) -> Status[dict[str, Any]]:
    """Give a partner a location."""
    actor = permissions.actor(request)
    return Status(
        201, _location(actions.create_location(actor=actor, partner=uid, values=location.model_dump()))
    )


@router.patch("/locations/{uid}", response=LocationOut)
@requires("partners.edit")
def amend_location(request: HttpRequest, uid: UUID, location: LocationChange) -> dict[str, Any]:
    """Change a location, a partner's or one of ours."""
    changes = location.model_dump(exclude_unset=True)
    return _location(actions.amend_location(actor=permissions.actor(request), uid=uid, changes=changes))


def _out(one: Partner) -> dict[str, Any]:
    names = [name for name in PartnerOut.model_fields if name not in ("id", "locations")]
    return {
        "id": one.uid,
        **{name: getattr(one, name) for name in names},
        "locations": [_location(row) for row in one.locations.all()],
    }


def _location(row: Location) -> dict[str, Any]:
    names = [name for name in LocationOut.model_fields if name not in ("id", "missing")]
    return {
        "id": row.uid,
        **{name: getattr(row, name) for name in names},
        "missing": queries.missing(row),
    }
