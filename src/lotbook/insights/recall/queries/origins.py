"""Where what is suspected came from: everything that went into it, and suppliers with their own numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lotbook.insights.recall.models import Case
from lotbook.traceability.trace import scope as traced
from lotbook.traceability.trace.scope import queries as rows_of
from lotbook.traceability.trace.scope.rules import RECEIVED, ItemFacts


@dataclass(frozen=True, slots=True)
class Material:
    """A lot that went into what is suspected, or is it; ``came`` in smallest units."""

    item: ItemFacts
    number: str
    uid: str
    suspect: bool
    came: int


@dataclass(frozen=True, slots=True)
class Supply:
    """So much of a lot came from a supplier, under the supplier's number and a document."""

    supplier: str
    item: ItemFacts
    number: str
    uid: str
    supplier_lot: str
    quantity: int
    at: datetime
    document: str


@dataclass(frozen=True, slots=True)
class Origins:
    """The way back: materials and supplies."""

    materials: list[Material]
    supplies: list[Supply]

    @property
    def suppliers(self) -> list[str]:
        """Who supplied anything, by name."""
        return sorted({one.supplier for one in self.supplies})


def origins(case: Case) -> Origins:
    """Everything that went into the suspects of a case, at any depth, as of its scope."""
    seeds = list(case.lots.filter(suspect=True).values_list("lot_id", flat=True))
    if not seeds:
        return Origins([], [])
    found = traced.scope(seeds, as_of=case.as_of, forward=False)
    suspects = set(seeds)
    materials, supplies = [], []
    for one in rows_of.rows(found):
        item = found.items[one.item]
        materials.append(Material(item, one.number, one.uid, one.lot in suspects, one.account["came"]))
        for crossed in one.crossed:
            if crossed.kind != RECEIVED:
                continue
            partner = found.partners[crossed.partner].name
            event = crossed.event
            supplies.append(
                Supply(
                    partner, item, one.number, one.uid, one.supplier_lot, crossed.quantity, event.at,
                    event.document_number,
                )
            )  # fmt: skip
    materials.sort(key=lambda one: (not one.suspect, one.item.code, one.number))
    supplies.sort(key=lambda one: (one.supplier, one.item.code, one.number, one.at))
    return Origins(materials, supplies)
