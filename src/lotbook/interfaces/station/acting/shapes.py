"""What each kind of act says: the bodies of `station/src/protocol.ts`, read strictly."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from lotbook.traceability.ledger.lines import LINES_MAX

Name = Annotated[str, Field(min_length=1, max_length=200)]
MaybeName = Annotated[str, Field(max_length=200)]
Amount = Annotated[str, Field(min_length=1, max_length=60)]
UnitCode = Annotated[str, Field(max_length=20)]
Text = Annotated[str, Field(max_length=2000)]
Number = Annotated[str, Field(max_length=500)]


class Body(BaseModel):
    """Refuses what it does not know: a newer device may mean something by it."""

    model_config = ConfigDict(extra="forbid")


class ReceiveLine(Body):
    """So much of an item that came, with what its label says."""

    item: Name
    lot: Number = ""
    quantity: MaybeName = ""
    unit: UnitCode = ""
    expires_on: date | None = None
    best_before_on: date | None = None
    produced_on: date | None = None
    harvested_on: date | None = None
    packed_on: date | None = None
    supplier_lot: MaybeName = ""
    serial: Number = ""
    country: MaybeName = ""
    tlc: MaybeName = ""
    tlc_source: MaybeName = ""


class GoodsLine(Body):
    """So much of a lot from a place or a unit."""

    lot: UUID
    quantity: MaybeName = ""
    unit: UnitCode = ""
    from_: Annotated[str, Field(alias="from", min_length=1, max_length=200)]


Goods = Annotated[list[GoodsLine], Field(min_length=1, max_length=LINES_MAX)]


class Receive(Body):
    """Goods from a supplier, against an order, a shipping notice, or neither."""

    document: Literal["notice", "order", "none"]
    id: UUID | Literal[""] = ""
    place: Name
    supplier: MaybeName = ""
    delivery_note: Number = ""
    temperature: MaybeName = ""
    lines: Annotated[list[ReceiveLine], Field(min_length=1, max_length=LINES_MAX)]


class ReceiveUnit(Body):
    """A pallet of a shipping notice, as announced."""

    sscc: Name
    notice: UUID | Literal[""] = ""
    place: Name
    temperature: MaybeName = ""


class ReceiveTransfer(Body):
    """A transfer, as it was sent."""

    id: UUID
    place: MaybeName = ""


class Move(Body):
    """Goods to another place."""

    lines: Goods
    to: Name


class MoveUnit(Body):
    """A logistic unit to another place, with everything on it."""

    sscc: Name
    to: Name


class Pick(Body):
    """One line of a pick list."""

    document: Literal["order", "transfer"]
    id: UUID
    claim: Name
    lot: UUID
    quantity: MaybeName = ""
    unit: UnitCode = ""
    to: MaybeName = ""
    reason: Text = ""


class Pack(Body):
    """Goods onto a logistic unit."""

    sscc: Name
    lines: Goods


class Load(Body):
    """What leaves."""

    document: Literal["order", "transfer"]
    id: UUID
    units: Annotated[list[Name], Field(max_length=LINES_MAX)] = Field(default_factory=list)
    carrier: MaybeName = ""
    vehicle: MaybeName = ""
    seal: MaybeName = ""
    temperature: MaybeName = ""


class Issue(Body):
    """A lot into a run."""

    run: UUID
    lot: UUID
    quantity: Amount
    unit: UnitCode = ""
    from_: Annotated[str, Field(alias="from", max_length=200)] = ""
    reason: Text = ""


class Output(Body):
    """What came out of a run."""

    run: UUID
    lot: Number = ""
    quantity: Amount
    unit: UnitCode = ""
    to: Name
    expires_on: date | None = None


class CountLine(Body):
    """So much was there."""

    item: MaybeName = ""
    lot: Number = ""
    quantity: Amount
    unit: UnitCode = ""


class Count(Body):
    """What was found on a place; ``finish``: that is all."""

    count: UUID
    place: Name
    lines: Annotated[list[CountLine], Field(max_length=LINES_MAX)] = Field(default_factory=list)
    finish: bool = False


class Hold(Body):
    """Lots put on hold."""

    lots: Annotated[list[UUID], Field(min_length=1, max_length=LINES_MAX)]
    kind: Name
    reason: Text


class Print(Body):
    """A label."""

    what: Literal["lot", "unit", "place", "item"]
    id: Name
    copies: Annotated[int, Field(ge=1, le=100)] = 1


class Undo(Body):
    """An earlier act, taken back."""

    act: UUID
