"""Scopes over HTTP: the same answer as ``lotbook scope --json``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from lotbook.kernel.permissions import requires
from lotbook.traceability.ledger import wire
from lotbook.traceability.trace import present as traces
from lotbook.traceability.trace import suspects
from lotbook.traceability.trace.scope import asking, present, queries
from lotbook.traceability.trace.suspects import Suspects

router = Router()

SEQUENCE_MAX = 2**63 - 1
LIMIT_MAX = 1_000
Direction = Literal["forward", "back"]
Text = Annotated[str, Field(max_length=2_000)]
Texts = Annotated[list[Text], Query(max_length=100)]
AsOf = Annotated[int | None, Field(ge=0, le=SEQUENCE_MAX, description="A sequence; left out: now.")]
After = Annotated[int, Field(ge=0, le=SEQUENCE_MAX, description="`next` of the page before.")]
Limit = Annotated[int, Field(ge=0, le=LIMIT_MAX, description="Lots on a page.")]
Full = Annotated[bool, Field(description="All lots at once, without pages.")]


class ScopeIn(wire.Strict):
    """Suspects in their JSON form; the union counts, less `without`. All are ids but `query`."""

    model_config = wire.example(suspects={"query": "TOM"}, limit=50)

    suspects: Annotated[
        dict[str, Any],
        Field(
            description="`lots`, `units`, `deliveries` (`partner`, `from`, `until`), `runs`, `places` (`place`, "
            "`from`, `until`), `query`, `without`."
        ),
    ]
    direction: Direction = "forward"
    as_of: AsOf = None
    after: After = 0
    limit: Limit = 100
    full: Full = False


class ScopePlace(BaseModel):
    """So much of a lot at a place of ours."""

    place: str
    site: str | None
    in_transit: bool
    quantity: float


class ScopeCrossing(BaseModel):
    """So much of a lot over the border between us and a partner, by one event under one document."""

    kind: Literal["received", "shipped", "returned", "sent back"]
    partner: str
    quantity: float
    sequence: int
    event: str
    at: str
    document_kind: str
    document: str


class ScopeItem(BaseModel):
    """An item, and the unit of its quantities."""

    item: str
    item_name: str
    unit: str


class ScopeAccount(ScopeItem):
    """What came of goods: `came` is the sum of all the others but `returned`, which is counted where it is now."""

    came: float
    on_hand: float
    in_transit: float
    consumed: float
    shipped: float
    lost: float
    difference: float
    returned: float


class ScopeLot(ScopeAccount):
    """An affected lot."""

    id: str
    lot: str
    supplier_lot: str
    status: str
    expires_on: str | None
    suspect: bool
    places: list[ScopePlace]
    crossings: list[ScopeCrossing]


class ScopeItemTotal(ScopeAccount):
    """The affected lots of an item, added up."""

    lots: int


class ScopeSiteTotal(ScopeItem):
    """What of an item stands at a site (null: at none, or on the way)."""

    site: str | None
    lots: int
    quantity: float


class ScopePartnerTotal(ScopeItem):
    """What of an item a partner gave or got: gross, and what came or went back."""

    id: str | None
    partner: str
    lots: int
    received: float
    shipped: float
    returned: float
    sent_back: float


class ScopeCost(BaseModel):
    """The accounts at standard cost in one currency."""

    currency: str
    came: float
    on_hand: float
    in_transit: float
    consumed: float
    shipped: float
    lost: float
    difference: float
    returned: float


class ScopeTotals(BaseModel):
    """Sums over all affected lots, whatever the page; `without_cost` are items without a standard cost."""

    items: list[ScopeItemTotal]
    sites: list[ScopeSiteTotal]
    partners: list[ScopePartnerTotal]
    cost: list[ScopeCost]
    without_cost: list[str]


class ScopeTold(BaseModel):
    """A delivery that an event from elsewhere tells of and no movement carries."""

    partner: str
    lots: int
    quantity: float | None


class ScopeOut(BaseModel):
    """The answer as of a sequence: asked again there, it is the same. Quantities are exact decimals."""

    as_of: int
    direction: Direction
    suspects: int
    affected: int
    totals: ScopeTotals
    told_elsewhere: list[ScopeTold]
    lots: list[ScopeLot]
    next: str | None


@router.get("/trace/scope", response=ScopeOut, summary="Everything affected", operation_id="scope")
@requires("trace.view")
def scope(
    request: HttpRequest,
    *,
    lot: Texts = [],  # noqa: B006 - ninja copies it
    unit: Texts = [],  # noqa: B006
    supplier: Texts = [],  # noqa: B006
    run: Texts = [],  # noqa: B006
    place: Texts = [],  # noqa: B006
    without: Texts = [],  # noqa: B006
    since: Annotated[str, Query(alias="from", max_length=40)] = "",
    until: Annotated[str, Query(max_length=40)] = "",
    query: Annotated[str, Query(max_length=200)] = "",
    direction: Direction = "forward",
    as_of: Annotated[int | None, Query(ge=0, le=SEQUENCE_MAX)] = None,
    after: Annotated[int, Query(ge=0, le=SEQUENCE_MAX)] = 0,
    limit: Annotated[int, Query(ge=0, le=LIMIT_MAX)] = 100,
    full: bool = False,
) -> HttpResponse:
    """Every affected lot, where it is, how much, who got it under which document, and what became of the rest.

    Lots and units by number, id, URI or scan; suppliers, runs and places by code or id; `from` and `until` bound
    the supplier's deliveries and the time at the places. The same with a body: POST.
    """
    words = {
        "lot": lot, "unit": unit, "supplier": supplier, "run": run, "place": place, "without": without,
        "from": [since], "until": [until], "query": [query],
    }  # fmt: skip
    found = asking.read(words)
    return _answer(found, direction, as_of=as_of, after=after, limit=None if full else limit)


@router.post(
    "/trace/scope", response=ScopeOut, summary="Everything affected by suspects", operation_id="scopeOf"
)
@requires("trace.view")
def scope_of(request: HttpRequest, asked: ScopeIn) -> HttpResponse:
    """The same for suspects in their JSON form. Nothing is written: a POST because the lists may be long."""
    found = suspects.from_json(asked.suspects)
    limit = None if asked.full else asked.limit
    return _answer(found, asked.direction, as_of=asked.as_of, after=asked.after, limit=limit)


def _answer(
    found: Suspects, direction: str, *, as_of: int | None, after: int, limit: int | None
) -> HttpResponse:
    answer = queries.scope(found, as_of=as_of, forward=direction == "forward")
    part, following = (answer.lots, None) if limit is None else queries.page(answer, after=after, limit=limit)
    # Straight from exact integers to JSON text: through the response model they would become floats.
    told = traces.dumps(present.as_json(answer, part, following=following))
    return HttpResponse(told, content_type="application/json")
