"""Reads of the book for the rooms above: what is where, what happened, what went into and came out of runs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, Max, OuterRef, Q, Sum
from django.db.models.functions import Coalesce

from lotbook.traceability.ledger import storage
from lotbook.traceability.ledger.models import Balance, Claim, Event, Mention, Movement, Packing
from lotbook.traceability.lots.models import Lot


def watermark() -> int:
    """The sequence up to which every event is decided."""
    return storage.watermark()


def on_hand(lot: int, place: int) -> int:
    """How much of a lot is at a place, in smallest units."""
    found = Balance.objects.filter(lot=lot, place=place).values_list("on_hand", flat=True).first()
    return found or 0


@dataclass(frozen=True, slots=True)
class Standing:
    """A balance with the names a person needs."""

    lot: int
    place: int
    on_hand: int
    reserved: int
    own: bool
    item: int
    item_code: str
    item_name: str
    unit: str
    scale: int
    lot_uid: UUID
    number: str
    place_uid: UUID
    place_code: str
    place_name: str
    place_kind: str


def balances(
    *,
    lots: Collection[int] | None = None,
    places: Collection[int] | None = None,
    item: int | None = None,
    item_code: str | None = None,
    own: bool | None = True,
) -> list[Standing]:
    """What stands where: balances that are not zero, ours (``own``), outside (False) or all (None)."""
    rows = Balance.objects.exclude(on_hand=0)
    if own is not None:
        rows = rows.filter(own=own)
    if lots is not None:
        rows = rows.filter(lot__in=list(lots))
    if places is not None:
        rows = rows.filter(place__in=list(places))
    if item is not None:
        rows = rows.filter(lot__item=item)
    if item_code is not None:
        rows = rows.filter(lot__item__code=item_code)
    values = rows.order_by("lot__item__code", "lot__expires_on", "lot__number", "place__code").values_list(
        "lot_id",
        "place_id",
        "on_hand",
        "reserved",
        "own",
        "lot__item_id",
        "lot__item__code",
        "lot__item__name",
        "lot__item__unit",
        "lot__item__scale",
        "lot__uid",
        "lot__number",
        "place__uid",
        "place__code",
        "place__name",
        "place__kind",
    )
    return [Standing(*row) for row in values]


def expiries(lots: Collection[int]) -> dict[int, date | None]:
    """When lots expire."""
    return dict(Lot.objects.filter(id__in=list(lots)).values_list("id", "expires_on"))


def timeline(lot: int, *, limit: int = 500) -> list[Event]:
    """The events that name a lot, the latest first; each with its movements of that lot at hand."""
    named = (
        Exists(Movement.objects.filter(event=OuterRef("pk"), lot=lot))
        | Exists(Mention.objects.filter(event=OuterRef("pk"), lot=lot))
        | Exists(Packing.objects.filter(event=OuterRef("pk"), lot=lot))
    )
    return list(
        Event.objects.filter(named).select_related("place").order_by("-occurred_at", "-sequence")[:limit]
    )


def run_inputs(run: int) -> dict[int, int]:
    """What is in a run: lot → quantity that went in, less what came back unused or was lost."""
    return _net(run, "destination", "source", consumed=True)


def run_outputs(run: int) -> dict[int, int]:
    """What came out of a run: lot → quantity, less what was reversed."""
    return _net(run, "source", "destination", consumed=False)


def _net(run: int, near: str, far: str, *, consumed: bool) -> dict[int, int]:
    back = ["unconsume", "reverse"] if consumed else ["reverse"]
    there = Movement.objects.filter(Q(**{near: run})).exclude(event__kind__in=["lose", *back])
    again = Movement.objects.filter(Q(**{far: run}), event__kind__in=back)
    result: dict[int, int] = {}
    for sign, rows in ((1, there), (-1, again)):
        for lot, quantity in rows.values_list("lot").annotate(total=Sum("quantity")):
            result[lot] = result.get(lot, 0) + sign * quantity
    return {lot: quantity for lot, quantity in result.items() if quantity > 0}


def made_in(runs: Collection[int]) -> dict[tuple[int, int], int]:
    """What came out of many runs: (run, item) → quantity, less what was reversed; in two statements."""
    made = ("produce", "transform", "foreign")
    out = Movement.objects.filter(source__in=runs, event__kind__in=made).exclude(destination__kind="loss")
    back = Movement.objects.filter(destination__in=runs, event__reverses__kind__in=made)
    found: dict[tuple[int, int], int] = {}
    for sign, side, rows in ((1, "source_id", out), (-1, "destination_id", back)):
        for run, item, total in rows.values_list(side, "lot__item").annotate(total=Sum("quantity")):
            found[run, item] = found.get((run, item), 0) + sign * total
    return found


def run_losses(run: int) -> dict[int, int]:
    """What was lost in a run: lot → quantity."""
    rows = (
        Movement.objects.filter(source=run, event__kind="lose").values_list("lot").annotate(t=Sum("quantity"))
    )
    return dict(rows)


def latest(limit: int = 20) -> list[Event]:
    """The last events recorded, the newest first."""
    return list(Event.objects.select_related("place").order_by("-sequence")[:limit])


def movements(sequences: Collection[int]) -> list[Any]:
    """The movements of some events, with the names a person needs."""
    return list(
        Movement.objects.filter(event__in=list(sequences))
        .order_by("event_id", "id")
        .values(
            "event_id",
            "lot_id",
            "quantity",
            "catch_weight",
            lot_uid=F("lot__uid"),
            number=F("lot__number"),
            item_code=F("lot__item__code"),
            item_name=F("lot__item__name"),
            unit=F("lot__item__unit"),
            scale=F("lot__item__scale"),
            source_uid=F("source__uid"),
            source_code=F("source__code"),
            source_name=F("source__name"),
            destination_uid=F("destination__uid"),
            destination_code=F("destination__code"),
            destination_name=F("destination__name"),
        )
    )


def counts_since(moment: datetime) -> dict[str, int]:
    """How many events of each kind were recorded since ``moment``."""
    rows = Event.objects.filter(recorded_at__gte=moment).values_list("kind").annotate(total=Count("sequence"))
    return dict(rows.order_by("kind"))


def place_use(key: int) -> str:
    """What stands at a place, in words ("stock of 3 lots"): asked before a place goes out of use."""
    count = Balance.objects.filter(place=key, own=True).exclude(on_hand=0).count()
    return f"stock of {count} lot{'s' if count != 1 else ''}" if count else ""


def taken_back(uids: Collection[UUID]) -> set[UUID]:
    """Which of these events were reversed."""
    wanted = list(uids)
    rows = Event.objects.filter(uid__in=wanted, reversed_by__isnull=False) if wanted else Event.objects.none()
    return set(rows.values_list("uid", flat=True))


def documents_at(sequences: Collection[int]) -> dict[int, tuple[str, str]]:
    """Kind and number of the documents under which events were posted, by sequence; one statement."""
    rows = Event.objects.filter(pk__in=sequences).exclude(document_number="")
    return {
        key: (kind, number)
        for key, kind, number in rows.values_list("pk", "document_kind", "document_number")
    }


def documents_taken_back(kind: str, ranges: Collection[tuple[int, int]]) -> list[str]:
    """Numbers of the documents of a kind of which events with sequences in ``ranges`` take something back."""
    found: set[str] = set()
    for first, last in ranges:
        rows = Event.objects.filter(sequence__range=(first, last), kind="reverse")
        found.update(
            rows.filter(reverses__document_kind=kind).values_list("reverses__document_number", flat=True)
        )
    return sorted(found)


@dataclass(frozen=True, slots=True)
class Free:
    """What of one lot at one place of ours may be used: ``reserved`` is spoken for."""

    item: int
    lot: int
    place: int
    on_hand: int
    reserved: int
    held: bool
    expires_on: date | None


def stock_of(items: Collection[int]) -> list[Free]:
    """What of these items stands at our own places, with what decides whether it may be used."""
    rows = Balance.objects.filter(own=True, on_hand__gt=0, lot__item__in=list(items)).values_list(
        "lot__item_id", "lot_id", "place_id", "on_hand", "reserved", "lot__held", "lot__expires_on"
    )
    return [
        Free(item, lot, place, have, kept, bool(held), day)
        for item, lot, place, have, kept, held, day in rows
    ]


def known(uids: Collection[UUID]) -> set[UUID]:
    """Which of these events are in the book."""
    return set(Event.objects.filter(uid__in=list(uids)).values_list("uid", flat=True))


def events_taken_back(ranges: Collection[tuple[int, int]]) -> set[UUID]:
    """The events that events with sequences in ``ranges`` (first to last, both in) took back."""
    found: set[UUID] = set()
    for first, last in ranges:
        rows = Event.objects.filter(sequence__range=(first, last), reverses__isnull=False)
        found.update(rows.values_list("reverses__uid", flat=True))
    return found


@dataclass(frozen=True, slots=True)
class TakenBack:
    """An event taken back: which, by the event with ``sequence``, and at which (lot, place) that changed stock."""

    sequence: int
    occurred_at: datetime
    original: int
    uid: UUID
    kind: str
    document_number: str
    changed: frozenset[tuple[int, int]]


def reversals(ranges: Collection[tuple[int, int]]) -> list[TakenBack]:
    """What events with sequences in ``ranges`` (first to last, both in) took back; two statements a range."""
    found = []
    for first, last in ranges:
        rows = Event.objects.filter(sequence__range=(first, last), reverses__isnull=False)
        events = list(rows.select_related("reverses").order_by("sequence"))
        changes: dict[int, dict[tuple[int, int], int]] = {}
        moved = Movement.objects.filter(event__in=[event.pk for event in events])
        for sequence, lot, source, destination, quantity in moved.values_list(
            "event_id", "lot_id", "source_id", "destination_id", "quantity"
        ):
            of = changes.setdefault(sequence, {})
            of[lot, source] = of.get((lot, source), 0) - quantity
            of[lot, destination] = of.get((lot, destination), 0) + quantity
        for event in events:
            was = event.reverses
            if was is not None:
                changed = frozenset(key for key, change in changes.get(event.pk, {}).items() if change)
                found.append(
                    TakenBack(
                        event.pk, event.occurred_at, was.pk, was.uid, was.kind, was.document_number, changed
                    )
                )
    return found


@dataclass(frozen=True, slots=True)
class Reserved:
    """A reservation that is not used up: ``quantity`` is what is left of it, in smallest units."""

    id: int
    uid: UUID
    lot_id: int
    place_id: int
    line: int
    quantity: int
    made_quantity: int
    purpose: str
    document: UUID
    number: str
    why: str
    made_at: datetime
    made_by: str
    item_id: int
    item_code: str
    item_name: str
    unit: str
    scale: int
    lot_uid: UUID
    lot_number: str
    expires_on: date | None
    place_code: str
    place_name: str


def reserved(
    *,
    document: UUID | None = None,
    documents: Collection[UUID] | None = None,
    lot: int | None = None,
    lots: Collection[int] | None = None,
) -> list[Reserved]:
    """What is reserved for a document, or of a lot (or many); by line and in the order it was reserved."""
    rows = Claim.objects.filter(quantity__gt=0)
    if documents is not None:
        rows = rows.filter(document__in=list(documents))
    if document is not None:
        rows = rows.filter(document=document)
    if lot is not None:
        rows = rows.filter(lot=lot)
    if lots is not None:
        rows = rows.filter(lot__in=list(lots))
    values = rows.order_by("line", "id").values_list(
        "id",
        "uid",
        "lot_id",
        "place_id",
        "line",
        "quantity",
        "made_quantity",
        "purpose",
        "document",
        "number",
        "why",
        "made_at",
        "made_by",
        "lot__item_id",
        "lot__item__code",
        "lot__item__name",
        "lot__item__unit",
        "lot__item__scale",
        "lot__uid",
        "lot__number",
        "lot__expires_on",
        "place__code",
        "place__name",
    )
    return [Reserved(*row) for row in values]


def latest_ends(items: Collection[int], places: Collection[int]) -> dict[int, date]:
    """The latest end of shelf life among the lots of each item that went to these places and stayed there."""
    rows = Balance.objects.filter(place__in=list(places), lot__item__in=list(items), on_hand__gt=0)
    ends = rows.annotate(end=Coalesce("lot__expires_on", "lot__best_before_on")).exclude(end=None)
    return dict(ends.order_by().values_list("lot__item_id").annotate(latest=Max("end")))
