"""What stands reserved in the way of a count: the newest reservations that what was counted cannot cover."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from lotbook.kernel.quantity import to_text
from lotbook.operations.counting.queries import LineRow
from lotbook.traceability.allocation import queries as allocation
from lotbook.traceability.ledger import queries as ledger


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A reservation that what was counted of its lot does not cover any more."""

    claim: allocation.Claim

    @property
    def quantity(self) -> str:
        """How much it holds, as decimal text in the item's base unit."""
        return to_text(self.claim.quantity, self.claim.scale)

    def said(self) -> dict[str, str]:
        """As the event keeps it."""
        return {
            "document": self.claim.number or self.claim.purpose, "line": str(self.claim.line),
            "item": self.claim.item_code, "lot": self.claim.lot_number, "place": self.claim.place_code,
            "quantity": self.quantity,
        }  # fmt: skip


def uncovered(lines: Iterable[LineRow]) -> list[Uncovered]:
    """The reservations to be freed before these differences can be posted: of each lot, the newest first."""
    missing = {
        (line.lot.pk, line.place.pk): -line.difference.quantity
        for line in lines
        if line.difference.quantity < 0
    }
    if not missing:
        return []
    lots, places = {lot for lot, _ in missing}, {place for _, place in missing}
    standing = {(row.lot, row.place): row for row in ledger.balances(lots=lots, places=places)}
    short: dict[tuple[int, int], int] = {}
    for key, gone in missing.items():
        row = standing.get(key)
        # Where less is left than is missing, no reservation is in the way: the count itself is refused.
        if row is not None and row.on_hand >= gone > row.on_hand - row.reserved:
            short[key] = gone - (row.on_hand - row.reserved)
    if not short:
        return []
    by_balance: dict[tuple[int, int], list[allocation.Claim]] = defaultdict(list)
    for claim in allocation.of_lots({lot for lot, _ in short}):
        by_balance[claim.lot_id, claim.place_id].append(claim)
    found: list[Uncovered] = []
    for key in sorted(short):
        for claim in sorted(by_balance[key], key=lambda one: one.id, reverse=True):
            if short[key] <= 0:
                break
            found.append(Uncovered(claim))
            short[key] -= claim.quantity
    return found
