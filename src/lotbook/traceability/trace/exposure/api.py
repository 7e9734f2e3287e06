"""Exposure over HTTP: which share of each affected lot stems from the suspects."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field

from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.permissions import requires
from lotbook.traceability.ledger import wire
from lotbook.traceability.trace import engine, suspects
from lotbook.traceability.trace.exposure import present, queries

router = Router()

SEQUENCE_MAX = 2**63 - 1
LOTS_MAX = 5_000


class ExposureIn(wire.Strict):
    """Suspects, by which reading, and how many of the lots to name: those with the greatest share first."""

    model_config = wire.example(suspects={"query": "TOM"}, reading="replay", limit=50)

    suspects: Annotated[
        dict[str, Any],
        Field(description="`lots`, `units`, `deliveries`, `runs`, `places`, `query`, `without`."),
    ]
    reading: Literal["reach", "replay"] = "reach"
    as_of: Annotated[int | None, Field(ge=0, le=SEQUENCE_MAX)] = None
    limit: Annotated[int, Field(ge=0, le=LOTS_MAX)] = 200
    offset: Annotated[int, Field(ge=0, le=10_000_000)] = 0


class ExposureLot(BaseModel):
    """A lot and its share, from 0 to 1; `bound`: something was not measured, the true share may be less."""

    id: UUID
    item: str
    lot: str
    share: float
    bound: bool


class ExposureCustomer(BaseModel):
    """What a customer got of the affected lots, net of returns, and how much of that is suspect, rounded up."""

    customer: str
    lots: int
    unit: str
    quantity: str
    suspect: str


class ExposureOut(BaseModel):
    """The answer as of a sequence, by one reading.

    No share is off by more than `error` through calculating with floats; where `settled` is false, circles of
    rework did not come to rest. `contradictions`: how often, in a replay, more left a place than had come.
    """

    as_of: int
    reading: Literal["reach", "replay"]
    suspects: int
    affected: int
    exposed: int
    error: float
    settled: bool
    contradictions: int
    lots: list[ExposureLot]
    customers: list[ExposureCustomer]


@router.post("/trace/exposure", response=ExposureOut, summary="Share of suspects", operation_id="exposure")
@requires("trace.view")
def exposure(request: HttpRequest, payload: ExposureIn) -> dict[str, Any]:
    """Which share of each affected lot stems from the suspects, and how much of that each customer got."""
    decided = engine.watermark()
    as_of = decided if payload.as_of is None else payload.as_of
    if as_of > decided:
        cause = f"expected a sequence from 0 to {decided} (decided so far), got {as_of}."
        raise Refused(Fault("as_of", cause), status=400)
    try:
        seeds = suspects.seeds(suspects.from_json(payload.suspects), as_of=as_of)
    except Refused as refusal:
        raise Refused([fault.under("suspects") for fault in refusal.faults], status=refusal.status) from None
    answer = queries.exposure(seeds.lots, units=seeds.units, as_of=as_of, reading=payload.reading)
    return present.as_json(answer, len(seeds.lots), payload.offset, payload.limit)
