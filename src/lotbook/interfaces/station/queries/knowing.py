"""The book a device takes along: what it needs to work without a network."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from lotbook.foundation.catalog.models import Item, Packaging
from lotbook.foundation.catalog.rules import symbol
from lotbook.interfaces.station.queries.pulse import Pulse
from lotbook.interfaces.station.queries.words import lot_shape
from lotbook.kernel.quantity import to_text
from lotbook.operations.receiving import queries as receiving
from lotbook.traceability.ledger import onsite
from lotbook.traceability.ledger.onsite import LotHere, Spot
from lotbook.traceability.lots.models import LotKind

LOTS_MAX = 20_000
ITEMS_MAX = 10_000
FEW = 20
"""Of so many items, pack levels are looked up by their keys; of more, all are read."""
SAID = {"origin_country": "country"}
"""Data of a receipt that a device calls by another name."""


def book(now: Pulse) -> dict[str, Any]:
    """The answer of `book`: a constant number of statements."""
    as_of = now.as_of()
    items = list(_items()[: ITEMS_MAX + 1])
    lots = onsite.stock(now.key)
    spots = onsite.spots(now.key)
    return {
        "site": now.code,
        "as_of": as_of,
        "mark": str(now.mark),
        "items": item_shapes(items[:ITEMS_MAX]),
        "lots": [lot_shape(one, now.today) for one in _most_needed(lots)],
        "places": _places(spots),
        "units": _units(spots),
        "complete": len(lots) <= LOTS_MAX and len(items) <= ITEMS_MAX,
    }


def _items() -> Any:
    rows = Item.objects.filter(is_active=True, is_foreign=False).order_by("code")
    return rows.only("pk", "uid", "code", "name", "gtin", "group", "unit", "scale", "tracking")


def _most_needed(lots: list[LotHere]) -> list[LotHere]:
    """The lots a device takes along where there are too many.

    Those on hold, for they must be stopped; then lots before serials, and what expires first, for that is
    taken first; what is left out is asked of the server.
    """
    if len(lots) <= LOTS_MAX:
        return lots
    never = date.max
    ordered = sorted(
        lots, key=lambda one: (not one.holds, one.kind == LotKind.SERIAL, one.expires_on or never)
    )
    return ordered[:LOTS_MAX]


def item_shapes(items: Iterable[Item]) -> list[dict[str, Any]]:
    """Items as the protocol has them, with pack levels and what a receipt must bring: two statements."""
    listed = list(items)
    levels: dict[int, list[Packaging]] = defaultdict(list)
    packed = Packaging.objects.filter(gtin__isnull=False).order_by("content")
    if len(listed) <= FEW:
        packed = packed.filter(item__in=listed)
    for level in packed:
        levels[level.item_id].append(level)
    required = receiving.required_of(listed)
    return [_item(one, levels[one.pk], required[one.pk]) for one in listed]


def _item(one: Item, levels: Iterable[Packaging], required: Iterable[str]) -> dict[str, Any]:
    gtins = [{"gtin": one.gtin, "unit": symbol(one.unit), "each": "1"}] if one.gtin else []
    gtins += [
        {"gtin": level.gtin or "", "unit": level.name, "each": to_text(level.content, one.scale)}
        for level in levels
    ]
    return {
        "id": str(one.uid),
        "code": one.code,
        "name": one.name,
        "unit": symbol(one.unit),
        "scale": one.scale,
        "gtins": gtins,
        "kept": one.tracking,
        "needs": [SAID.get(name, name) for name in required],
    }


def _places(spots: Iterable[Spot]) -> list[dict[str, Any]]:
    """The places of the site; a place is usable where all it is in are, too."""
    listed = list(spots)
    by_key = {spot.key: spot for spot in listed}
    shown = [
        {
            "id": str(spot.uid),
            "code": spot.code,
            "name": spot.name,
            "kind": spot.kind,
            "inside": by_key[spot.parent].code if spot.parent in by_key else "",
            "usable": _usable(spot, by_key),
        }
        for spot in listed
        if spot.kind != "unit" and spot.active
    ]
    return sorted(shown, key=lambda one: str(one["code"]))


def _usable(spot: Spot, by_key: Mapping[int, Spot]) -> bool:
    here: Spot | None = spot
    for _ in range(onsite.DEPTH_MAX):
        if here is None:
            return True
        if not here.usable:
            return False
        here = by_key.get(here.parent) if here.parent is not None else None
    return True


def _units(spots: Iterable[Spot]) -> list[dict[str, str]]:
    """The logistic units in which something is, and those they stand on."""
    by_key = {spot.key: spot for spot in spots}
    needed: dict[int, Spot] = {}
    for spot in by_key.values():
        here: Spot | None = spot if spot.stocked else None
        while here is not None and here.kind == "unit" and here.key not in needed:
            needed[here.key] = here
            here = by_key.get(here.parent) if here.parent is not None else None
    return [
        {
            "id": str(one.uid),
            "sscc": one.called,
            "place": by_key[one.parent].called if one.parent in by_key else "",
        }
        for one in needed.values()
    ]
