"""The shapes that every act over HTTP shares: lines, the head of an act, and the receipt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Status
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from lotbook.kernel import permissions
from lotbook.kernel.errors import Fault, NotAllowed
from lotbook.traceability.ledger.lines import LINES_MAX, Line
from lotbook.traceability.ledger.rules import Receipt

Name = Annotated[str, Field(max_length=500, description="By code, GTIN, GLN, SSCC or uid.")]
Number = Annotated[str, Field(max_length=500)]
Amount = Annotated[str, Field(max_length=60, description="Decimal text, in `unit` or the item's base unit.")]
UnitCode = Annotated[str, Field(max_length=20, description="UN/ECE code, or a symbol like kg.")]
Reason = Annotated[str, Field(max_length=2000)]
Day = date | None


def example(**values: Any) -> ConfigDict:
    """The configuration of a strict shape with an example, shown in OpenAPI and run by the tests."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [values]})


class Strict(BaseModel):
    """Refuses fields it does not know."""

    model_config = ConfigDict(extra="forbid")


class LineIn(Strict):
    """So much of one lot; `place` when it is not the act's own place."""

    item: Name = ""
    lot: Number = ""
    quantity: Amount = ""
    unit: UnitCode = ""
    place: Name = ""


Lines = Annotated[list[LineIn], Field(max_length=LINES_MAX)]


class ActIn(Strict):
    """What every act may say: its own id (asked twice, it is done once), and when it happened."""

    id: UUID | None = None
    occurred_at: AwareDatetime | None = Field(None, description="RFC 3339 with offset. Left out: now.")

    def head(self, *leave_out: str) -> dict[str, Any]:
        """The fields as the action takes them, without its lists."""
        told = self.model_dump(exclude={"id", *leave_out})
        return {**told, "uid": self.id}


class ReceiptOut(BaseModel):
    """The event the act became. `duplicate`: it was in the book already."""

    id: UUID
    sequence: int
    duplicate: bool


def lines(sent: Sequence[LineIn]) -> list[Line]:
    """Lines as the actions take them."""
    return [Line(**line.model_dump()) for line in sent]


def receipt(posted: Receipt) -> Status[dict[str, Any]]:
    """201 for a new event, 200 for one that was in the book already."""
    shown = {"id": posted.uid, "sequence": posted.sequence, "duplicate": posted.duplicate}
    return Status(200 if posted.duplicate else 201, shown)


def check_override(request: HttpRequest, override: str) -> None:
    """An override needs its permission; raises NotAllowed."""
    if override.strip() and not permissions.allowed(request, "ledger.override"):
        cause = "this needs the permission ledger.override."
        raise NotAllowed(Fault("override", cause, "Use goods that are free, or ask.", "not_allowed"))
