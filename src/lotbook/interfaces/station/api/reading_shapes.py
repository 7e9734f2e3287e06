"""The shapes of what a device reads, as `station/src/protocol.ts` has them, each under its name there."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from lotbook.traceability.ledger import wire

SCANS_MAX = 20
SCAN_MAX = 2_000

Status = Literal["released", "quarantine", "expired", "hold", "rejected", "recalled"]
Instant = Annotated[str, Field(description="RFC 3339 with offset.")]
Day = Annotated[str, Field(description="YYYY-MM-DD.")]
Quantity = Annotated[str, Field(description="Decimal text in the unit beside it.")]


class StationPerson(BaseModel):
    """Who holds the device."""

    name: str
    login: str


class StationSite(BaseModel):
    """A site the person works at, and its own day."""

    code: str
    name: str
    today: Day


class StationStart(BaseModel):
    """Who holds the device and what they may do."""

    person: StationPerson
    handheld: str | None
    may: list[str]
    sites: list[StationSite]
    hosts: list[str]
    version: str
    now: Instant


class StationGtin(BaseModel):
    """A GTIN of an item, and how much of its base unit one is."""

    gtin: str
    unit: str
    each: Quantity


class StationItem(BaseModel):
    """An item; `needs`: what a receipt of it must bring."""

    id: UUID
    code: str
    name: str
    unit: str
    scale: int
    gtins: list[StationGtin]
    kept: Literal["lot", "serial", "none"]
    needs: list[str]


class StationAt(BaseModel):
    """Stock of a lot at a place, or in a logistic unit."""

    place: str
    on_hand: Quantity
    reserved: Quantity


class StationLot(BaseModel):
    """A lot with its status and where it stands at the site."""

    id: UUID
    item: str
    number: str
    status: Status
    why: str
    expires_on: Day | None
    at: list[StationAt]


class StationPlace(BaseModel):
    """A place of the site."""

    id: UUID
    code: str
    name: str
    kind: str
    inside: str
    usable: bool


class StationUnit(BaseModel):
    """A logistic unit and where it stands."""

    id: UUID
    sscc: str
    place: str


class StationBook(BaseModel):
    """What a device needs to work without a network."""

    site: str
    as_of: int
    mark: str
    items: list[StationItem]
    lots: list[StationLot]
    places: list[StationPlace]
    units: list[StationUnit]
    complete: bool


class StationChanges(BaseModel):
    """What became different since."""

    as_of: int
    mark: str
    lots: list[StationLot]
    units: list[StationUnit]
    jobs: str
    reload: bool


class StationExpectedLine(BaseModel):
    """So much of an item that is on its way."""

    item: str
    lot: str
    expires_on: Day | None
    expected: Quantity
    got: Quantity
    unit: str


class StationJobHead(BaseModel):
    """What all jobs have."""

    id: UUID
    number: str
    title: str
    due: Day | None
    done: int
    of: int


class StationArrivingUnit(BaseModel):
    """A pallet of a notice."""

    sscc: str
    received: bool
    lines: list[StationExpectedLine]


class StationReceiveJob(StationJobHead):
    """Goods that are on their way to us."""

    kind: Literal["receive"]
    document: Literal["notice", "order", "transfer"]
    partner: str
    place: str
    lines: list[StationExpectedLine]
    units: list[StationArrivingUnit]


class StationPutAwayLine(BaseModel):
    """A lot or a unit that stands where it was received, and where it should go."""

    lot: UUID | None
    sscc: str | None
    quantity: Quantity
    unit: str
    to: str
    why: str


class StationPutAwayJob(StationJobHead):
    """Goods that stand where they were received."""

    kind: Literal["put_away"]
    place: str
    lines: list[StationPutAwayLine]


class StationPickLine(BaseModel):
    """So much of a lot to take, and why this one."""

    claim: str
    item: str
    lot: UUID
    place: str
    quantity: Quantity
    unit: str
    why: str


class StationPickJob(StationJobHead):
    """What is to be taken for an order or a transfer."""

    kind: Literal["pick"]
    document: Literal["order", "transfer"]
    partner: str
    lines: list[StationPickLine]


class StationLoose(BaseModel):
    """Goods that were picked and are in no unit."""

    lot: UUID
    place: str
    quantity: Quantity
    unit: str


class StationLoadJob(StationJobHead):
    """What stands ready to leave."""

    kind: Literal["load"]
    document: Literal["order", "transfer"]
    partner: str
    units: list[str]
    loose: list[StationLoose]


class StationNeed(BaseModel):
    """An ingredient of a run."""

    item: str
    needed: Quantity
    issued: Quantity
    left: Quantity
    unit: str
    optional: bool


class StationOutput(BaseModel):
    """What the next lot would be called by rule, and when it would expire."""

    lot: str
    expires_on: Day | None


class StationProduceJob(StationJobHead):
    """A run that is open."""

    kind: Literal["produce"]
    item: str
    place: str
    planned: Quantity
    unit: str
    made: Quantity
    needs: list[StationNeed]
    take: list[StationPickLine]
    output: StationOutput


class StationSheet(BaseModel):
    """A place of a count."""

    code: str
    state: Literal["open", "counted", "recount"]


class StationCountJob(StationJobHead):
    """A count: where, and not what."""

    kind: Literal["count"]
    places: list[StationSheet]


StationJob = Annotated[
    StationReceiveJob
    | StationPutAwayJob
    | StationPickJob
    | StationLoadJob
    | StationProduceJob
    | StationCountJob,
    Field(discriminator="kind"),
]


class StationJobs(BaseModel):
    """What there is to do at a site for whoever asks."""

    version: str
    jobs: list[StationJob]
    total: int


class StationLookup(wire.Strict):
    """Scans of one thing, as the scanner delivered them."""

    model_config = wire.example(site="KIT", scans=["(01)09526543006015(10)SAUCE-1"])
    site: Annotated[str, Field(max_length=120)]
    scans: Annotated[
        list[Annotated[str, Field(max_length=SCAN_MAX)]], Field(min_length=1, max_length=SCANS_MAX)
    ]


class StationFound(BaseModel):
    """Something the scans may mean."""

    kind: Literal["lot", "item", "unit", "place", "document"]
    id: str
    title: str
    href: str
    facts: list[tuple[str, str]]
    lot: StationLot | None
    item: StationItem | None
    actions: list[Literal["move", "hold", "release", "print", "trace", "count", "issue", "pick"]]


class StationLooked(BaseModel):
    """What the scans mean: one thing, several, or none that the book knows."""

    found: list[StationFound]
    readings: list[str]
    refused: str | None
    understood: list[tuple[str, str]]
