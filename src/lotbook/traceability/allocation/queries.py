"""What demands could be given, what is reserved for documents, and what is free."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.places.models import Place
from lotbook.traceability.allocation import rules, stock
from lotbook.traceability.allocation.rules import Answer, Demand
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.queries import Reserved as Claim
from lotbook.traceability.lots.models import Lot

__all__ = ["Claim", "Names", "available", "claims", "claims_of", "names", "of_lot", "of_lots", "suggest"]


def suggest(demands: Sequence[Demand]) -> list[Answer]:
    """What ``actions.allocate`` would answer now; nothing is reserved (``claim`` is None).

    Demands of one call share the stock in their order. At most four SQL statements whatever their number.
    Raises Refused naming ``demands/<i>/<field>``.
    """
    return stock.read(demands).answers(demands) if demands else []


def claims(document: UUID) -> list[Claim]:
    """What is still reserved for a document, by line and in the order it was reserved."""
    return ledger.reserved(document=document)


def claims_of(documents: Collection[UUID]) -> dict[UUID, list[Claim]]:
    """What is still reserved for many documents, in one statement; those without any are absent."""
    found: dict[UUID, list[Claim]] = {}
    for claim in ledger.reserved(documents=documents):
        found.setdefault(claim.document, []).append(claim)
    return found


def of_lot(lot: int) -> list[Claim]:
    """What is still reserved of a lot, and for which documents."""
    return ledger.reserved(lot=lot)


def of_lots(lots: Collection[int]) -> list[Claim]:
    """What is still reserved of some lots, and for which documents, in one statement."""
    return ledger.reserved(lots=lots)


@dataclass(frozen=True, slots=True)
class Names:
    """The items, lots and places of some answers, by key."""

    items: dict[int, Item]
    lots: dict[int, Lot]
    places: dict[int, Place]


def names(demands: Sequence[Demand], answers: Sequence[Answer]) -> Names:
    """What people call what answers speak of, in three statements."""
    portions = [portion for answer in answers for portion in answer.portions]
    return Names(
        Item.objects.in_bulk({demand.item for demand in demands}),
        Lot.objects.in_bulk({portion.lot for portion in portions}),
        Place.objects.in_bulk({portion.place for portion in portions}),
    )


def available(items: Collection[int], place: int) -> dict[int, int]:
    """How much of some items may be used at a place and below it, in smallest units.

    On hand, not reserved, of lots that are not on hold and not expired at the site's date, at usable
    places. Every item asked for is in the answer.
    """
    if not items:
        return {}
    demands = [Demand(item, 1, place, "", UUID(int=0)) for item in sorted(set(items))]
    scene = stock.read(demands)
    today = scene.floor.today(place)
    return {
        demand.item: sum(
            row.free
            for row in scene.stock.get(demand.item, ())
            if place in row.within and not rules.unfit(row, demand, today)
        )
        for demand in demands
    }
