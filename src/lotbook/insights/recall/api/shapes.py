"""What the API of recall cases takes and gives."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from lotbook.traceability.ledger import wire

Filter = Annotated[str, Field(max_length=200)]
Amount = Annotated[str, Field(max_length=60, description="Decimal text, in the base unit; empty: as before.")]
Suspects = Annotated[
    dict[str, Any],
    Field(description="`lots`, `units`, `runs` (uids), `deliveries`, `places`, `query`; less `without`."),
]


class RecallIn(wire.Strict):
    """A new case. The same `id` opens once."""

    model_config = wire.example(kind="recall", reason="glass in jars", classification="II", suspects={})
    id: UUID | None = None
    kind: Literal["recall", "withdrawal", "drill"]
    reason: wire.Reason
    hazard: wire.Reason = ""
    classification: Annotated[str, Field(max_length=60)] = ""
    source_kind: Literal["", "lot", "complaint", "inspection", "trace"] = ""
    source: Filter = ""
    reading: Literal["reach", "replay"] = "reach"
    complaint: UUID | None = None
    suspects: Suspects = {}


class RecallSuspectsIn(wire.Strict):
    """What is suspected, said anew."""

    suspects: Suspects
    reason: wire.Reason = ""


class RecallScopeIn(wire.Strict):
    """As of which sequence; left out: now."""

    as_of: Annotated[int | None, Field(ge=0, le=2**63 - 1)] = None


class RecallReadingIn(wire.Strict):
    """How exposure is read: `reach` (all that may be affected) or `replay` (by the times of events)."""

    reading: Literal["reach", "replay"]


class RecallReasonIn(wire.Strict):
    """Why."""

    reason: wire.Reason


class RecallReleaseIn(RecallReasonIn):
    """Lots (uids) let go from the case, signed by the caller."""

    lots: Annotated[list[UUID], Field(max_length=1_000)]


class RecallDecisionIn(RecallReasonIn):
    """What shall happen, signed by the caller."""

    decision: Literal["recall", "withdrawal", "internal"]


class RecallAccountIn(wire.Strict):
    """What a customer (its id in the case) says became of a lot it got."""

    customer: UUID
    lot: UUID
    destroyed: Amount = ""
    sold_on: Amount = ""
    explanation: wire.Reason = ""


class RecallExplanationIn(wire.Strict):
    """What explains a difference of a lot, or why it stays on hold."""

    lot: UUID
    explanation: wire.Reason


class RecallPointsIn(wire.Strict):
    """One reason for several open points, by their `field`."""

    points: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=10_000)]
    explanation: wire.Reason


class RecallExpenseIn(wire.Strict):
    """Money the case cost; negative sets an earlier one right."""

    text: Annotated[str, Field(max_length=300)]
    amount: Annotated[str, Field(max_length=30)]
    currency: Annotated[str, Field(max_length=3)]
    spent_on: date | None = None


class RecallNoteIn(wire.Strict):
    """Something to keep in the log."""

    text: wire.Reason


class RecallRow(BaseModel):
    """A case in a list."""

    id: UUID
    number: str
    kind: str
    status: str
    classification: str
    reason: str
    opened_at: datetime
    opened_by: str
    as_of: int | None
    ended_at: datetime | None


class RecallOut(RecallRow):
    """A case. A `drill` holds nothing, posts nothing and tells nobody."""

    drill: bool
    hazard: str
    source_kind: str
    source: str
    reading: str
    exposure: dict[str, Any]
    suspects: dict[str, Any]
    clock: str
    scoped_at: datetime | None
    frozen_at: datetime | None
    frozen_sequence: int | None
    waits_for: str
    approval: UUID | None
    decision: str
    decision_text: str
    decided_at: datetime | None
    decided_by: str
    closing: str
    ended_by: str
    lots: int
    lots_held: int
    lots_released: int
    customers: int


class RecallFrozen(RecallOut):
    """What a freeze did: `held` lots, `added` of them affected since the scope was taken."""

    held: int
    added: int


class RecallAccountOut(BaseModel):
    """What came of a lot; `came` is the sum of the others but `returned`, `shipped` is net of it."""

    came: str
    on_hand: str
    in_transit: str
    consumed: str
    shipped: str
    returned: str
    lost: str
    difference: str


class RecallLotOut(BaseModel):
    """An affected lot when the scope was taken, and now.

    `share` is which part of it stems from the suspects, from 0 to 1, rounded up (null: not known);
    `share_bound`: it may be less.
    """

    id: UUID
    item: str
    lot: str
    unit: str
    suspect: bool
    added: bool
    as_of: int
    then: RecallAccountOut
    now: RecallAccountOut
    changed: bool
    share: float | None
    share_bound: bool
    on_hold: bool
    hold: UUID | None
    released_at: datetime | None
    released_by: str
    release_reason: str
    explanation: str


class RecallDeliveryOut(BaseModel):
    """So much of a lot at a customer, as it stands now; `open` is what nobody has accounted for.

    `suspect`: how much of it, net of returns when the scope was taken, stems from the suspects (null: not
    known).
    """

    id: UUID
    item: str
    lot: str
    unit: str
    shipped: str
    returned: str
    destroyed: str
    sold_on: str
    open: str
    suspect: str | None
    documents: list[str]
    explanation: str


class RecallSuspectOut(BaseModel):
    """Of what a customer got net of returns when the scope was taken, `suspect` stems from the suspects."""

    unit: str
    quantity: str
    suspect: str
    known: bool


class RecallCustomerOut(BaseModel):
    """A customer with everything affected that it got."""

    id: UUID
    partner: str
    name: str
    contact: str
    language: str
    status: str
    suspect: list[RecallSuspectOut]
    deliveries: list[RecallDeliveryOut]


class RecallPointOut(BaseModel):
    """Something that does not add up; without an `explanation` the case cannot be closed."""

    field: str
    words: str
    explanation: str


class RecallCostOut(BaseModel):
    """What a case costs in one currency: goods by standard cost, and expenses."""

    currency: str
    lost: str
    expenses: str
    total: str
    at_stake: str


class RecallExpenseOut(BaseModel):
    """Money a case cost."""

    id: UUID
    text: str
    amount: str
    currency: str
    spent_on: date
    entered_at: datetime
    entered_by: str


class RecallStepOut(BaseModel):
    """A step of the log; `digest` covers the step and `previous`."""

    index: int
    at: datetime
    actor: str
    verb: str
    text: str
    reason: str
    data: dict[str, Any]
    previous: str
    digest: str


class RecallLogOut(BaseModel):
    """The log, and the first step whose digest does not fit (null: the log is whole)."""

    broken_at: int | None
    steps: list[RecallStepOut]
