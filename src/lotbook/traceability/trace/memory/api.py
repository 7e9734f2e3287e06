"""What if, over HTTP: two scopes side by side."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field

from lotbook.kernel.errors import Refused
from lotbook.kernel.permissions import requires
from lotbook.traceability.ledger import wire
from lotbook.traceability.trace import engine, suspects
from lotbook.traceability.trace.memory import present, queries

router = Router()

SEQUENCE_MAX = 2**63 - 1

Suspicion = Annotated[
    dict[str, Any], Field(description="`lots`, `units`, `deliveries`, `runs`, `places`, `query`, `without`.")
]


class WhatIfIn(wire.Strict):
    """Suspects, and what to change about them: first `drop` is taken off, then `add` put in."""

    model_config = wire.example(suspects={"query": "TOM"}, drop={"query": "TOM-2"})

    suspects: Suspicion
    add: Suspicion = Field(default_factory=dict)
    drop: Suspicion = Field(default_factory=dict)
    as_of: Annotated[int | None, Field(ge=0, le=SEQUENCE_MAX)] = None


class WhatIfAmount(BaseModel):
    """Exact decimals in `unit`: at our places, and shipped less returned."""

    unit: str
    on_hand: str
    shipped: str


class WhatIfCost(BaseModel):
    """The same at standard cost."""

    currency: str
    on_hand: str
    shipped: str


class WhatIfScope(BaseModel):
    """One scope in numbers; `lots` includes the suspects, `uncosted` are lots of items without standard cost."""

    suspects: int
    lots: int
    customers: int
    quantities: list[WhatIfAmount]
    costs: list[WhatIfCost]
    uncosted: int


class WhatIfItem(BaseModel):
    """Lots of one item in either scope."""

    item: str
    name: str
    unit: str
    lots_before: int
    lots_after: int
    on_hand_before: str
    on_hand_after: str
    shipped_before: str
    shipped_after: str


class WhatIfCustomer(BaseModel):
    """What a customer got of either scope, net of returns."""

    customer: str
    unit: str
    before: str
    after: str


class WhatIfLot(BaseModel):
    """A lot that only one of the scopes has."""

    id: UUID
    item: str
    lot: str


class WhatIfMemory(BaseModel):
    """The genealogy in this process's memory: up to which sequence, how big, how long it took."""

    sequence: int
    behind: int
    links: int
    bytes: int
    build_seconds: float
    update_seconds: float
    opened: bool


class WhatIfOut(BaseModel):
    """Both scopes as of a sequence, and what tells them apart.

    `items` and `customers` are those that differ first, then by name, 1,000 at most; `added` and `dropped` name
    100 lots at most.
    """

    as_of: int
    before: WhatIfScope
    after: WhatIfScope
    added_lots: int
    dropped_lots: int
    added: list[WhatIfLot]
    dropped: list[WhatIfLot]
    items: list[WhatIfItem]
    customers: list[WhatIfCustomer]
    memory: WhatIfMemory
    seconds: float


@router.post("/trace/what-if", response=WhatIfOut, summary="Compare two scopes", operation_id="what_if")
@requires("trace.view")
def what_if(request: HttpRequest, payload: WhatIfIn) -> dict[str, Any]:
    """What would be affected with other suspects, windows or runs: lots, customers, quantities, standard cost."""
    as_of = engine.watermark() if payload.as_of is None else payload.as_of
    base = _seeds("suspects", payload.suspects, as_of)
    add, drop = _seeds("add", payload.add, as_of), _seeds("drop", payload.drop, as_of)
    changed = suspects.Seeds(
        tuple(sorted((set(base.lots) - set(drop.lots)) | set(add.lots))),
        tuple(sorted((set(base.units) - set(drop.units)) | set(add.units))),
    )
    return present.as_json(queries.what_if(base, changed, as_of=as_of))


def _seeds(name: str, given: dict[str, Any], as_of: int) -> suspects.Seeds:
    """The lots a part of the question means; faults say which part."""
    try:
        return suspects.seeds(suspects.from_json(given), as_of=as_of)
    except Refused as refusal:
        faults = [fault.under(name) for fault in refusal.faults]
        raise Refused(faults, status=refusal.status) from None
