"""A trace by site, from suppliers over our sites to customers: what came, went and is there, by item."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lotbook.foundation.partners.models import Location
from lotbook.traceability.trace.rules import TracedLot
from lotbook.traceability.trace.workspace.moves import End, Moved

LOTS_NAMED = 4
"""Lots of an item at a site that are named; the table, narrowed to them, has the rest."""

SITES_SHOWN = 60
"""Sites of one group shown on the page; the file has them all."""


@dataclass(slots=True)
class ItemRow:
    """What of one item came to a site, went from it, and is there; in the item's smallest units."""

    item: str
    name: str
    unit: str
    scale: int
    came: int = 0
    went: int = 0
    lots: dict[int, TracedLot] = field(default_factory=dict)

    @property
    def here(self) -> int:
        """What came and did not go: what is there, as of the sequence."""
        return self.came - self.went

    @property
    def named(self) -> list[TracedLot]:
        """The first few of its lots."""
        return sorted(self.lots.values(), key=lambda lot: (lot.lot, lot.id))[:LOTS_NAMED]

    @property
    def more(self) -> int:
        """How many of its lots are not named."""
        return max(len(self.lots) - LOTS_NAMED, 0)


@dataclass(slots=True)
class Site:
    """A site of ours, or a partner, with its items; ``where`` is its city and country, as far as known."""

    end: End
    items: list[ItemRow]
    where: str = ""


@dataclass(slots=True)
class Group:
    """Sites of one role: ``suppliers``, ``ours`` or ``customers``. Partners have no stock the book knows."""

    name: str
    title: str
    sites: list[Site] = field(default_factory=list)

    @property
    def shown(self) -> list[Site]:
        """Those the page shows."""
        return self.sites[:SITES_SHOWN]

    @property
    def more(self) -> int:
        """How many the page does not show."""
        return max(len(self.sites) - SITES_SHOWN, 0)


def by_site(moved: Iterable[Moved], lots: Mapping[int, TracedLot]) -> list[Group]:
    """The groups from upstream to downstream. A partner that gave more lots than it got is a supplier."""
    rows: dict[End, dict[str, ItemRow]] = defaultdict(dict)
    for one in moved:
        lot = lots[one.lot]
        for end, coming in ((one.source, False), (one.target, True)):
            if not (end.ours or end.kind in ("partner", "elsewhere")):
                continue
            row = rows[end].setdefault(lot.item, ItemRow(lot.item, lot.item_name, lot.unit, lot.scale))
            row.lots[lot.id] = lot
            if coming:
                row.came += one.quantity
            else:
                row.went += one.quantity
    groups = [Group("suppliers", "Suppliers"), Group("ours", "Our sites"), Group("customers", "Customers")]
    for end, items in rows.items():
        site = Site(end, sorted(items.values(), key=lambda row: (row.name, row.item)))
        groups[1 if end.ours else _side(site)].sites.append(site)
    for group in groups:
        group.sites.sort(key=lambda site: (site.end.kind != "site", site.end.name, site.end.key))
    _locate(groups)
    return groups


def _side(site: Site) -> int:
    gave = sum(len(row.lots) for row in site.items if row.went > row.came)
    return 0 if gave * 2 > sum(len(row.lots) for row in site.items) else 2


def _locate(groups: Sequence[Group]) -> None:
    """Say in which cities partners are: the cities of their locations, one statement for all."""
    partners = {site.end.key: site for group in groups for site in group.sites if site.end.kind == "partner"}
    cities: dict[int, list[str]] = defaultdict(list)
    for key, city, country in (
        Location.objects.filter(partner_id__in=partners)
        .order_by("pk")
        .values_list("partner", "city", "country")
        if partners
        else ()
    ):
        words = ", ".join(part for part in (city, country) if part)
        if words and words not in cities[key]:
            cities[key].append(words)
    for key, found in cities.items():
        more = f" and {len(found) - 2} more" if len(found) > 2 else ""
        partners[key].where = "; ".join(found[:2]) + more


def lots_at(moved: Iterable[Moved], code: str) -> set[int]:
    """The lots that came to or went from the end an address names."""
    return {one.lot for one in moved if code in (one.source.code, one.target.code)}
