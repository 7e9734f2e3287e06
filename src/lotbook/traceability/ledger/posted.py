"""One event as a program writes it, read by itself: its members, their types, ids and times. No database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault
from lotbook.kernel.problems import faults_of_validation, shown
from lotbook.traceability.ledger.rules import KINDS

POSTABLE = tuple(
    name for name in KINDS if name not in ("foreign", "hold", "release", "override", "unit_move")
)
"""Kinds a program may post as they are; the others have an act of their own."""

NAME_MAX = 500
MOVEMENTS_MAX = 10_000

Text = Annotated[str, Field(max_length=NAME_MAX)]
Day = Annotated[str, Field(max_length=40, json_schema_extra={"format": "date"})]
Moment = Annotated[str, Field(max_length=60, json_schema_extra={"format": "date-time"})]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=False, strict=True)


class DocumentIn(_Shape):
    """The paper or message behind an event: an order, an ASN, a bill of lading."""

    kind: Annotated[str, Field(max_length=40)] = ""
    number: Text = ""


class FactsIn(_Shape):
    """What a new lot is told about itself; must agree with what the book says of a known one."""

    supplier: Text | None = Field(default=None, description="A partner's code, GLN or uid.")
    supplier_lot: Annotated[str, Field(max_length=120)] | None = None
    tlc: Text | None = None
    tlc_source: Text | None = Field(default=None, description="A location's GLN or uid.")
    tlc_source_reference: Text | None = None
    origin_country: Annotated[str, Field(max_length=2)] | None = None
    harvested_on: Day | None = None
    produced_on: Day | None = None
    packed_on: Day | None = None
    received_on: Day | None = None
    sell_by_on: Day | None = None
    best_before_on: Day | None = None
    expires_on: Day | None = None
    retest_on: Day | None = None
    attributes: dict[str, Any] | None = None


class MovementIn(_Shape):
    """So much of one lot, from one place to another."""

    item: Text = Field(description="Code, GTIN or uid. By a packaging's GTIN, the quantity counts packages.")
    lot: Text = ""
    serial: Text = ""
    quantity: str = Field(max_length=60, description="Decimal text, like 12.5.")
    unit: Annotated[str, Field(max_length=20)] = Field("", description="Empty: the item's base unit.")
    source: Text = Field(alias="from", description="A place's code, GLN, SSCC or uid, or a partner's.")
    destination: Text = Field(alias="to", description="A place's code, GLN, SSCC or uid, or a partner's.")
    catch_weight_kg: str = Field("", max_length=60, description="Decimal text, to the gram.")
    facts: FactsIn = FactsIn()


class ConcernIn(_Shape):
    """A lot or a logistic unit the event names without moving it."""

    item: Text = ""
    lot: Text = ""
    serial: Text = ""
    logistic_unit: Text = Field("", description="SSCC, code or uid of a logistic unit.")


class EventIn(_Shape):
    """What happened, as somebody claims it."""

    id: str | None = Field(
        None,
        max_length=60,
        json_schema_extra={"format": "uuid"},
        description="A UUID made by the sender (version 7 at best): the same event again is a duplicate.",
    )
    kind: str = Field(max_length=20, json_schema_extra={"enum": list(POSTABLE)})
    occurred_at: Moment = Field(description="RFC 3339 with offset.")
    place: Text = Field("", description="Where: a place's code, GLN, SSCC or uid.")
    document: DocumentIn = DocumentIn()
    reason: Annotated[str, Field(max_length=2_000)] = ""
    device: Annotated[str, Field(max_length=100)] = ""
    data: dict[str, Any] = Field(default_factory=dict, description="Key data elements; numbers as texts.")
    movements: list[MovementIn] = Field(default_factory=list, max_length=MOVEMENTS_MAX)
    concerns: list[ConcernIn] = Field(default_factory=list, max_length=MOVEMENTS_MAX)
    reverses: str | None = Field(
        None, max_length=60, json_schema_extra={"format": "uuid"}, description="Kind reverse: the event's id."
    )
    override: Annotated[str, Field(max_length=2_000)] = Field(
        "", description="Why lots that are not free are used nevertheless; needs ledger.override."
    )


_EVENT = TypeAdapter(EventIn)


@dataclass(slots=True)
class Claim:
    """One event on its way to a draft: its shape, and what is wrong with it."""

    index: int
    event: EventIn | None
    uid: UUID | None = None
    occurred_at: datetime | None = None
    reverses: UUID | None = None
    faults: list[Fault] = field(default_factory=list)
    unknown: bool = False
    """Whether a fault is that the book does not know something (404 when nothing else is wrong)."""


def shape(index: int, raw: object) -> Claim:
    """Read one event by itself: its members, their types, ids, times. Asks no database."""
    try:
        event = _EVENT.validate_python(raw)
    except ValidationError as problem:
        return Claim(index, None, faults=faults_of_validation(problem.errors(include_url=False)))
    claim = Claim(index, event)
    claim.uid = read_uuid(event.id, "id", claim.faults)
    claim.reverses = read_uuid(event.reverses, "reverses", claim.faults)
    claim.occurred_at = read_moment(event.occurred_at, claim.faults)
    if event.kind not in POSTABLE:
        claim.faults.append(_kind_fault(event.kind))
    if event.reverses and event.kind != "reverse":
        claim.faults.append(
            Fault("reverses", "only an event of kind reverse takes another back.", "Leave it out.")
        )
    for where, text in _names(event):
        cause = storable(text)
        if cause:
            claim.faults.append(Fault(where, f"the text {cause}.", "Remove it.", "character"))
    return claim


def _names(event: EventIn) -> Iterable[tuple[str, str]]:
    yield "place", event.place
    groups: list[tuple[str, Sequence[MovementIn | ConcernIn]]] = [
        ("movements", event.movements),
        ("concerns", event.concerns),
    ]
    for group, parts in groups:
        for index, part in enumerate(parts):
            yield f"{group}/{index}/item", part.item
            yield f"{group}/{index}/lot", part.lot
            yield f"{group}/{index}/serial", part.serial
    for index, movement in enumerate(event.movements):
        yield f"movements/{index}/from", movement.source
        yield f"movements/{index}/to", movement.destination
        for name, value in movement.facts:
            if isinstance(value, str):
                yield f"movements/{index}/facts/{name}", value
    for index, concern in enumerate(event.concerns):
        yield f"concerns/{index}/logistic_unit", concern.logistic_unit


def _kind_fault(kind: str) -> Fault:
    remedies = {
        "hold": "Put the lot on hold: POST /lots/{uid}/holds.",
        "release": "Release the hold: POST /holds/{uid}/release.",
        "override": "Give the event that needs it an override reason.",
        "foreign": "Capture the EPCIS document instead.",
        "unit_move": "Move the logistic unit in the warehouse instead.",
    }
    remedy = remedies.get(kind, "Use one of these.")
    return Fault("kind", f"expected one of {', '.join(POSTABLE)}, got {shown(kind)}.", remedy, "kind")


def read_uuid(text: str | None, where: str, faults: list[Fault]) -> UUID | None:
    """The UUID, or None and a fault; None stays None."""
    if text is None:
        return None
    try:
        uid = UUID(text)
    except ValueError:
        uid = None
    if uid is None or len(text) not in (32, 36):  # UUID() also takes braces and urn:uuid:: no plain ids
        remedy = "Write it like 0199d6a0-7c2e-7bb4-8f1a-3c5d2e9b4a10."
        faults.append(Fault(where, f"expected a UUID, got {shown(text)}.", remedy, "uuid"))
        return None
    return uid


def read_moment(text: str, faults: list[Fault]) -> datetime | None:
    """The time of ``occurred_at``, which must know its offset, or None and a fault."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        faults.append(
            Fault(
                "occurred_at",
                f"expected a date and time with offset, got {shown(text)}.",
                "Write it like 2027-03-03T14:05:00+01:00.",
                "time",
            )
        )
        return None
    if moment.tzinfo is None:
        remedy = "Write it like 2027-03-03T14:05:00+01:00."
        faults.append(Fault("occurred_at", "the time has no offset.", remedy, "time"))
        return None
    return moment
