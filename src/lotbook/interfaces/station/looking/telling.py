"""What a person is told of what was found: facts with labels, and what they may do with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.catalog.rules import symbol
from lotbook.foundation.partners.rules import COUNTRIES
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.interfaces.station.looking.finding import MOST, Found
from lotbook.interfaces.station.looking.meaning import Said
from lotbook.interfaces.station.queries import knowing
from lotbook.interfaces.station.queries.pulse import Pulse
from lotbook.interfaces.station.queries.words import lot_shape
from lotbook.kernel import jumps
from lotbook.kernel.clock import written
from lotbook.kernel.permissions import allowed
from lotbook.kernel.quantity import to_text
from lotbook.traceability.ledger import onsite
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.onsite import At, Looked
from lotbook.traceability.ledger.queries import Standing
from lotbook.traceability.lots.models import Lot

Fact = tuple[str, str]
Shown = dict[str, Any]

NAMED_MAX = 6
"""Most places or lots that one fact names."""
_UID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_STATUS = {
    "released": "Released",
    "quarantine": "Quarantine",
    "expired": "Expired",
    "hold": "On hold",
    "rejected": "Rejected",
    "recalled": "Recalled",
}


def shown(request: HttpRequest, now: Pulse, said: Said, found: Found) -> list[Shown]:
    """What was found, as the person may see it."""
    told: list[Shown] = []
    if allowed(request, "lots.view"):
        told += _lots(request, now, found.lots)
    if allowed(request, "places.view"):
        told += [_unit(request, now, unit) for unit in found.units]
        told += [_place(request, now, place) for place in found.places]
    if allowed(request, "catalog.view"):
        told += _items(request, now, found)
    told += _documents(request, said, found)
    return told[:MOST]


def _may(request: HttpRequest, wanted: Mapping[str, str]) -> list[str]:
    """The actions of which the person has the permission, in order."""
    return [action for action, permission in wanted.items() if allowed(request, permission)]


def _listed(parts: Iterable[str]) -> str:
    every = list(parts)
    more = f" and {len(every) - NAMED_MAX} more" if len(every) > NAMED_MAX else ""
    return ", ".join(every[:NAMED_MAX]) + more


# -- lots ------------------------------------------------------------------------------------------


def _lots(request: HttpRequest, now: Pulse, lots: list[Lot]) -> list[Shown]:
    """Lots, each with its item: four statements for any number."""
    if not lots:
        return []
    described = onsite.described(now.key, [lot.pk for lot in lots])
    items = {
        shape["code"]: shape
        for shape in knowing.item_shapes({lot.item_id: lot.item for lot in lots}.values())
    }
    return [_lot(request, now, lot, described[lot.pk], items[lot.item.code]) for lot in lots]


def _lot(request: HttpRequest, now: Pulse, lot: Lot, looked: Looked, item: Shown) -> Shown:
    shape = lot_shape(looked.lot, now.today)
    return {
        "kind": "lot",
        "id": str(lot.uid),
        "title": f"{lot.item.name} {lot.number}".strip(),
        "href": reverse("lots:lot", args=[lot.uid]),
        "facts": _lot_facts(now, lot, looked, shape),
        "lot": shape,
        "item": item,
        "actions": _may(request, _lot_actions(shape, looked)),
    }


def _lot_actions(shape: Shown, looked: Looked) -> dict[str, str]:
    """What can be done with a lot as it is, and the permission for it."""
    here = bool(looked.lot.at)
    usable = here and shape["status"] == "released"
    wanted = {
        "move": ("warehouse.post", here),
        "pick": ("shipping.post", usable),
        "issue": ("production.post", usable),
        "count": ("warehouse.count", here),
        "hold": ("lots.hold", True),
        "release": ("lots.release", bool(looked.lot.holds)),
        "print": ("labels.print", True),
        "trace": ("trace.view", True),
    }
    return {action: permission for action, (permission, fits) in wanted.items() if fits}


def _lot_facts(now: Pulse, lot: Lot, looked: Looked, shape: Shown) -> list[Fact]:
    unit = symbol(lot.item.unit)

    def amounts(stands: list[At]) -> str:
        return _listed(f"{to_text(at.on_hand, lot.item.scale)} {unit} at {at.place}" for at in stands)

    facts: list[Fact] = [
        ("Status", shape["why"] or _STATUS[shape["status"]]),
        ("Item", f"{lot.item.code} {lot.item.name}"),
    ]
    if lot.expires_on:
        facts.append(("Expires", written(lot.expires_on)))
    elif lot.best_before_on:
        facts.append(("Best before", written(lot.best_before_on)))
    facts.append((f"At {now.code}", amounts(looked.lot.at) or "nothing"))
    reserved = sum(at.reserved for at in looked.lot.at)
    if reserved:
        facts.append(("Reserved", f"{to_text(reserved, lot.item.scale)} {unit}"))
    if looked.elsewhere:
        facts.append(("Elsewhere", amounts(looked.elsewhere)))
    return [*facts, *_origin(lot)]


def _origin(lot: Lot) -> list[Fact]:
    """Where a lot comes from."""
    facts: list[Fact] = [("Of lot", lot.inside.number)] if lot.inside else []
    if lot.supplier is not None:
        facts.append(("Supplier", lot.supplier.name))
    if lot.supplier_lot:
        facts.append(("Supplier's lot", lot.supplier_lot))
    for label, day in (("Produced", lot.produced_on), ("Received", lot.received_on)):
        facts += [(label, written(day))] if day else []
    if lot.origin_country:
        facts.append(("Origin", COUNTRIES.get(lot.origin_country, lot.origin_country)))
    return facts


# -- units and places ------------------------------------------------------------------------------


def _contents(rows: list[Standing]) -> str:
    return _listed(
        f"{to_text(row.on_hand, row.scale)} {symbol(row.unit)} {row.item_code} {row.number}".strip()
        for row in rows
    )


def _stops(now: Pulse, rows: list[Standing]) -> list[Fact]:
    """What of the contents may not be used, and why."""
    stopped = []
    for one in onsite.described(now.key, {row.lot for row in rows}).values():
        shape = lot_shape(one.lot, now.today)
        if shape["why"]:
            stopped.append(f"{one.lot.number}: {shape['why']}")
    return [("Stopped", _listed(stopped))] if stopped else []


def _unit(request: HttpRequest, now: Pulse, unit: Place) -> Shown:
    inside = places.subtree_ids(unit.pk)
    rows = ledger.balances(places=inside)
    facts: list[Fact] = [
        ("Stands", places.path(unit.parent) if unit.parent else "nowhere"),
        ("Contains", _contents(rows) or "nothing"),
    ]
    if len(inside) > 1:
        facts.append(("Units in it", str(len(inside) - 1)))
    wanted = {"move": "warehouse.post", "print": "labels.print", "trace": "trace.view"}
    if unit.parent is None:
        wanted.pop("move")
    return {
        "kind": "unit",
        "id": unit.sscc or unit.code,
        "title": f"Logistic unit {unit.sscc or unit.code}",
        "href": reverse("warehouse:unit", args=[unit.uid]),
        "facts": [*facts, *_stops(now, rows)],
        "lot": None,
        "item": None,
        "actions": _may(request, wanted),
    }


def _place(request: HttpRequest, now: Pulse, place: Place) -> Shown:
    rows = ledger.balances(places=places.subtree_ids(place.pk))
    facts: list[Fact] = [("Where", places.path(place)), ("Holds", _contents(rows) or "nothing")]
    if not place.is_active:
        facts.insert(0, ("Status", "Not in use any more"))
    elif not all(one.usable for one in (place, *places.ancestors(place))):
        facts.insert(0, ("Status", "Goods here are not for use"))
    return {
        "kind": "place",
        "id": place.code,
        "title": str(place),
        "href": reverse("places:place", args=[place.uid]),
        "facts": [*facts, *_stops(now, rows[:MOST])],
        "lot": None,
        "item": None,
        "actions": _may(request, {"count": "warehouse.count", "print": "labels.print"}),
    }


# -- items and documents ---------------------------------------------------------------------------


def _items(request: HttpRequest, now: Pulse, found: Found) -> list[Shown]:
    if not found.items:
        return []
    shapes = {shape["code"]: shape for shape in knowing.item_shapes(found.items)}
    here = {spot.key for spot in onsite.spots(now.key)}
    stock = {
        item.pk: [row for row in ledger.balances(item=item.pk) if row.place in here] for item in found.items
    }
    return [
        _item(request, _item_facts(now, item, stock[item.pk], found.missing), item, shapes)
        for item in found.items
    ]


def _item_facts(now: Pulse, item: Item, rows: list[Standing], missing: str) -> list[Fact]:
    total = sum(row.on_hand for row in rows)
    facts: list[Fact] = [("Lot", f"{missing} is not in the book")] if missing else []
    many = len({row.lot for row in rows})
    stock = f"{to_text(total, item.scale)} {symbol(item.unit)} in {many} lot{'' if many == 1 else 's'}"
    return [*facts, ("Code", item.code), (f"At {now.code}", stock if rows else "nothing")]


def _item(request: HttpRequest, facts: list[Fact], item: Item, shapes: Mapping[str, Shown]) -> Shown:
    return {
        "kind": "item",
        "id": item.code,
        "title": item.name,
        "href": reverse("catalog:item", args=[item.uid]),
        "facts": facts,
        "lot": None,
        "item": shapes[item.code],
        "actions": _may(request, {"print": "labels.print"}),
    }


def _documents(request: HttpRequest, said: Said, found: Found) -> list[Shown]:
    """Orders, notices, transfers and the like of this number, and a pallet that is announced and not here."""
    texts = list(found.texts)
    if said.facts.sscc is not None and not found.units and said.facts.sscc not in texts:
        texts.append(said.facts.sscc)
    return [
        {
            "kind": "document",
            "id": uid[0] if (uid := _UID.search(jump.url)) else jump.number,
            "title": f"{jump.kind} {jump.number}",
            "href": jump.url,
            "facts": [("Kind", jump.kind), ("Status", jump.words)],
            "lot": None,
            "item": None,
            "actions": [],
        }
        for text in texts
        for jump in jumps.find(text, request)
    ]
