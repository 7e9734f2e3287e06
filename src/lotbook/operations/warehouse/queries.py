"""Reading this room: stock, logistic units as they are and were, adjustments, our stock elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from lotbook.foundation.catalog import queries as catalog
from lotbook.foundation.catalog.models import Item
from lotbook.foundation.documents import queries as documents
from lotbook.foundation.documents.queries import TimelineEntry
from lotbook.foundation.partners import queries as partners
from lotbook.foundation.partners.models import Partner
from lotbook.foundation.places import queries as places
from lotbook.foundation.places import rules as place_rules
from lotbook.foundation.places.models import Place, SsccSetting
from lotbook.kernel import clock
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, NotFound
from lotbook.operations.warehouse import rules
from lotbook.operations.warehouse.models import Adjustment, AdjustmentStatus
from lotbook.traceability.ledger import asof, browsing, queries
from lotbook.traceability.ledger.browsing import EventRow
from lotbook.traceability.lots.models import Lot


def value_micro(item: Item, quantity: int) -> int:
    """What so many smallest units are worth, in millionths of the item's currency; 0 without a cost."""
    one: int = 10**item.scale
    return quantity * (item.standard_cost_micro or 0) // one


def reserved_at(lot: int, place: int) -> int:
    """How much of a lot at a place is reserved."""
    return sum(row.reserved for row in queries.balances(lots=[lot], places=[place]))


def built(event: UUID) -> UUID:
    """The unit that a pack event was built with."""
    return unit(str(browsing.event_page(event).data["unit"])).uid


@dataclass(frozen=True, slots=True)
class UnitPage:
    """A logistic unit: where it stands, what is in it, and the units inside it."""

    unit: Place
    path: str
    contents: list[queries.Standing]
    inside: list[Place]
    tree: list[Inside]
    events: list[EventRow]


def unit(name: UUID | str) -> Place:
    """The logistic unit with this uid, SSCC or code; raises NotFound."""
    found = places.named(str(name))
    if found is None or found.kind != "unit":
        cause = f"there is no logistic unit {str(name)[:60]}."
        raise NotFound(Fault("unit", cause, "Scan the label again, or make it first."))
    return places.place(found.uid)


def units(*, text: str = "", place: str = "") -> QuerySet[Place]:
    """Logistic units of ours, the newest first."""
    rows = Place.objects.filter(kind="unit", own=True).select_related("parent").order_by("-pk")
    if storable(text) or storable(place):
        return rows.none()
    if text:
        rows = rows.filter(Q(sscc__contains=text) | Q(code__icontains=text))
    if place:
        here = places.named(place)
        rows = rows.filter(pk__in=places.subtree_ids(here.pk)) if here else rows.none()
    return rows


def unit_page(name: UUID | str) -> UnitPage:
    """A logistic unit with everything in it."""
    found = unit(name)
    everything = places.subtree_ids(found.pk)
    return UnitPage(
        unit=found,
        path=places.path(found.parent) if found.parent else "",
        contents=queries.balances(places=everything),
        inside=list(Place.objects.filter(pk__in=everything).exclude(pk=found.pk).order_by("code")),
        tree=tree_of(found),
        events=browsing.unit_events(found),
    )


# -- one unit, as it was ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Inside:
    """A unit in a unit: ``depth`` 1 stands directly in it; ``lots`` is what is in it itself."""

    unit: Place
    depth: int
    lots: list[queries.Standing]


def tree_of(found: Place) -> list[Inside]:
    """The units inside a unit at any depth, each after the one it stands in, with its contents."""
    keys = places.subtree_ids(found.pk)
    lots: dict[int, list[queries.Standing]] = {}
    for row in queries.balances(places=keys):
        lots.setdefault(row.place, []).append(row)
    below: dict[int, list[Place]] = {}
    for one in Place.objects.filter(pk__in=keys).exclude(pk=found.pk).order_by("code"):
        below.setdefault(one.parent_id or 0, []).append(one)
    result: list[Inside] = []
    waiting = [(one, 1) for one in reversed(below.get(found.pk, []))]
    while waiting:
        one, depth = waiting.pop()
        result.append(Inside(one, depth, lots.get(one.pk, [])))
        waiting += [(inner, depth + 1) for inner in reversed(below.get(one.pk, []))]
    return result


