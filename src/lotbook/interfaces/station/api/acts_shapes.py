"""The shapes of what a device did, as `station/src/protocol.ts` has them, each under its name there."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from lotbook.traceability.ledger import wire

ACTS_MAX = 100


class StationDelivery(BaseModel):
    """What a device has done, in any order, as often as it likes. Acts are judged one by one."""

    model_config = wire.example(
        device="0199d6a0-7c2e-7bb4-8f1a-3c5d2e9b4a10",
        acts=[
            {
                "id": "0199d6a1-7c2e-7bb4-8f1a-3c5d2e9b4a11",
                "kind": "move",
                "site": "PLANT",
                "at": "2027-03-03T14:05:00+01:00",
                "device": "0199d6a0-7c2e-7bb4-8f1a-3c5d2e9b4a10",
                "n": 1,
                "after": [],
                "by": "ann",
                "body": {
                    "lines": [
                        {
                            "lot": "0199d6a0-7c2e-7bb4-8f1a-3c5d2e9b4a12",
                            "quantity": "4",
                            "unit": "KGM",
                            "from": "STORE",
                        }
                    ],
                    "to": "A-01",
                },
                "scans": [],
                "seen": ["T-1 in STORE: 12 kg"],
                "as_of": 41,
            }
        ],
    )

    device: UUID
    acts: Annotated[list[Any], Field(max_length=ACTS_MAX)]


class StationProblem(BaseModel):
    """What speaks against an act."""

    field: str
    code: str
    cause: str
    remedy: str


class StationChoice(BaseModel):
    """What can be done about a contradiction."""

    how: Literal["again", "override", "change", "drop"]
    label: str


class StationVerdict(BaseModel):
    """What became of an act; `id` as it was sent."""

    id: str
    state: Literal["applied", "waiting", "conflict", "settled", "refused"]
    repeated: bool
    events: list[UUID]
    made: dict[str, str]
    problems: list[StationProblem]
    choices: list[StationChoice]
    late: str


class StationVerdicts(BaseModel):
    """A verdict on each act, in the order sent; every act of the device up to `complete_to` has come."""

    verdicts: list[StationVerdict]
    complete_to: int


class StationConflict(StationVerdict):
    """A contradiction, with the act as it came."""

    act: dict[str, Any]
    arrived: str


class StationInbox(BaseModel):
    """What contradicts the book, newest first."""

    conflicts: list[StationConflict]


class StationResolution(BaseModel):
    """How a contradiction is resolved; `override` and `drop` need a reason, `change` a body."""

    model_config = wire.example(how="drop", reason="Done by hand in the office.")

    how: Literal["again", "override", "change", "drop"]
    reason: wire.Reason = ""
    body: dict[str, Any] | None = None
