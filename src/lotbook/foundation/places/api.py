"""Places over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import BaseModel, ConfigDict, Field

from lotbook.foundation.places import actions, queries
from lotbook.foundation.places.models import Place
from lotbook.kernel import permissions
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires

router = Router()

Attributes = dict[str, str | bool | int | float]
Kind = Literal["site", "area", "bin", "transit"]
AnyKind = Literal[
    "site", "area", "bin", "transit", "unit", "run", "partner", "loss", "difference", "elsewhere"
]
Code = Annotated[str, Field(max_length=60)]
Name = Annotated[str, Field(max_length=200)]
Reason = Annotated[str, Field(max_length=500, description="Why: kept in the history.")]
Filter = Annotated[str, Field(max_length=200)]


class PlaceFields(BaseModel):
    """Fields of a place that may be given when it is made or amended."""

    model_config = ConfigDict(extra="forbid")

    name: Name = ""
    usable: bool = Field(True, description="False: goods there wait for a decision (quarantine).")
    gln: Annotated[str, Field(max_length=20)] | None = None
    time_zone: Annotated[str, Field(max_length=60, description="IANA name; empty: the parent's.")] = ""
    location: UUID | None = Field(None, description="A location description of ours.")
    attributes: Attributes = Field(default_factory=dict)
    reason: Reason = ""


class PlaceIn(PlaceFields):
    """A new place of our own; an area or bin names its parent."""

    code: Code
    kind: Kind
    parent: UUID | None = None


class PlaceChange(PlaceFields):
    """What to change about a place; fields left out stay. ``parent`` moves it with all that is in it."""

    code: Code = ""
    parent: UUID | None = None
    is_active: bool = True


class PlaceOut(BaseModel):
    """A place."""

    id: UUID
    code: str
    name: str
    kind: str
    own: bool
    usable: bool
    is_active: bool
    is_foreign: bool
    parent: str = Field(description="The parent's code.")
    partner: str = Field(description="The partner's code.")
    gln: str | None
    sscc: str | None
    uri: str | None
    time_zone: str
    attributes: dict[str, Any]


@router.get("/places", response=Listed[PlaceOut])
@requires("places.view")
def places(
    request: HttpRequest,
    *,
    text: Filter = "",
    kind: AnyKind | None = None,
    own: bool | None = None,
    active: bool | None = None,
    usable: bool | None = None,
    cursor: Cursor = "",
    limit: Limit = LIMIT_USUAL,
) -> dict[str, Any]:
    """List places; ``text`` is looked for in code, name, GLN and SSCC."""
    rows = queries.places(text=text, kind=kind or "", own=own, active=active, usable=usable)
    return page(rows, cursor, limit).shown(_out)


@router.post("/places", response={201: PlaceOut})
@requires("places.edit")
def create_place(request: HttpRequest, place: PlaceIn) -> Status[dict[str, Any]]:
    """Make a site, area, bin or transit."""
    return Status(201, _out(actions.create_place(actor=permissions.actor(request), **place.model_dump())))


@router.get("/places/{uid}", response=PlaceOut)
@requires("places.view")
def place(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """One place."""
    return _out(queries.place(uid))


@router.patch("/places/{uid}", response=PlaceOut)
@requires("places.edit")
def amend_place(request: HttpRequest, uid: UUID, place: PlaceChange) -> dict[str, Any]:
    """Change a place, move it, or take it out of use (refused while it holds stock)."""
    changes = place.model_dump(exclude_unset=True)
    reason = changes.pop("reason", "")
    return _out(
        actions.change_place(actor=permissions.actor(request), uid=uid, changes=changes, reason=reason)
    )


def _out(one: Place) -> dict[str, Any]:
    names = [name for name in PlaceOut.model_fields if name not in ("id", "parent", "partner")]
    return {
        "id": one.uid,
        **{name: getattr(one, name) for name in names},
        "parent": one.parent.code if one.parent else "",
        "partner": one.partner.code if one.partner else "",
    }
