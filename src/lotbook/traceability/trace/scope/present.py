"""A scope as JSON (API and command line alike) and as the rows of a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from lotbook.kernel.quantity import to_decimal
from lotbook.kernel.tables import Cell
from lotbook.traceability.trace.present import exact
from lotbook.traceability.trace.rows import Integers
from lotbook.traceability.trace.scope import queries
from lotbook.traceability.trace.scope.queries import Crossed, ScopedLot
from lotbook.traceability.trace.scope.rules import COLUMNS, COST_SCALE, CROSSED, Comparison, Scope


def as_json(found: Scope, lots: Integers | None = None, *, following: int | None = None) -> dict[str, Any]:
    """A scope with its totals and the rows of ``lots`` (None: all); quantities are exact JSON numbers."""
    return {
        "as_of": found.as_of,
        "direction": "forward" if found.forward else "back",
        "suspects": len(found.seeds),
        "affected": len(found.lots),
        "totals": totals(found),
        "told_elsewhere": [
            {"partner": one.name, "lots": 1, "quantity": _told_quantity(found, one.lot, one.quantity)}
            for one in found.told
        ],
        "lots": [_lot(found, row) for row in queries.rows(found, lots)],
        "next": None if following is None else str(following),
    }


def totals(found: Scope) -> dict[str, Any]:
    """The sums of a scope: per item, site, customer and supplier, and what it is worth at standard cost."""
    return {
        "items": [
            {
                **_item(found, one.item),
                "lots": one.lots,
                **{name: exact(one.account[name], found.items[one.item].scale) for name in COLUMNS},
            }
            for one in found.item_totals()
        ],
        "sites": [
            {
                "site": found.places[one.site].code if one.site else None,
                **_item(found, one.item),
                "lots": one.lots,
                "quantity": exact(one.quantity, found.items[one.item].scale),
            }
            for one in found.site_totals()
        ],
        "partners": [
            {
                "id": found.partners[one.partner].uid or None,
                "partner": found.partners[one.partner].name,
                **_item(found, one.item),
                "lots": one.lots,
                **{
                    name: exact(getattr(one, name), found.items[one.item].scale)
                    for name in ("received", "shipped", "returned", "sent_back")
                },
            }
            for one in found.partner_totals()
        ],
        "cost": [
            {"currency": currency, **{name: exact(sums[name], COST_SCALE) for name in COLUMNS}}
            for currency, sums in found.costs().items()
        ],
        "without_cost": [one.code for one in found.uncosted()],
    }


def comparison(told: Comparison) -> dict[str, Any]:
    """What is different between two scopes, by the ids of lots; unchanged parts are left out."""
    before, after = told.before, told.after
    items = {**before.items, **after.items}
    partners = {**before.partners, **after.partners}
    return {
        "before": before.as_of,
        "after": after.as_of,
        "added": [row.uid for row in queries.rows(after, told.added)],
        "dropped": [row.uid for row in queries.rows(before, told.dropped)],
        "changed": [row.uid for row in queries.rows(after, told.changed)],
        "items": [
            {
                "item": items[key].code,
                "unit": items[key].unit,
                "changes": {
                    name: [
                        exact(value, 0 if name == "lots" else items[key].scale)
                        for value in (one.before, one.after)
                    ]
                    for name, one in changes.items()
                },
            }
            for key, changes in told.items.items()
        ],
        "partners": [
            {
                "partner": partners[partner].name,
                "item": items[item].code,
                "unit": items[item].unit,
                "before": exact(one.before, items[item].scale),
                "after": exact(one.after, items[item].scale),
            }
            for (partner, item), one in told.partners.items()
        ],
    }


def _item(found: Scope, item: int) -> dict[str, Any]:
    facts = found.items[item]
    return {"item": facts.code, "item_name": facts.name, "unit": facts.unit}


def _told_quantity(found: Scope, lot: int, quantity: int | None) -> Any:
    position = int(found.position(queries.keys_of([lot]))[0])
    return exact(quantity, found.items[int(found.item[position])].scale)


def _lot(found: Scope, row: ScopedLot) -> dict[str, Any]:
    scale = found.items[row.item].scale
    return {
        "id": row.uid,
        **_item(found, row.item),
        "lot": row.number,
        "supplier_lot": row.supplier_lot,
        "status": row.status,
        "expires_on": row.expires_on.isoformat() if row.expires_on else None,
        "suspect": row.suspect,
        **{name: exact(row.account[name], scale) for name in COLUMNS},
        "places": [
            {
                "place": found.places[one.place].code,
                "site": _site(found, one.place) or None,
                "in_transit": found.places[one.place].transit,
                "quantity": exact(one.quantity, scale),
            }
            for one in row.places
        ],
        "crossings": [_crossing(found, one, scale) for one in row.crossed],
    }


def _crossing(found: Scope, one: Crossed, scale: int) -> dict[str, Any]:
    return {
        "kind": CROSSED[one.kind],
        "partner": found.partners[one.partner].name,
        "quantity": exact(one.quantity, scale),
        "sequence": one.sequence,
        "event": one.event.uid,
        "at": one.event.at.isoformat(),
        "document_kind": one.event.document_kind,
        "document": one.event.document_number,
    }


def _site(found: Scope, place: int) -> str:
    site = found.places[place].site
    return found.places[site].code if site else ""


# -- files --------------------------------------------------------------------------------------------

Table = tuple[Sequence[str], Iterator[Sequence[Cell]]]
PART = 5_000
"""Rows made at once while a file is written."""


def lots_file(found: Scope) -> Table:
    """Every affected lot with its account and where it stands."""
    columns = (
        "Item", "Item name", "Lot", "Supplier's lot", "Suspect", "Status", "Expires", "Unit", "Came in",
        "On hand", "In transit", "Consumed", "At customers", "Lost", "Difference", "Returned", "Where",
    )  # fmt: skip

    def rows() -> Iterator[Sequence[Cell]]:
        for row in _all(found):
            facts = found.items[row.item]
            where = "; ".join(
                f"{found.places[one.place].code}: {to_decimal(one.quantity, facts.scale):f}"
                for one in row.places
            )
            amounts = [to_decimal(row.account[name], facts.scale) for name in COLUMNS]
            yield (
                facts.code, facts.name, row.number, row.supplier_lot, row.suspect, row.status,
                row.expires_on, facts.unit, *amounts, where,
            )  # fmt: skip

    return columns, rows()


def shipments_file(found: Scope) -> Table:
    """Everything of the affected lots that crossed the border, an event a row."""
    columns = (
        "What", "Partner", "Item", "Item name", "Lot", "Quantity", "Unit", "Document kind", "Document",
        "Happened", "Sequence",
    )  # fmt: skip

    def rows() -> Iterator[Sequence[Cell]]:
        for row in _all(found):
            facts = found.items[row.item]
            for one in row.crossed:
                yield (
                    CROSSED[one.kind], found.partners[one.partner].name, facts.code, facts.name, row.number,
                    to_decimal(one.quantity, facts.scale), facts.unit, one.event.document_kind,
                    one.event.document_number, one.event.at, one.sequence,
                )  # fmt: skip

    return columns, rows()


def _all(found: Scope) -> Iterator[ScopedLot]:
    after: int | None = 0
    while after is not None:
        part, after = queries.page(found, after=after, limit=PART)
        yield from queries.rows(found, part)


FILES = {"lots": lots_file, "shipments": shipments_file}
