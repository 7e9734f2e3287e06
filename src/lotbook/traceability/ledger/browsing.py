"""The book as people look at it: stock, events newest first, where a lot is, what became of it, a run.

Programs read ``reading``; both see the same tables.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.catalog.rules import symbol
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, NotFound
from lotbook.kernel.prepared import Prepared, Slots
from lotbook.kernel.quantity import to_text
from lotbook.traceability.ledger.models import Balance, Event, Mention, Movement, Packing
from lotbook.traceability.ledger.reversing import NOT_REVERSIBLE
from lotbook.traceability.ledger.rules import KINDS
from lotbook.traceability.lots import queries as lots
from lotbook.traceability.lots.models import Lot

TIMELINE_MAX = 200
EVENTS_AT_ONCE = 500
UNDO_WITHIN = timedelta(minutes=15)
"""For how long whoever did something may take it back without the permission to reverse."""
OUTSIDE_WORDS = {"partner": "partner", "loss": "lost", "difference": "difference", "elsewhere": "elsewhere"}


# -- stock -----------------------------------------------------------------------------------------


def stock(
    *, text: str = "", item: str = "", place: str = "", status: str = "", expires_within: int | None = None
) -> QuerySet[Balance]:
    """Balances at our own places, by item, expiry and lot.

    ``text`` is looked for in numbers, codes and names; ``item`` is a code; ``place`` a code or uid and
    counts what stands in it at any depth; ``status`` a lot's; ``expires_within`` counts days from today,
    both inclusive. What names nothing finds nothing.
    """
    rows = (
        Balance.objects.filter(own=True, on_hand__gt=0)
        .select_related("lot__item", "place__parent")
        .order_by("lot__item__code", "lot__expires_on", "lot__number", "place__code")
    )
    if any(storable(word) for word in (text, item, place, status)):
        return rows.none()
    if text:
        found = Q(lot__number__icontains=text) | Q(lot__supplier_lot__icontains=text)
        found |= Q(lot__item__code__icontains=text) | Q(lot__item__name__icontains=text)
        rows = rows.filter(found)
    if item:
        rows = rows.filter(Q(lot__item__code__iexact=item) | Q(lot__item__gtin=item))
    if place:
        here = places.named(place)
        rows = rows.filter(place__in=places.subtree_ids(here.pk)) if here else rows.none()
    if status:
        rows = rows.filter(lot__in=lots.lots(status=status).order_by().values("pk"))
    if expires_within is not None:
        rows = rows.filter(lot__in=lots.lots(expires_within=expires_within).order_by().values("pk"))
    return rows


@dataclass(frozen=True, slots=True)
class At:
    """So much of a lot at one place (or at one kind of outside)."""

    place: Place
    on_hand: int
    reserved: int


def where(lot: Lot) -> tuple[list[At], list[At]]:
    """Where a lot is: at our own places, and at places outside (partners, loss, difference)."""
    rows = (
        Balance.objects.filter(lot=lot).exclude(on_hand=0).select_related("place__partner", "place__parent")
    )
    own: list[At] = []
    outside: list[At] = []
    for row in rows.order_by("place__code"):
        (own if row.own else outside).append(At(row.place, row.on_hand, row.reserved))
    return own, outside


def ours(keys: Iterable[int]) -> set[int]:
    """Which of these lots we have some of."""
    return set(
        Balance.objects.filter(lot__in=list(keys), own=True, on_hand__gt=0).values_list("lot_id", flat=True)
    )


def contents(keys: Iterable[int]) -> list[Balance]:
    """What is at these places, by place and lot."""
    rows = Balance.objects.filter(place__in=list(keys), on_hand__gt=0).select_related("lot__item", "place")
    return list(rows.order_by("place_id", "lot_id"))


def lot_counts(keys: Iterable[int]) -> dict[int, int]:
    """How many lots are at each of these places themselves."""
    rows = Balance.objects.filter(place__in=list(keys), on_hand__gt=0).values_list("place")
    return dict(rows.annotate(count=Count("lot")).order_by())


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A lot in stock to offer beside a field."""

    number: str
    label: str