@dataclass(frozen=True, slots=True)
class Held:
    """What a unit held at a moment: lots with quantities as of a sequence, and the units in it then."""

    sequence: int
    lots: list[tuple[Lot, int]]
    units: list[Place]


def held_at(found: Place, sequence: int) -> Held:
    """What stood directly in a unit as of ``sequence``, whatever became of it since."""
    book = asof.book([found.pk], sequence=sequence)
    lots = Lot.objects.select_related("item").in_bulk([lot for lot, _ in book.on_hand])
    rows = [(lots[lot], quantity) for (lot, _), quantity in book.on_hand.items()]
    rows.sort(key=lambda row: (row[0].item.code, row[0].number))
    keys = asof.units_in(found.pk, sequence)
    return Held(sequence, rows, list(Place.objects.filter(pk__in=keys).order_by("code")))


# -- numbers of units ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Numbering:
    """How the units of a site are numbered, and how many numbers are left."""

    site: Place
    setting: SsccSetting | None
    left: int


def numbering() -> list[Numbering]:
    """Every site of ours with its range of SSCCs, if it has one."""
    settings = {row.site_id: row for row in SsccSetting.objects.select_related("range")}
    sites = Place.objects.filter(kind="site", own=True, is_active=True, is_foreign=False).order_by("code")
    return [numbering_of(site, settings.get(site.pk)) for site in sites]


def numbering_of(site: Place, setting: SsccSetting | None) -> Numbering:
    """One site with its range of SSCCs, if it has one."""
    left = 10 ** place_rules.serial_digits(setting.range.prefix) - 1 - setting.range.last if setting else 0
    return Numbering(site, setting, max(left, 0))


# -- adjustments -----------------------------------------------------------------------------------


def adjustment(name: UUID | str) -> Adjustment:
    """The adjustment with this uid or number; raises NotFound."""
    text = str(name).strip()
    rows = Adjustment.objects.select_related("place", "partner")
    try:
        found = rows.filter(uid=UUID(text)).first()
    except ValueError:
        found = None if storable(text) else rows.filter(number=text).first()
    if found is None:
        raise NotFound(
            Fault("adjustment", f"there is no adjustment {text[:60]!r}.", "Look it up in the list.")
        )
    return found


def adjustments(
    *, text: str = "", kind: str = "", status: str = "", reason_code: str = "", place: str = ""
) -> QuerySet[Adjustment]:
    """Adjustments, the newest first."""
    rows = Adjustment.objects.select_related("place", "partner").order_by("-pk")
    if any(storable(word) for word in (text, kind, status, reason_code, place)):
        return rows.none()
    if text:
        rows = rows.filter(Q(number__icontains=text) | Q(reason__icontains=text) | Q(document=text))
    for name, value in (("kind", kind), ("status", status), ("reason_code", reason_code)):
        if value:
            rows = rows.filter(**{name: value})
    if place:
        here = places.named(place)
        rows = rows.filter(place__in=places.subtree_ids(here.pk)) if here else rows.none()
    return rows


@dataclass(frozen=True, slots=True)
class Changed:
    """So much of a lot taken from a place (below zero) or added to it."""

    lot: Lot
    place: Place
    change: int


@dataclass(frozen=True, slots=True)
class AdjustmentPage:
    """An adjustment with what it changes, its event and its steps."""

    adjustment: Adjustment
    rows: list[Changed]
    reason: str
    sequence: int | None
    reversed: bool
    steps: list[TimelineEntry]


def adjustment_page(name: UUID | str) -> AdjustmentPage:
    """One adjustment with everything on its page."""
    found = adjustment(name)
    lots = Lot.objects.select_related("item").in_bulk([lot for lot, _, _ in found.changes])
    where = Place.objects.in_bulk([place for _, place, _ in found.changes])
    event = browsing.event_page(found.uid) if found.status == AdjustmentStatus.POSTED else None
    return AdjustmentPage(
        adjustment=found,
        rows=[Changed(lots[lot], where[place], change) for lot, place, change in found.changes],
        reason=rules.REASONS.get(found.reason_code, found.reason_code),
        sequence=event.event.sequence if event else None,
        reversed=event is not None and event.reversed_by is not None,
        steps=documents.timeline(found.uid),
    )


