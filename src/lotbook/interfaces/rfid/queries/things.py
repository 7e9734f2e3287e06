"""What the tags of a pass are in the book: items, lots, logistic units, and whether they may be used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from lotbook.foundation.catalog.models import Item, Packaging
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.interfaces.rfid import rules
from lotbook.interfaces.rfid.models import Pass, Tag
from lotbook.kernel import clock
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.queries import Standing
from lotbook.traceability.lots import queries as lots
from lotbook.traceability.lots.models import Lot, LotKind

PIECES = frozenset({"H87", "C62", "EA", "NAR", "PCE"})
"""Units of which a tag is one."""
KINDS = {"none": LotKind.BULK, "lot": LotKind.LOT, "serial": LotKind.SERIAL}
BAD = frozenset({"recalled", "rejected", "hold", "expired", "quarantine"})
"""Statuses of lots that may not simply be used."""


@dataclass(slots=True)
class Thing:
    """A tag as the book understands it. ``quantity`` is smallest units of ``item``; ``why`` what is wrong.

    ``kind``: "goods", "unit", "other" (no goods), "unknown" (not known, or not to be counted), "edge" (seen
    too seldom, or on one side only). ``status`` is the lot's; ``way`` is "in" or "out". ``stands`` are the
    places where the book has the lot, ``inside`` the unit of this pass it is in.
    """

    tag: Tag
    kind: str
    item: Item | None = None
    number: str = ""
    lot: Lot | None = None
    quantity: int = 0
    unit: Place | None = None
    status: str = ""
    why: str = ""
    way: str = "in"
    stands: list[Standing] = field(default_factory=list)
    inside: str = ""

    @property
    def name(self) -> tuple[int, str]:
        """Which goods: item and lot number."""
        return (self.item.pk if self.item else 0, self.number)


@dataclass(slots=True)
class Book:
    """The things of a pass, and what the book has in the units among them."""

    things: list[Thing]
    today: date
    contents: dict[str, list[Standing]] = field(default_factory=dict)
    """SSCC → what the book has in the unit and in those on it."""
    roots: dict[int, int] = field(default_factory=dict)

    @property
    def goods(self) -> list[Thing]:
        """Goods with an item and a quantity."""
        return [one for one in self.things if one.kind == "goods"]

    @property
    def units(self) -> dict[str, Thing]:
        """Logistic units by SSCC."""
        return {one.tag.sscc: one for one in self.things if one.kind == "unit"}


def read(one: Pass, tags: Sequence[Tag] | None = None) -> Book:
    """The tags of a pass held against the book, in a constant number of statements."""
    portal = one.portal
    rows = list(one.tags.order_by("key")) if tags is None else tags
    today = clock.date_at(clock.now(), places.zone_of(portal.place))
    known = _catalogue({row.gtin for row in rows if row.gtin})
    things = [_thing(row, known, portal.reads_min, portal.antennas) for row in rows]
    _find_lots(things, today)
    units = {one.tag.sscc: one for one in things if one.kind == "unit"}
    for place in Place.objects.filter(kind="unit", sscc__in=list(units)).select_related("parent"):
        units[place.sscc or ""].unit = place
    book = Book(things, today)
    _look_inside(book)
    return book


def _catalogue(gtins: set[str]) -> dict[str, tuple[Item, int, bool]]:
    """GTIN → the item, what it holds in smallest units (0: not known), whether it is a packaging."""
    found = {
        item.gtin or "": (item, 10**item.scale if item.unit in PIECES else 0, False)
        for item in Item.objects.filter(gtin__in=gtins)
    }
    for packaging in Packaging.objects.filter(gtin__in=gtins - found.keys()).select_related("item"):
        found[packaging.gtin or ""] = (packaging.item, packaging.content, True)
    return found


def _thing(
    tag: Tag, known: dict[str, tuple[Item, int, bool]], reads_min: int, sides: dict[str, str]
) -> Thing:
    went = rules.way(tag.first_antenna, tag.last_antenna, sides)
    if tag.reads < reads_min:
        return Thing(tag, "edge", why=f"read {tag.reads} of at least {reads_min} times")
    if not went:
        return Thing(tag, "edge", why="seen on one side of the gate only")
    if tag.kind == "unit":
        return Thing(tag, "unit", way=went)
    if tag.kind == "other":
        return Thing(tag, "other", why="no goods", way=went)
    if tag.kind == "unread":
        return Thing(tag, "unknown", why=tag.problem or "not to be read", way=went)
    return _goods(tag, known.get(tag.gtin, (None, 0, False)), went)


def _goods(tag: Tag, known: tuple[Item | None, int, bool], went: str) -> Thing:
    item, content, is_packaging = known
    thing = Thing(tag, "unknown", item, way=went)
    if item is None:
        thing.why = f"no item has the GTIN {tag.gtin}"
    elif tag.kind == "item":
        thing.why = "the tag has no serial: it cannot be counted"
    elif item.tracking == "serial" and is_packaging and content != 10**item.scale:
        thing.why = f"a package of {item.code}, which is tracked by serial: what is in it is not told"
    elif not content:
        thing.why = f"the tag does not tell how much of {item.code} it is"
    elif item.tracking == "lot" and not tag.lot:
        thing.why = f"the tag tells no lot of {item.code}"
    else:
        number = {"serial": tag.serial, "lot": tag.lot}.get(item.tracking, "")
        return Thing(tag, "goods", item, number, quantity=content, way=went)
    return thing


def _find_lots(things: Iterable[Thing], today: date) -> None:
    goods = [one for one in things if one.kind == "goods" and one.item is not None]
    rows = lots.numbered({one.name[0] for one in goods}, {one.number for one in goods}) if goods else []
    by_name = {(row.item_id, row.number, row.kind): row for row in rows}
    said = lots.statuses(rows, today)
    for one in goods:
        assert one.item is not None
        one.lot = by_name.get((*one.name, KINDS[one.item.tracking]))
        if one.lot is not None:
            one.status = said.get(one.lot.pk, "")
        elif one.tag.expires and _past(one.tag.expires, today):
            one.status = "expired"


def _past(yymmdd: str, today: date) -> bool:
    """Whether the date of a tag (YYMMDD; day 00 is the month's last) lies before today."""
    year = 2000 + int(yymmdd[:2]) if yymmdd[:2].isdigit() else 0
    return bool(year) and f"{year:04d}{yymmdd[2:4]}{yymmdd[4:6].replace('00', '31')}" < f"{today:%Y%m%d}"


def _look_inside(book: Book) -> None:
    """Where the book has these lots, and what it has in these units."""
    known = {one.lot.pk for one in book.goods if one.lot is not None}
    roots = [one.unit.pk for one in book.units.values() if one.unit is not None]
    book.roots = dict(places.subtrees(roots))
    stands: dict[int, list[Standing]] = {}
    for row in ledger.balances(lots=known) if known else []:
        stands.setdefault(row.lot, []).append(row)
    sscc_of = {one.unit.pk: sscc for sscc, one in book.units.items() if one.unit is not None}
    for row in ledger.balances(places=book.roots) if book.roots else []:
        book.contents.setdefault(sscc_of[book.roots[row.place]], []).append(row)
    for one in book.goods:
        one.stands = stands.get(one.lot.pk, []) if one.lot is not None else []
        held_in = {book.roots[row.place] for row in one.stands if row.place in book.roots}
        if held_in and len(held_in) == len(one.stands):
            one.inside = sscc_of[min(held_in)]