def suggestions(*, places_of: str = "", limit: int = 300) -> list[Suggestion]:
    """Lots in stock to offer beside a field, those that expire first in front."""
    rows = stock(place=places_of).filter(lot__kind__gt=0).order_by("lot__expires_on", "lot_id")
    found = []
    for row in rows[:limit]:
        item, lot = row.lot.item, row.lot
        parts = [
            f"{item.code} {item.name}",
            f"{to_text(row.on_hand, item.scale)} {symbol(item.unit)}",
            row.place.code,
        ]
        if lot.expires_on:
            parts.append(f"expires {clock.written(lot.expires_on)}")
        if lot.held:
            parts.append("ON HOLD")
        found.append(Suggestion(lot.number, " · ".join(parts)))
    return found


# -- events ----------------------------------------------------------------------------------------


def events(
    *,
    kind: str = "",
    text: str = "",
    actor: str = "",
    place: str = "",
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[Event]:
    """Events; ``text`` is a document number, a lot number or an event's uid; days are UTC, inclusive."""
    rows = Event.objects.select_related("place", "reverses", "reversed_by")
    if any(storable(word) for word in (kind, text, actor, place)):
        return rows.none()
    if kind:
        rows = rows.filter(kind=kind)
    if actor:
        rows = rows.filter(actor__icontains=actor)
    if since:
        rows = rows.filter(occurred_at__gte=datetime.combine(since, time.min, UTC))
    if until:
        rows = rows.filter(occurred_at__lt=datetime.combine(until, time.min, UTC) + timedelta(days=1))
    if place:
        rows = _at_place(rows, place)
    return _about(rows, text.strip()) if text.strip() else rows


def _at_place(rows: QuerySet[Event], name: str) -> QuerySet[Event]:
    here = places.named(name)
    if here is None:
        return rows.none()
    # A union of what indexes find: "this or that" would look at every event of the book.
    came = Movement.objects.filter(destination=here).order_by().values("event")
    went = Movement.objects.filter(source=here).order_by().values("event")
    return rows.filter(pk__in=came.union(went, Event.objects.filter(place=here).values("pk")))


def _about(rows: QuerySet[Event], text: str) -> QuerySet[Event]:
    try:
        return rows.filter(uid=UUID(text))
    except ValueError:
        pass
    named = Lot.objects.filter(Q(number=text) | Q(supplier_lot=text)).values("pk")
    moved = Movement.objects.filter(lot__in=named).order_by().values("event")
    mentioned = Mention.objects.filter(lot__in=named).order_by().values("event")
    papers = Event.objects.filter(document_number=text).exclude(document_number="").values("pk")
    return rows.filter(pk__in=papers.union(moved, mentioned))


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event in a list, with what it moved in a few words."""

    event: Event
    label: str
    at: datetime
    lots: list[str]
    more: int
    reversed: bool


LOTS_SHOWN = 3


def rows_of(events_shown: Iterable[Event]) -> list[EventRow]:
    """Events as a list shows them: one statement more for any number."""
    shown = list(events_shown)
    named: dict[int, dict[int, str]] = {event.pk: {} for event in shown}
    for event, lot, number, code in Movement.objects.filter(event__in=list(named)).values_list(
        "event_id", "lot_id", "lot__number", "lot__item__code"
    ):
        named[event][lot] = number or code
    for event, lot, number, code in Mention.objects.filter(
        event__in=list(named), lot__isnull=False
    ).values_list("event_id", "lot_id", "lot__number", "lot__item__code"):
        named[event][lot] = number or code
    return [
        EventRow(
            event, title(event), claimed(event), list(named[event.pk].values())[:LOTS_SHOWN],
            max(len(named[event.pk]) - LOTS_SHOWN, 0), getattr(event, "reversed_by", None) is not None,
        )
        for event in shown
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class EventPage:
    """One event with everything it says."""

    event: Event
    label: str
    occurred_at: datetime
    movements: list[Movement]
    mentions: list[Mention]
    packings: list[Packing]
    reversed_by: Event | None
    data: dict[str, Any]

    @property
    def document_label(self) -> str:
        """What the document is called."""
        return (self.event.document_kind or "document").replace("_", " ").capitalize()

    @property
    def reversible(self) -> bool:
        """Whether a reversal is an act that fits: some kinds have one of their own, and once is enough."""
        return self.reversed_by is None and self.event.kind not in NOT_REVERSIBLE

    @property
    def said(self) -> list[tuple[str, str]]:
        """What the event's data says in plain words: the texts at its top."""
        return [
            (name.replace("_", " ").capitalize(), value)
            for name, value in self.data.items()
            if isinstance(value, str) and name not in ("of", "override")
        ]

    @property
    def data_text(self) -> str:
        """The event's data as it is kept."""
        return json.dumps(self.event.data, indent=2, ensure_ascii=False, sort_keys=True)


def event_page(uid: UUID | str) -> EventPage:
    """One event by its uid; raises NotFound."""
    try:
        found = Event.objects.select_related("place", "reverses", "reversed_by").get(uid=UUID(str(uid)))
    except (Event.DoesNotExist, ValueError):
        raise NotFound(
            Fault("event", f"the book has no event {str(uid)[:60]}.", "Check the address.")
        ) from None
    moved = Movement.objects.filter(event=found).select_related("lot__item", "source", "destination")
    named = Mention.objects.filter(event=found).select_related("lot__item", "unit", "run")
    packed = Packing.objects.filter(event=found, derived=False).select_related("unit", "lot__item", "child")
    return EventPage(
        event=found,
        label=title(found),
        occurred_at=claimed(found),
        movements=list(moved.order_by("pk")),
        mentions=list(named.order_by("pk")),
        packings=list(packed.order_by("pk")),
        reversed_by=getattr(found, "reversed_by", None),
        data={name: value for name, value in found.data.items() if name not in ("asked", "lots")},
    )


def undoable(uid: UUID | str | None, actor: str) -> bool:
    """Whether ``actor`` may still undo an event: their own, of the last minutes, and not taken back yet."""
    if uid is None:
        return False
    since = clock.now() - UNDO_WITHIN
    rows = Event.objects.filter(uid=uid, actor=actor, recorded_at__gte=since, reversed_by=None)
    return rows.exclude(kind__in=NOT_REVERSIBLE).exists()


def movements_of(rows: QuerySet[Event], limit: int) -> Iterator[Movement]:
    """The movements of events, newest event first, read as they are taken: a file begins at once."""
    moved = Movement.objects.select_related("event__place", "lot__item", "source", "destination")
    keys = list(rows.order_by("-pk").values_list("pk", flat=True)[:EVENTS_AT_ONCE])
    given = 0
    while keys and given < limit:
        part = moved.filter(event__in=keys).order_by("-event_id", "pk")[: limit - given]
        given += len(part)
        yield from part
        following = rows.filter(pk__lt=keys[-1]).order_by("-pk")
        keys = list(following.values_list("pk", flat=True)[:EVENTS_AT_ONCE])


def label(kind: str) -> str:
    """What people call a kind of event."""
    known = KINDS.get(kind)
    return known.label if known else kind


CHANGES = {"split": "Split", "merge": "Merged", "relabel": "Relabelled", "repack": "Repacked"}
"""What a change of lots is called, by the kind of its document."""


def title(event: Event) -> str:
    """What people call an event: its kind, or what it says it did."""
    if event.kind == "observe" and "closed" in event.data:
        return "Run closed"
    if event.kind == "unit_move" and "made" in event.data:
        return "Unit made"
    if event.kind == "transform" and event.document_kind in CHANGES:
        return CHANGES[event.document_kind]
    return label(event.kind)


def claimed(event: Event) -> datetime:
    """When it happened, with the offset it was claimed at."""
    zone = UTC if not event.offset_minutes else timezone(timedelta(minutes=event.offset_minutes))
    return event.occurred_at.astimezone(zone)


# -- one lot ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Happening:
    """One event in the life of a lot."""

    event: Event
    title: str
    at: datetime
    quantity: int | None
    source: Place | None = None
    destination: Place | None = None
    reversed: bool = False


def timeline(lot: Lot, limit: int = TIMELINE_MAX) -> list[Happening]:
    """What happened to a lot, newest first: its movements, and events that name it."""
    moved = list(
        Movement.objects.filter(lot=lot)
        .select_related("event__reversed_by", "source", "destination")
        .order_by("-event_id", "-pk")[:limit]
    )
    seen = {row.event_id for row in moved}
    named = Mention.objects.filter(lot=lot).select_related("event").order_by("-event_id")[:limit]
    packed = (
        Packing.objects.filter(lot=lot, derived=False).select_related("event").order_by("-event_id")[:limit]
    )
    found = [
        Happening(
            row.event, title(row.event), claimed(row.event), row.quantity, row.source, row.destination,
            getattr(row.event, "reversed_by", None) is not None,
        )
        for row in moved
    ]  # fmt: skip
    others: list[Mention | Packing] = [*named, *packed]
    for other in others:
        if other.event_id not in seen:
            seen.add(other.event_id)
            found.append(Happening(other.event, title(other.event), claimed(other.event), other.quantity))
    return sorted(found, key=lambda one: one.event.sequence, reverse=True)[:limit]


# -- one run ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class Share:
    """What one lot has to do with a run, in smallest units, reversals taken off."""

    lot: Lot
    consumed: int = 0
    returned: int = 0
    produced: int = 0
    lost: int = 0

    @property
    def item(self) -> Item:
        """The lot's item."""
        return self.lot.item

    @property
    def used(self) -> int:
        """What went in and did not come back unused."""
        return self.consumed - self.returned

    @property
    def left(self) -> int:
        """What of this lot could still be taken out of the run unused or lost."""
        return max(self.used - self.lost, 0)


def run_shares(run: Place) -> list[Share]:
    """Every lot that went into a run or came out of it, in the order they first did."""
    return list(shares_of([run.pk])[run.pk].values())


_MOVED = Prepared(
    lambda: (
        # A union of what indexes find: "this or that" of many places would look at every movement.
        Movement.objects.filter(
            pk__in=Movement.objects.filter(source_id__in=Slots("places"))
            .values("pk")
            .union(Movement.objects.filter(destination_id__in=Slots("places")).values("pk"))
        )
        .select_related("lot__item", "source", "destination", "event__reverses")
        .order_by("pk")
    )
)


def shares_of(runs: Iterable[int]) -> dict[int, dict[int, Share]]:
    """The same for many runs, by the run's key and the lot's."""
    found: dict[int, dict[int, Share]] = {run: {} for run in runs}
    for row in _MOVED.all(places=list(found)):
        back = row.event.reverses
        kind = row.event.kind if back is None else back.kind
        for run, into, other in (
            (row.destination_id, True, row.source),
            (row.source_id, False, row.destination),
        ):
            if run in found:
                share = found[run].setdefault(row.lot_id, Share(row.lot))
                # The reversal moves the other way: it takes off what the original added.
                sign = 1 if back is None else -1
                _count(
                    share, kind, into=into is (back is None), other=other.kind, quantity=sign * row.quantity
                )
    return found


def _count(share: Share, kind: str, *, into: bool, other: str, quantity: int) -> None:
    if into:
        share.consumed += quantity
    elif other == "loss":
        share.lost += quantity
    elif kind == "unconsume":
        share.returned += quantity
    else:
        share.produced += quantity


def run_events(run: Place, units: Iterable[int] = ()) -> list[EventRow]:
    """The events of a run (and of the runs of its single ``units``), newest first."""
    places_of = [run.pk, *units]
    touching = Movement.objects.filter(Q(source__in=places_of) | Q(destination__in=places_of))
    keys = set(touching.values_list("event_id", flat=True))
    keys |= set(Event.objects.filter(place=run).values_list("pk", flat=True))
    rows = Event.objects.filter(pk__in=sorted(keys)[-TIMELINE_MAX:]).select_related("reversed_by", "place")
    return rows_of(rows.order_by("-sequence"))


def run_totals(runs: Iterable[int]) -> Mapping[int, tuple[int, int]]:
    """For each run: how many lots went in, and how many came out."""
    found: dict[int, tuple[set[int], set[int]]] = {run: (set(), set()) for run in runs}
    rows = Movement.objects.filter(Q(source__in=found) | Q(destination__in=found), event__reversed_by=None)
    for lot, source, destination, kind in rows.exclude(event__kind="reverse").values_list(
        "lot_id", "source_id", "destination_id", "event__kind"
    ):
        if destination in found:
            found[destination][0].add(lot)
        elif kind in ("produce", "transform", "foreign"):
            found[source][1].add(lot)
    return {run: (len(went), len(came)) for run, (went, came) in found.items()}


# -- one logistic unit -----------------------------------------------------------------------------


def unit_events(unit: Place) -> list[EventRow]:
    """What happened to a logistic unit, newest first: packed, unpacked, moved, named."""
    # Its own rows name few events: asked the other way round, a database walks the whole book for them.
    keys = set(Packing.objects.filter(Q(unit=unit) | Q(child=unit)).values_list("event_id", flat=True))
    keys |= set(Mention.objects.filter(unit=unit).values_list("event_id", flat=True))
    rows = Event.objects.filter(pk__in=sorted(keys)[-TIMELINE_MAX:]).select_related("reversed_by", "place")
    return rows_of(rows.order_by("-sequence"))