# -- our stock elsewhere ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A lot of ours at a partner: how much, since when, in days."""

    standing: queries.Standing
    first_at: datetime | None
    days: int | None


@dataclass(frozen=True, slots=True)
class AtPartner:
    """What a partner keeps for us at one place, and when they last said what is there."""

    place: Place
    partner: Partner
    rows: list[Elsewhere]
    statement: asof.Told | None

    @property
    def oldest_days(self) -> int | None:
        """The age of what stands there longest."""
        return max((row.days for row in self.rows if row.days is not None), default=None)


def elsewhere(*, partner: str = "") -> list[AtPartner]:
    """Our stock at partners, by place: a number of statements that does not grow with the stock."""
    if storable(partner):
        return []
    rows = places.consigned()
    if partner:
        keeper = partners.named(partner)
        rows = rows.filter(partner=keeper) if keeper else rows.none()
    heads = list(rows.filter(kind="site"))
    inside = places.subtrees(head.pk for head in heads)
    standing = queries.balances(places=inside)
    since = asof.arrivals(inside, {row.lot for row in standing})
    told = asof.last_documents("statement", inside)
    now = clock.now()
    found: dict[int, list[Elsewhere]] = {head.pk: [] for head in heads}
    for row in standing:
        at = since.get((row.lot, row.place))
        found[inside[row.place]].append(Elsewhere(row, at, (now - at).days if at else None))
    statements = {
        inside[place]: event for place, event in sorted(told.items(), key=lambda one: one[1].sequence)
    }
    return [
        AtPartner(head, head.partner, found[head.pk], statements.get(head.pk))
        for head in heads
        if head.partner is not None
    ]


# -- stock and where to put it ---------------------------------------------------------------------


def stock(*, group: str = "", partner: str = "", **told: Any) -> QuerySet[Any]:
    """Balances at our own places (``browsing.stock``), of an item group, and kept by a partner."""
    rows = browsing.stock(**told)
    if storable(group) or storable(partner):
        return rows.none()
    if group:
        rows = rows.filter(lot__item__group=group)
    if partner:
        keeper = partners.named(partner)
        heads = places.consigned(keeper.pk) if keeper else ()
        keys = [key for head in heads for key in places.subtree_ids(head.pk)]
        rows = rows.filter(place__in=keys)
    return rows


@dataclass(frozen=True, slots=True)
class Spot:
    """A place to put something, and why there."""

    place: Place
    why: str


def put_away(item: str, lot: str = "", near: str = "", limit: int = 5) -> list[Spot]:
    """Where goods of an item go: where the lot lies, where the item lies, then a free bin; usable ones only.

    ``near`` keeps it to the site of that place. Four statements.
    """
    one = catalog.named(item) if item and not storable(item) else None
    here = places.named(near) if near and not storable(near) else None
    site = places.site_of(here) if here else None
    within = set(places.subtree_ids(site.pk)) if site else None
    if one is None:
        return []
    usable = Place.objects.filter(
        kind__in=["area", "bin"], own=True, usable=True, is_active=True, partner=None
    )
    found: dict[int, str] = {}
    for row in queries.balances(item=one.pk):
        if within is None or row.place in within:
            same = bool(lot) and row.number == lot
            found[row.place] = f"has lot {lot}" if same else found.get(row.place, f"has {one.code}")
    ranked = sorted(found, key=lambda key: (not found[key].startswith("has lot"), key))
    spots = {place.pk: place for place in usable.filter(pk__in=ranked)}
    answer = [Spot(spots[key], found[key]) for key in ranked if key in spots][:limit]
    if len(answer) < limit:
        free = asof.without_stock(usable.filter(kind="bin", children=None))
        if within is not None:
            free = free.filter(pk__in=within)
        answer += [Spot(place, "is free") for place in free.order_by("code")[: limit - len(answer)]]
    return answer
