"""What demands could be given, what is reserved for documents, and what is free."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from lotbook.traceability.allocation import rules, stock
from lotbook.traceability.allocation.rules import Answer, Demand
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.queries import Reserved as Claim

__all__ = ["Claim", "available", "claims", "of_lot", "suggest"]


def suggest(demands: Sequence[Demand]) -> list[Answer]:
    """What ``actions.allocate`` would answer now; nothing is reserved (``claim`` is None).

    Demands of one call share the stock in their order. At most four SQL statements whatever their number.
    Raises Refused naming ``demands/<i>/<field>``.
    """
    return stock.read(demands).answers(demands) if demands else []


def claims(document: UUID) -> list[Claim]:
    """What is still reserved for a document, by line and in the order it was reserved."""
    return ledger.reserved(document=document)


def of_lot(lot: int) -> list[Claim]:
    """What is still reserved of a lot, and for which documents."""
    return ledger.reserved(lot=lot)


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
