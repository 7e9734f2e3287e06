"""Traces over HTTP: the same answer as ``lotbook trace --json``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import BaseModel

from lotbook.kernel.clock import written
from lotbook.kernel.errors import Conflict, Fault, NotFound
from lotbook.kernel.permissions import requires
from lotbook.traceability.trace import present, queries
from lotbook.traceability.trace.convergence import api as convergence
from lotbook.traceability.trace.exposure import api as exposure
from lotbook.traceability.trace.gaps import api as gaps
from lotbook.traceability.trace.memory import api as memory
from lotbook.traceability.trace.rules import Subject
from lotbook.traceability.trace.scope import api as scopes

router = Router()
router.add_router("", convergence.router)
router.add_router("", exposure.router)
router.add_router("", gaps.router)
router.add_router("", memory.router)
router.add_router("", scopes.router)

SEQUENCE_MAX = 2**63 - 1
CHOICES_MAX = 20


class SubjectOut(BaseModel):
    """What was asked about."""

    kind: Literal["lot", "logistic unit"]
    item: str | None
    lot: str | None
    uri: str
    id: str
    expires_on: str | None


class TracedLotOut(BaseModel):
    """A lot on one side; ``depth`` counts runs from the subject, ``quantity`` is in ``unit``."""

    item: str
    lot: str
    uri: str
    depth: int
    quantity: float | None
    unit: str
    side: str
    id: str


class TracedUnitOut(BaseModel):
    """A logistic unit that contained what was traced."""

    code: str
    sscc: str | None
    uri: str


class TracedEventOut(BaseModel):
    """An event on that side; ``id`` is the EPCIS eventID where it came from elsewhere."""

    id: str
    kind: str
    occurred_at: datetime
    place: str
    sequence: int
    document: str


class AmountOut(BaseModel):
    """So much in one unit."""

    quantity: float | None
    unit: str


class TracedPartnerOut(BaseModel):
    """A supplier or customer, and how much of the traced lots it gave or got."""

    name: str
    lots: int
    quantity: float | None
    unit: str | None
    quantities: list[AmountOut]


class TraceOut(BaseModel):
    """The answer as of a sequence: asked again there, it is the same. Quantities are exact decimals."""

    as_of: int
    direction: str
    subject: SubjectOut
    lots: list[TracedLotOut]
    logistic_units: list[TracedUnitOut]
    events: list[TracedEventOut]
    suppliers: list[TracedPartnerOut]
    customers: list[TracedPartnerOut]


@router.get("/trace", response=TraceOut, summary="Trace a lot, serial or unit", operation_id="trace")
@requires("trace.view")
def trace(
    request: HttpRequest,
    *,
    identifier: Annotated[
        str,
        Query(
            alias="id",
            min_length=1,
            max_length=2_000,
            description="Lot number, serial, GTIN, SSCC, Digital Link, EPC URN, any URI, or a lot's id.",
        ),
    ],
    direction: Literal["back", "forward", "both"] = "both",
    as_of: Annotated[int | None, Query(ge=0, le=SEQUENCE_MAX)] = None,
    item: Annotated[str, Query(max_length=500, description="Which item, when several have the lot.")] = "",
) -> HttpResponse:
    """Where it came from and where it went, at any depth, with quantities, suppliers and customers."""
    found = queries.resolve(identifier)
    if item:
        found = [one for one in found if one.item == item]
    if not found:
        raise NotFound(
            Fault("id", f"the book knows nothing named {identifier[:60]!r}.", "Check the number.", "unknown")
        )
    if len(found) > 1:
        raise Conflict(_choice(one) for one in found[:CHOICES_MAX])
    answer = queries.trace(found[0], direction, as_of=as_of)
    # Straight from exact integers to JSON text: through the response model they would become floats.
    return HttpResponse(present.dumps(present.as_json(answer)), content_type="application/json")


def _choice(one: Subject) -> Fault:
    expiry = f", expires {written(one.expires_on)}" if one.expires_on else ""
    name = f"{one.item} {one.number}".strip() or one.uri
    remedy = f"Ask with id={_uid(one)}."
    return Fault("id", f"it may be {name}{expiry}.", remedy, "ambiguous")


def _uid(one: Subject) -> str:
    try:
        return str(UUID(one.uid))
    except ValueError:
        return one.uri or one.number
