"""What of the book scans may mean: every lot, item, unit or place it fits, and never the likeliest alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q, QuerySet

from lotbook.foundation.catalog import queries as catalog
from lotbook.foundation.catalog.models import Item
from lotbook.foundation.places.models import Place
from lotbook.interfaces.station.looking.meaning import Said
from lotbook.kernel.checks import storable
from lotbook.standards.gs1 import Message
from lotbook.traceability.lots import queries as lots
from lotbook.traceability.lots.models import Lot, LotKind

MOST = 20
"""Most answers to choose from."""
_OWN_PLACES = ("site", "area", "bin", "transit")


@dataclass(slots=True)
class Found:
    """What scans may mean; ``missing``: the number of a lot that the book does not know.

    ``texts`` may be numbers of documents as well.
    """

    lots: list[Lot] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    units: list[Place] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    missing: str = ""
    texts: tuple[str, ...] = ()


def known(message: Message) -> bool:
    """Whether the book knows the lot, serial or unit a message names."""
    values = message.by_code
    if "00" in values:
        return Place.objects.filter(sscc=values["00"]).exists()
    named = catalog.by_gtin(values["01"]) if "01" in values else None
    if "01" in values and named is None:
        return False
    for code, serial in (("10", False), ("21", True)):
        if code in values:
            rows = _numbered(values[code], serial=serial)
            if (rows.filter(item=named[0]) if named else rows).exists():
                return True
    return False


def find(said: Said) -> Found:
    """Everything of the book that scans may mean."""
    found = Found()
    for what, uid in said.targets:
        _own_label(found, what, UUID(uid))
    if not said.targets:
        found.texts = _by_facts(found, said)
        for text in found.texts:
            for word in dict.fromkeys((text.strip(), text.strip().upper())):
                if word and not storable(word) and _by_text(found, word):
                    break
    found.lots, found.items = _once(found.lots)[:MOST], _once(found.items)[:MOST]
    found.units, found.places = _once(found.units)[:MOST], _once(found.places)[:MOST]
    return found


def _once(rows: Iterable[object]) -> list:  # type: ignore[type-arg]  # of whatever rows came in
    return list({getattr(row, "pk", None): row for row in rows}.values())


def _own_label(found: Found, what: str, uid: UUID) -> None:
    if what == "lots":
        found.lots += _lots().filter(uid=uid)
    elif what == "items":
        found.items += Item.objects.filter(uid=uid)
    else:
        _sorted(found, Place.objects.filter(uid=uid))


def _sorted(found: Found, places: Iterable[Place]) -> None:
    for place in places:
        (found.units if place.kind == "unit" else found.places).append(place)


def _by_facts(found: Found, said: Said) -> tuple[str, ...]:
    """What identifiers name: a unit, a place, a lot or serial of an item, else the item.

    Gives the texts that may be something by themselves. Beside an item, a code that is no identifier is the
    number of its lot.
    """
    facts = said.facts
    if facts.sscc is not None:
        _sorted(found, Place.objects.filter(sscc=facts.sscc))
        return said.texts
    if facts.gln is not None:
        _sorted(found, Place.objects.filter(gln=facts.gln, own=True))
    number = facts.serial or facts.lot
    gtin = facts.gtin or facts.content_gtin
    if gtin is None:
        if number is not None:
            found.lots += _numbered(number, serial=facts.serial is not None)[:MOST]
            found.missing = "" if found.lots else number
        return said.texts
    named = catalog.by_gtin(gtin)
    if named is None:
        return said.texts
    item = named[0]
    beside = [text for text in said.texts if text.zfill(14) != gtin]
    for one in [number] if number is not None else beside:
        found.lots += _numbered(one, serial=facts.serial is not None).filter(item=item)[:MOST]
    if facts.serial is not None and not found.lots and facts.lot is not None:
        found.lots += _numbered(facts.lot, serial=False).filter(item=item)[:MOST]
    if not found.lots:
        found.items.append(item)
        found.missing = number or "".join(beside[:1])
    return () if beside or number else said.texts


def _by_text(found: Found, word: str) -> bool:
    lots_, places = lots.find(word, MOST), list(_places(word))
    item = Item.objects.filter(code=word).first()
    found.lots += lots_
    found.items += [item] if item is not None else []
    _sorted(found, places)
    return bool(lots_ or places or item)


def _places(word: str) -> QuerySet[Place]:
    """Our places and units of this code, number or name."""
    same = Q(code=word) | Q(sscc=word) | Q(gln=word) | Q(kind__in=_OWN_PLACES, name__iexact=word)
    return Place.objects.filter(same, own=True).order_by("code")[:MOST]


def _lots() -> QuerySet[Lot]:
    return Lot.objects.select_related("item", "supplier", "inside").order_by("item__code", "pk")


def _numbered(number: str, *, serial: bool) -> QuerySet[Lot]:
    """Lots (or serials) of this number, ours or the supplier's."""
    if storable(number):
        return Lot.objects.none()
    rows = _lots().filter(kind=LotKind.SERIAL) if serial else _lots().exclude(kind=LotKind.SERIAL)
    return rows.filter(Q(number=number) | Q(supplier_lot=number))
