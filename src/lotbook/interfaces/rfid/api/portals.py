"""Portals over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Status
from pydantic import BaseModel, Field

from lotbook.interfaces.rfid import actions, queries
from lotbook.interfaces.rfid.access import answering
from lotbook.interfaces.rfid.api.shapes import router
from lotbook.interfaces.rfid.models import Portal
from lotbook.interfaces.rfid.queries import jobs
from lotbook.kernel import permissions
from lotbook.kernel.pages import LIMIT_USUAL, Cursor, Limit, Listed, page
from lotbook.kernel.permissions import requires
from lotbook.traceability.ledger import wire

Code = Annotated[str, Field(max_length=60)]
Names = Annotated[list[Annotated[str, Field(max_length=20)]], Field(max_length=100)]


class RfidAntenna(wire.Strict):
    """Which side of a gate an antenna looks at."""

    antenna: Annotated[int, Field(ge=0, le=65_535)]
    side: Literal["from", "to"]


class RfidPortalIn(wire.Strict):
    """A portal as it is set up. `posts_itself`: clean passes are posted, in the name of who set it up."""

    code: Code
    name: Annotated[str, Field(max_length=200)] = ""
    purpose: Literal["receive", "move", "count", "ship"]
    place: wire.Name
    from_place: wire.Name = ""
    antennas: Annotated[list[RfidAntenna], Field(max_length=256)] = []
    rssi_min: Annotated[int | None, Field(ge=-200, le=50, description="dBm; weaker reads do not count.")] = (
        None
    )
    reads_min: Annotated[int, Field(ge=1, le=10_000)] = 1
    silence_s: Annotated[int, Field(ge=1, le=3600)] = 10
    longest_s: Annotated[int, Field(ge=10, le=86_400)] = 1800
    schemes: Names = []
    prefixes: Names = []
    trusts_units: bool = False
    posts_itself: bool = False
    is_active: bool = True

    model_config = wire.example(
        code="gate-a", purpose="move", place="KIT-DRY", from_place="KIT",
        antennas=[{"antenna": 1, "side": "from"}, {"antenna": 2, "side": "to"}], rssi_min=-65,
    )  # fmt: skip


class RfidPortalOut(BaseModel):
    """A portal."""

    id: UUID
    code: str
    name: str
    purpose: str
    place: str
    from_place: str | None
    antennas: list[RfidAntenna]
    rssi_min: int | None
    reads_min: int
    silence_s: int
    longest_s: int
    schemes: list[str]
    prefixes: list[str]
    trusts_units: bool
    posts_itself: bool
    posts_as: str
    is_active: bool
    job_kind: str
    job: UUID | None


class RfidJobIn(wire.Strict):
    """A document that says what is expected: its kind and id; `job` null: whatever fits best."""

    kind: Literal["", "notice", "order", "transfer", "shipment", "count"] = ""
    job: UUID | None = None


class RfidJobOut(BaseModel):
    """A document that is open at a portal."""

    kind: str
    job: UUID
    number: str
    about: str


@router.get("/rfid/portals", response=Listed[RfidPortalOut])
@requires("rfid.view")
def portals(request: HttpRequest, cursor: Cursor = "", limit: Limit = LIMIT_USUAL) -> dict[str, Any]:
    """List portals."""
    return page(queries.portals(), cursor, limit).shown(_portal)


@router.post("/rfid/portals", response={201: RfidPortalOut})
@requires("rfid.manage")
def set_up(request: HttpRequest, portal: RfidPortalIn) -> Status[dict[str, Any]]:
    """Set up a portal."""
    return Status(201, _portal(actions.set_portal(**_told(request, portal))))


@router.get("/rfid/portals/{code}", response=RfidPortalOut)
@requires("rfid.view")
def portal(request: HttpRequest, code: Code) -> dict[str, Any]:
    """One portal."""
    return _portal(queries.portal(code))


@router.put("/rfid/portals/{code}", response=RfidPortalOut)
@requires("rfid.manage")
def change(request: HttpRequest, code: Code, portal: RfidPortalIn) -> dict[str, Any]:
    """Change a portal: what is left out is set back to what is usual."""
    return _portal(actions.set_portal(**_told(request, portal), portal=code))


@router.get("/rfid/portals/{code}/jobs", response=list[RfidJobOut])
@requires("rfid.view")
def open_jobs(request: HttpRequest, code: Code) -> list[dict[str, Any]]:
    """The documents open at this portal, of which one may be said to come next."""
    one = queries.portal(code)
    listed = [job for kind in jobs.KINDS[one.purpose] for job in jobs.open_jobs(one, kind)]
    return [{"kind": job.kind, "job": job.uid, "number": job.number, "about": job.about} for job in listed]


@router.put("/rfid/portals/{code}/job", response=RfidPortalOut)
@requires("rfid.post")
def set_job(request: HttpRequest, code: Code, job: RfidJobIn) -> dict[str, Any]:
    """Say what comes next at this portal."""
    return _portal(actions.set_job(portal=code, kind=job.kind, job=job.job, actor=permissions.actor(request)))


def _told(request: HttpRequest, portal: RfidPortalIn) -> dict[str, Any]:
    told = portal.model_dump(exclude={"antennas"})
    return {
        **told,
        "antennas": {str(one.antenna): one.side for one in portal.antennas},
        "posts_as": answering(request, portal.purpose) if portal.posts_itself else "",
        "actor": permissions.actor(request),
    }


def _portal(one: Portal) -> dict[str, Any]:
    return {
        "id": one.uid,
        "code": one.code,
        "name": one.name,
        "purpose": one.purpose,
        "place": one.place.code,
        "from_place": one.from_place.code if one.from_place else None,
        "antennas": [{"antenna": int(number), "side": side} for number, side in one.antennas.items()],
        "rssi_min": one.rssi_min,
        "reads_min": one.reads_min,
        "silence_s": one.silence_s,
        "longest_s": one.longest_s,
        "schemes": one.schemes,
        "prefixes": one.prefixes,
        "trusts_units": one.trusts_units,
        "posts_itself": one.posts_itself,
        "posts_as": one.posts_as,
        "is_active": one.is_active,
        "job_kind": one.job_kind,
        "job": one.job,
    }
