"""Events and stock as programs read them: rows of a page, each with all it says, in few statements.

Lists end at the watermark: below it every event is decided, so that who asks again with ``since`` set to
the ``as_of`` of the last answer misses none and sees none twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from lotbook.kernel import pages
from lotbook.kernel.errors import Fault, NotFound
from lotbook.kernel.quantity import to_text
from lotbook.traceability.ledger import storage
from lotbook.traceability.ledger.found import FoundPlace, named_items, named_places, partner_places
from lotbook.traceability.ledger.models import Balance, Event, Mention, Movement
from lotbook.traceability.lots.models import Lot


def event(uid: UUID) -> dict[str, Any]:
    """One event with everything it says; raises NotFound."""
    found = Event.objects.filter(uid=uid).select_related("place", "reverses").first()
    if found is None:
        raise NotFound(Fault("id", f"the book has no event {uid}.", "Check the id.", "unknown"))
    return _shown([found])[0]


def events(
    *,
    kind: str = "",
    item: str = "",
    lot: str = "",
    place: str = "",
    document: str = "",
    since: int = 0,
    cursor: str = "",
    limit: int = pages.LIMIT_USUAL,
) -> dict[str, Any]:
    """A page of events in the order of their sequence, and the watermark it was read at (``as_of``).

    ``item`` is a code, GTIN or uid; ``lot`` a number (of any item unless ``item`` says which) or a uid;
    ``place`` a code, GLN, SSCC or uid, where the event was or its goods came from or went to. Raises
    NotFound for an item or place the book does not know.
    """
    as_of = storage.watermark()
    rows = Event.objects.filter(sequence__gt=since, sequence__lte=as_of).select_related("place", "reverses")
    if kind:
        rows = rows.filter(kind=kind)
    if document:
        rows = rows.filter(document_number=document)
    if item or lot:
        lots = lots_named(item, lot).values("pk")
        rows = rows.filter(
            Exists(Movement.objects.filter(event=OuterRef("pk"), lot__in=lots))
            | Exists(Mention.objects.filter(event=OuterRef("pk"), lot__in=lots))
        )
    if place:
        where = place_named(place).id
        touching = Movement.objects.filter(event=OuterRef("pk")).filter(
            Q(source=where) | Q(destination=where)
        )
        rows = rows.filter(Q(place=where) | Exists(touching))
    page: pages.Page[Event] = pages.page(rows, cursor, limit, key="sequence")
    return {"items": _shown(page.items), "next": page.next, "as_of": as_of}


def stock(
    *,
    item: str = "",
    lot: str = "",
    place: str = "",
    elsewhere: bool = False,
    cursor: str = "",
    limit: int = 100,
) -> dict[str, Any]:
    """A page of balances that are not zero: at our own places, or (``elsewhere``) everywhere.

    ``place`` counts what stands in it at any depth. Quantities are decimal texts in the base unit.
    """
    rows = Balance.objects.exclude(on_hand=0)
    if not elsewhere:
        rows = rows.filter(own=True)
    if item or lot:
        rows = rows.filter(lot__in=lots_named(item, lot).values("pk"))
    if place:
        rows = rows.filter(place__in=_with_all_inside(place_named(place).id))
    page: pages.Page[dict[str, Any]] = pages.page(
        rows.values(
            "lot_id",
            "place_id",
            "on_hand",
            "reserved",
            code=F("lot__item__code"),
            name=F("lot__item__name"),
            unit=F("lot__item__unit"),
            scale=F("lot__item__scale"),
            lot_uid=F("lot__uid"),
            lot_kind=F("lot__kind"),
            number=F("lot__number"),
            expires_on=F("lot__expires_on"),
            held=F("lot__held"),
            place_code=F("place__code"),
            place_kind=F("place__kind"),
        ),
        cursor,
        limit,
        key=("lot_id", "place_id"),
    )
    return page.shown(_balance) | {"as_of": storage.watermark()}


def lots_named(item: str, lot: str) -> QuerySet[Lot]:
    """Lots by item (code, GTIN, uid) and by number or uid; either may be empty."""
    rows = Lot.objects.all()
    if item:
        found = named_items([item]).get(item)
        if found is None:
            raise NotFound(Fault("item", f"the book does not know the item {item[:60]!r}.", "", "unknown"))
        rows = rows.filter(item_id=found.id)
    if lot:
        named = Q(number=lot)
        with suppress(ValueError):
            named |= Q(uid=UUID(lot))
        rows = rows.filter(named)
    return rows


def place_named(name: str) -> FoundPlace:
    """The place with this code, GLN, SSCC or uid, or a partner's; raises NotFound."""
    found = named_places([name]).get(name)
    if found is None:
        opened, unopened = partner_places([name])
        # A partner nothing came from or went to yet has no place: nothing is there.
        found = opened.get(name) or (FoundPlace(0, name, "partner") if name in unopened else None)
    if found is None:
        raise NotFound(Fault("place", f"the book does not know the place {name[:60]!r}.", "", "unknown"))
    return found


