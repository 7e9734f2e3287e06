"""Reservations over HTTP: what is reserved for a document or of a lot, and what a demand would be given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field

from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.permissions import requires
from lotbook.kernel.quantity import to_text
from lotbook.traceability.allocation import queries
from lotbook.traceability.allocation.rules import Answer, Demand
from lotbook.traceability.ledger import wire
from lotbook.traceability.ledger.lines import Reading
from lotbook.traceability.lots import queries as lots

router = Router()

WISHES_MAX = 100
NOBODY = UUID(int=0)


class ClaimOut(BaseModel):
    """So much of a lot at a place, kept for a line of a document; `quantity` is what is still reserved."""

    id: int
    purpose: str
    document: UUID
    number: str
    line: int
    item: str
    lot: str
    lot_id: UUID
    place: str
    quantity: str
    unit: str
    expires_on: date | None
    why: str
    made_at: datetime
    made_by: str


class ClaimsOut(BaseModel):
    """Reservations, by line and in the order they were made."""

    items: list[ClaimOut]


class WishIn(wire.Strict):
    """So much of an item wanted from a place or anything below it."""

    item: wire.Name
    quantity: wire.Amount
    unit: wire.UnitCode = ""
    place: wire.Name
    strategy: Literal["fefo", "fifo", "lefo"] = "fefo"
    lots: Annotated[list[wire.Number], Field(max_length=100, description="Only these lots.")] = Field(
        default_factory=list
    )
    min_days: Annotated[int, Field(ge=0, le=100_000, description="Shelf life left at least.")] = 0
    on: Annotated[wire.Day, Field(description="The day it is judged; left out: today at the site.")] = None
    not_before: Annotated[wire.Day, Field(description="No lot whose shelf life ends before.")] = None
    one_lot: bool = False
    whole: bool = False


class SuggestIn(wire.Strict):
    """Demands share the stock in their order."""

    demands: Annotated[list[WishIn], Field(min_length=1, max_length=WISHES_MAX)]


class PortionOut(BaseModel):
    """So much of a lot at a place, and why this one."""

    lot: str
    lot_id: UUID
    place: str
    quantity: str
    why: str


class AnswerOut(BaseModel):
    """What a demand would be given; `missing` could not be, and `why_not` says why."""

    item: str
    unit: str
    portions: list[PortionOut]
    missing: str
    why_not: str


class AnswersOut(BaseModel):
    """The answers in the order of the demands."""

    items: list[AnswerOut]


@router.get("/allocation/claims", response=ClaimsOut, summary="List reservations", operation_id="list_claims")
@requires("stock.view")
def list_claims(
    request: HttpRequest, document: UUID | None = None, lot: UUID | None = None
) -> dict[str, Any]:
    """What is still reserved for a document (its id), or of a lot (its id)."""
    if document is None and lot is None:
        raise Refused(Fault("document", "name a document or a lot.", "Give document or lot.", "required"))
    found = queries.claims(document) if document is not None else queries.of_lot(lots.lot(lot).pk)  # type: ignore[arg-type]  # one of the two is told
    return {"items": [_claim(claim) for claim in found if lot is None or claim.lot_uid == lot]}


@router.post("/allocation/suggest", response=AnswersOut, summary="Suggest lots", operation_id="suggest_lots")
@requires("stock.view")
def suggest_lots(request: HttpRequest, payload: SuggestIn) -> dict[str, Any]:
    """Which lots demands would be given now, and why; nothing is reserved."""
    reading = Reading()
    demands = [_demand(reading, f"demands/{index}", wish) for index, wish in enumerate(payload.demands)]
    reading.done()
    asked = [demand for demand in demands if demand is not None]
    return {"items": _answers(asked, queries.suggest(asked))}


def _claim(claim: queries.Claim) -> dict[str, Any]:
    return {
        "id": claim.id,
        "purpose": claim.purpose,
        "document": claim.document,
        "number": claim.number,
        "line": claim.line,
        "item": claim.item_code,
        "lot": claim.lot_number,
        "lot_id": claim.lot_uid,
        "place": claim.place_code,
        "quantity": to_text(claim.quantity, claim.scale),
        "unit": claim.unit,
        "expires_on": claim.expires_on,
        "why": claim.why,
        "made_at": claim.made_at,
        "made_by": claim.made_by,
    }


def _demand(reading: Reading, where: str, wish: WishIn) -> Demand | None:
    item = reading.item(f"{where}/item", wish.item)
    place = reading.place(f"{where}/place", wish.place)
    if item is None or place is None:
        return None
    named = [reading.lot(f"{where}/lots/{index}", item.code, lot) for index, lot in enumerate(wish.lots)]
    quantity = reading.quantity(where, item, wish.quantity, wish.unit)
    if quantity is None:
        return None
    return Demand(
        item.pk,
        quantity,
        place.pk,
        "suggestion",
        NOBODY,
        strategy=wish.strategy,
        lots=tuple(lot.pk for lot in named if lot is not None),
        min_days=wish.min_days,
        on=wish.on,
        one_lot=wish.one_lot,
        not_before=wish.not_before,
        whole=wish.whole,
    )


def _answers(demands: Sequence[Demand], answers: Sequence[Answer]) -> list[dict[str, Any]]:
    names = queries.names(demands, answers)
    return [
        {
            "item": names.items[demand.item].code,
            "unit": names.items[demand.item].unit,
            "portions": [
                {
                    "lot": names.lots[portion.lot].number,
                    "lot_id": names.lots[portion.lot].uid,
                    "place": names.places[portion.place].code,
                    "quantity": to_text(portion.quantity, names.items[demand.item].scale),
                    "why": portion.why,
                }
                for portion in answer.portions
            ],
            "missing": to_text(answer.missing, names.items[demand.item].scale),
            "why_not": answer.why_not,
        }
        for demand, answer in zip(demands, answers, strict=True)
    ]
