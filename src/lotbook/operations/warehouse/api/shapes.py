"""What the operations of this room share: the router, and shapes that several of them use."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from ninja import Router
from pydantic import Field

from lotbook.operations.warehouse.rules import Packed
from lotbook.traceability.ledger import wire

router = Router()


Filter = Annotated[str, Field(max_length=200)]


class PackedIn(wire.Strict):
    """What comes out: so much of an item, as which lot."""

    item: wire.Name
    lot: wire.Number = ""
    quantity: wire.Amount = ""
    unit: wire.UnitCode = ""
    place: wire.Name = ""
    expires_on: date | None = None


Outputs = Annotated[list[PackedIn], Field(max_length=200)]


BOTH = {201: wire.ReceiptOut, 200: wire.ReceiptOut}


def _packed(outputs: list[PackedIn]) -> list[Packed]:
    return [Packed(**output.model_dump()) for output in outputs]