def _with_all_inside(place: int) -> list[int]:
    from lotbook.kernel import sql

    tree = (
        "WITH RECURSIVE inside(id) AS (SELECT id FROM places_place WHERE id = %s"
        " UNION SELECT p.id FROM places_place p JOIN inside ON p.parent_id = inside.id) SELECT id FROM inside"
    )
    return [row[0] for row in sql.rows(tree, [place])]


def _balance(row: dict[str, Any]) -> dict[str, Any]:
    scale = row["scale"]
    return {
        "item": row["code"],
        "item_name": row["name"],
        "lot": row["number"] if row["lot_kind"] == 1 else "",
        "serial": row["number"] if row["lot_kind"] == 2 else "",
        "lot_id": row["lot_uid"],
        "expires_on": row["expires_on"],
        "is_held": row["held"] > 0,
        "place": row["place_code"],
        "place_kind": row["place_kind"],
        "on_hand": to_text(row["on_hand"], scale),
        "reserved": to_text(row["reserved"], scale),
        "available": to_text(row["on_hand"] - row["reserved"], scale),
        "unit": row["unit"],
    }


def _shown(found: Sequence[Event]) -> list[dict[str, Any]]:
    """Events as JSON says them, with their movements and mentions: four statements for any number."""
    keys = [one.pk for one in found]
    movements = _movements(keys)
    mentions = _mentions(keys)
    reversed_by = dict(Event.objects.filter(reverses__in=keys).values_list("reverses_id", "uid"))
    return [
        {
            "id": one.uid,
            "sequence": one.pk,
            "kind": one.kind,
            "occurred_at": _claimed(one.occurred_at, one.offset_minutes),
            "recorded_at": one.recorded_at,
            "actor": one.actor,
            "device": one.device,
            "place": one.place.code if one.place else None,
            "document": {"kind": one.document_kind, "number": one.document_number},
            "reason": one.reason,
            "reverses": one.reverses.uid if one.reverses else None,
            "reversed_by": reversed_by.get(one.pk),
            "data": one.data,
            "movements": movements[one.pk],
            "concerns": mentions[one.pk],
            "content_hash": one.content_hash,
        }
        for one in found
    ]


def _claimed(moment: datetime, offset_minutes: int) -> datetime:
    """The time with the offset it was claimed at."""
    zone = UTC if not offset_minutes else timezone(timedelta(minutes=offset_minutes))
    return moment.astimezone(zone)


def _movements(keys: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = Movement.objects.filter(event__in=list(keys)).order_by("id")
    for row in rows.select_related("lot__item", "source", "destination"):
        item = row.lot.item
        weight = {"catch_weight_kg": to_text(row.catch_weight, 3)} if row.catch_weight else {}
        found[row.event_id].append(
            {
                **_lot(row.lot),
                "quantity": to_text(row.quantity, item.scale),
                "unit": item.unit,
                "from": row.source.code,
                "to": row.destination.code,
                **weight,
            }
        )
    return found


def _mentions(keys: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = Mention.objects.filter(event__in=list(keys)).order_by("id")
    for row in rows.select_related("lot__item", "unit"):
        named: dict[str, Any] = {"role": row.role}
        if row.lot is not None:
            named |= _lot(row.lot)
            if row.quantity is not None:
                named["quantity"] = to_text(row.quantity, row.lot.item.scale)
        if row.unit is not None:
            named["logistic_unit"] = row.unit.code
        found[row.event_id].append(named)
    return found


def _lot(lot: Lot) -> dict[str, Any]:
    return {
        "item": lot.item.code,
        "lot": lot.number if lot.kind == 1 else "",
        "serial": lot.number if lot.kind == 2 else "",
        "lot_id": lot.uid,
    }
