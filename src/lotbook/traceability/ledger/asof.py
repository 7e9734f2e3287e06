"""What the book said of places at a moment: for counts, for statements of others, for what a unit held.

Two readings, each repeatable for ever. *As of a sequence*: the sum of every movement up to it; a movement
recorded later changes nothing. *Until a moment*: what was claimed to have happened until then, whenever it
was recorded. Both start from the balances of today and take back what came after, so that their cost is
that of the time between, not that of the whole history.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, Min, OuterRef, QuerySet

from lotbook.foundation.places.models import Place
from lotbook.kernel import sql
from lotbook.traceability.ledger import storage
from lotbook.traceability.ledger.models import Balance, Event, Movement, Packing

Key = tuple[int, int]
"""(lot, place)."""


@dataclass(frozen=True, slots=True)
class Book:
    """What places held: ``on_hand`` by (lot, place) in smallest units, as of ``sequence``."""

    sequence: int
    on_hand: dict[Key, int]

    def get(self, lot: int, place: int) -> int:
        """How much of a lot was at a place."""
        return self.on_hand.get((lot, place), 0)


def book(places: Collection[int], *, sequence: int | None = None, until: datetime | None = None) -> Book:
    """What our own ``places`` held as of ``sequence`` (None: the watermark), zeros left out.

    With ``until``, what is claimed to have happened at that moment or later is taken off again. One
    statement after the watermark, whatever the number of lots.
    """
    at = storage.watermark() if sequence is None else sequence
    if not places:
        return Book(at, {})
    keys = sorted(set(places))
    marks = ", ".join(["%s"] * len(keys))
    text = f"""
        SELECT lot_id, place_id, sum(quantity) FROM (
            SELECT lot_id, place_id, on_hand AS quantity FROM ledger_balance WHERE own AND place_id IN ({marks})
            UNION ALL SELECT lot_id, destination_id, -quantity FROM ledger_movement
                WHERE destination_id IN ({marks}) AND event_id > %s
            UNION ALL SELECT lot_id, source_id, quantity FROM ledger_movement
                WHERE source_id IN ({marks}) AND event_id > %s{_later(marks) if until else ""}
        ) parts GROUP BY lot_id, place_id HAVING sum(quantity) <> 0"""
    values: list[object] = [*keys, *keys, at, *keys, at]
    if until is not None:
        moment = sql.from_moment(until)
        values += [*keys, at, moment, *keys, at, moment]
    return Book(at, {(lot, place): int(total) for lot, place, total in sql.rows(text, values)})


def _later(marks: str) -> str:
    """What was recorded up to the sequence and claims to have happened at the moment or later."""
    return f"""
            UNION ALL SELECT m.lot_id, m.destination_id, -m.quantity FROM ledger_movement m
                JOIN ledger_event e ON e.sequence = m.event_id
                WHERE m.destination_id IN ({marks}) AND m.event_id <= %s AND e.occurred_at >= %s
            UNION ALL SELECT m.lot_id, m.source_id, m.quantity FROM ledger_movement m
                JOIN ledger_event e ON e.sequence = m.event_id
                WHERE m.source_id IN ({marks}) AND m.event_id <= %s AND e.occurred_at >= %s"""


@dataclass(frozen=True, slots=True)
class Mark:
    """A reading of one balance: of which lot and place, as of which sequence, at which moment."""

    lot: int
    place: int
    sequence: int
    at: datetime


def late(marks: Iterable[Mark]) -> dict[Key, int]:
    """By how much what was recorded since changes each reading, because it claims to be older than it.

    A shipment scanned offline at ten and sent at noon belongs before a count at eleven. One statement.
    """
    wanted = {(mark.lot, mark.place): mark for mark in marks}
    if not wanted:
        return {}
    since = min(mark.sequence for mark in wanted.values())
    until = max(mark.at for mark in wanted.values())
    moved = Movement.objects.filter(
        event__gt=since, event__occurred_at__lt=until, lot__in={lot for lot, _ in wanted}
    ).values_list("lot_id", "source_id", "destination_id", "quantity", "event_id", "event__occurred_at")
    changes: dict[Key, int] = {}
    for lot, source, destination, quantity, sequence, at in moved:
        for place, change in ((source, -quantity), (destination, quantity)):
            mark = wanted.get((lot, place))
            if mark is not None and sequence > mark.sequence and at < mark.at:
                changes[lot, place] = changes.get((lot, place), 0) + change
    return {key: change for key, change in changes.items() if change}


# -- units, arrivals, documents, free places -------------------------------------------------------


def units_in(unit: int, sequence: int) -> list[int]:
    """The keys of the units that stood directly in a unit as of ``sequence``."""
    rows = Packing.objects.filter(unit=unit, child__isnull=False, event__lte=sequence).order_by("event", "pk")
    inside: dict[int, bool] = {}
    for child, action in rows.values_list("child_id", "action"):
        inside[child] = action > 0
    return sorted(child for child, stays in inside.items() if stays)


def arrivals(places: Collection[int], lots: Collection[int]) -> dict[Key, datetime]:
    """When each of ``lots`` first came to each of ``places``."""
    rows = Movement.objects.filter(destination__in=list(places), lot__in=list(lots))
    first = rows.values_list("lot_id", "destination_id").annotate(at=Min("event__occurred_at")).order_by()
    return {(lot, place): at for lot, place, at in first}


@dataclass(frozen=True, slots=True)
class Told:
    """The last event that carried a kind of document at a place."""

    uid: UUID
    sequence: int
    number: str
    at: datetime


def last_documents(kind: str, places: Collection[int]) -> dict[int, Told]:
    """The last event with a document of ``kind`` at each of ``places``, if there is one."""
    rows = Event.objects.filter(document_kind=kind, place__in=list(places)).order_by("sequence")
    values = rows.values_list("place_id", "uid", "sequence", "document_number", "occurred_at")
    return {place: Told(uid, sequence, number, at) for place, uid, sequence, number, at in values}


def without_stock(rows: QuerySet[Place]) -> QuerySet[Place]:
    """Those of the places where nothing of ours stands."""
    return rows.filter(~Exists(Balance.objects.filter(place=OuterRef("pk"), own=True, on_hand__gt=0)))
