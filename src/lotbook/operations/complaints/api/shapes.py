"""The shapes of complaints over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from lotbook.operations.complaints.reading import UNITS_MAX
from lotbook.traceability.ledger import wire

Text = Annotated[str, Field(max_length=4_000)]
Code = Annotated[str, Field(max_length=200)]
SymptomCode = Literal[
    "illness", "foreign_body", "allergen", "taste", "packaging", "mislabelling", "other"
]  # fmt: skip
Who = Literal["consumer", "customer", "authority", "staff"]
How = Literal["phone", "email", "letter", "web", "social", "visit", "other"]
HarmCode = Literal["no", "suspected", "yes"]
SeverityCode = Literal["", "minor", "major", "critical"]
SampleCode = Literal["unknown", "no", "yes", "received"]


class ComplaintContactIn(wire.Strict):
    """How to reach whoever complained: kept apart from the complaint, and never given out with it."""

    name: Annotated[str, Field(max_length=200)] = ""
    phone: Annotated[str, Field(max_length=60)] = ""
    email: Annotated[str, Field(max_length=200)] = ""
    address: Annotated[str, Field(max_length=500)] = ""


class ComplaintIn(wire.Strict):
    """A complaint. `scan` is anything read off the pack, and fills what is left out.

    `lot` is the number as it was read: where the book has it, it is the lot, otherwise it is kept as text.
    `severity` left out follows from harm and symptoms.
    """

    model_config = wire.example(
        complainant="consumer", channel="phone", lot="26-30", best_before_on="2028-08-25",
        symptoms=["taste", "packaging"], description="The lid was loose, it smells sour.", harm="no",
        units_affected=2, sample="yes", contact={"name": "Carol", "phone": "+1 503 555 0100"},
    )  # fmt: skip

    id: UUID | None = None
    received_at: AwareDatetime | None = Field(None, description="RFC 3339 with offset. Left out: now.")
    complainant: Who = "consumer"
    channel: How = "phone"
    partner: wire.Name = ""
    scan: Annotated[str, Field(max_length=1_000)] = ""
    item: wire.Name = ""
    lot: Code = ""
    serial: Code = ""
    sscc: Code = ""
    best_before_on: date | None = None
    symptoms: Annotated[list[SymptomCode], Field(min_length=1, max_length=7)]
    description: Text = ""
    harm: HarmCode = "no"
    severity: SeverityCode = ""
    units_affected: Annotated[int, Field(ge=1, le=UNITS_MAX)] | None = None
    sample: SampleCode = "unknown"
    contact: ComplaintContactIn | None = None


class ComplaintChangeIn(wire.Strict):
    """What is corrected: what is not sent stays."""

    model_config = wire.example(harm="suspected", reason="They called again")

    received_at: AwareDatetime | None = None
    complainant: Who | None = None
    channel: How | None = None
    partner: wire.Name | None = None
    scan: Annotated[str, Field(max_length=1_000)] | None = None
    item: wire.Name | None = None
    lot: Code | None = None
    serial: Code | None = None
    sscc: Code | None = None
    best_before_on: date | None = None
    symptoms: Annotated[list[SymptomCode], Field(min_length=1, max_length=7)] | None = None
    description: Text | None = None
    harm: HarmCode | None = None
    severity: SeverityCode | None = None
    units_affected: Annotated[int, Field(ge=1, le=UNITS_MAX)] | None = None
    sample: SampleCode | None = None
    reason: wire.Reason = ""


class ComplaintNoteIn(wire.Strict):
    """A word on what is begun."""

    model_config = wire.example(note="Sample asked for")
    note: wire.Reason = ""


class ComplaintReasonIn(wire.Strict):
    """Why."""

    model_config = wire.example(reason="A second person is ill")
    reason: wire.Reason


class ComplaintLotIn(wire.Strict):
    """The lot it is, by its id."""

    lot: UUID


class ComplaintShipmentsIn(wire.Strict):
    """The shipments it went out with, by the ids of their events; none unlinks all."""

    shipments: Annotated[list[UUID], Field(max_length=100)]


class ComplaintRecallIn(wire.Strict):
    """The recall case it belongs to, by id and number; null unlinks it."""

    case: UUID | None
    number: Annotated[str, Field(max_length=60)] = ""


class ComplaintCloseIn(wire.Strict):
    """What the investigation came to."""

    model_config = wire.example(
        outcome="confirmed", finding="The capper was out of line from 10:05 to 10:40."
    )
    outcome: Literal["confirmed", "not_confirmed", "undetermined"]
    finding: Text


class ComplaintOut(BaseModel):
    """A complaint. `lot` once it is known for sure; whom to call back is never here."""

    id: UUID
    number: str
    status: str
    received_at: datetime
    complainant: str
    channel: str
    partner: str | None
    item: str | None
    lot: str | None
    lot_id: UUID | None
    lot_text: str
    serial_text: str
    unit: str | None
    best_before_on: date | None
    symptoms: list[str]
    description: str
    harm: str
    severity: str
    units_affected: int | None
    sample: str
    recall: UUID | None
    recall_number: str
    outcome: str
    finding: str
    closed_at: datetime | None


class ComplaintCandidateOut(BaseModel):
    """A lot it may be, and what speaks for it: number, date, delivered."""

    id: UUID
    item: str
    lot: str
    expires_on: date | None
    status: str
    why: list[str]


class ComplaintShipmentOut(BaseModel):
    """A shipment that carried the lot; `chosen`: it is the one."""

    event: UUID
    sequence: int
    number: str
    partner: str | None
    shipped_at: datetime
    quantity: str
    unit: str
    chosen: bool


class ComplaintFull(ComplaintOut):
    """A complaint with the lots it may be, and the shipments that carried its lot."""

    has_contact: bool
    candidates: list[ComplaintCandidateOut]
    shipments: list[ComplaintShipmentOut]


class ComplaintContactOut(BaseModel):
    """Whom to call back; empty where it was erased."""

    name: str
    phone: str
    email: str
    address: str
    erased_at: datetime | None


class ComplaintContactKeptOut(BaseModel):
    """Whether somebody can be called back: who is not repeated, lest a kept answer outlives the contact."""

    has_contact: bool
    erased_at: datetime | None


class ComplaintClusterOut(BaseModel):
    """Complaints that are likely one story: of one lot, or of one item and symptom."""

    kind: Literal["lot", "symptom"]
    item: str | None
    lot: str | None
    symptom: str
    complaints: list[UUID]
    lots: list[UUID]
    first_at: datetime
    last_at: datetime
