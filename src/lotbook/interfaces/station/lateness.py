"""Late scans: made before the device could know that a lot was held, or had expired.

They are applied or refused by the book's rules like any other act; quality sees them either way.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from lotbook.foundation.places import queries as places
from lotbook.interfaces.station.models import Act
from lotbook.kernel import clock
from lotbook.traceability.lots.models import Hold, Lot
from lotbook.traceability.lots.rules import expired

TOLD_MAX = 5


def words(act: Act, lots: Collection[int]) -> str:
    """What an act could not know of the lots it used, in words; empty when it knew."""
    if not lots:
        return ""
    site = places.named(act.site) if act.site else None
    zone = places.zone_of(site) if site is not None else "UTC"
    told = [*_held(act, lots, zone), *_expired(act, lots, zone)]
    more = f" And {len(told) - TOLD_MAX} more." if len(told) > TOLD_MAX else ""
    return " ".join(told[:TOLD_MAX]) + more


def _held(act: Act, lots: Collection[int], zone: str) -> list[str]:
    rows = Hold.objects.filter(
        lot__in=lots, released_sequence__isnull=True, placed_sequence__gt=act.as_of
    ).select_related("lot__item")
    told = []
    for hold in rows.order_by("placed_sequence"):
        done, placed = act.done_at or act.arrived_at, hold.placed_at
        when = _time(done, zone)
        scan = (
            f"this scan was made at {when} on a device that did not know"
            if done >= placed
            else f"this scan was made before, at {when}, and came at {_time(act.arrived_at, zone)}"
        )
        name = hold.lot.number or hold.lot.item.code
        told.append(f"{name} was put on hold at {_time(placed, zone)} ({hold.reason[:80]}); {scan}.")
    return told


def _expired(act: Act, lots: Collection[int], zone: str) -> list[str]:
    today = clock.date_at(act.arrived_at, zone)
    done = clock.date_at(act.done_at or act.arrived_at, zone)
    if done >= today:
        return []
    rows = Lot.objects.filter(pk__in=lots, expires_on__isnull=False).select_related("item").order_by("pk")
    return [
        f"{lot.number or lot.item.code} expired on {clock.written(lot.expires_on)}; this scan was made on"
        f" {clock.written(done)} and came on {clock.written(today)}."
        for lot in rows
        if lot.expires_on is not None and expired(lot.expires_on, today) and not expired(lot.expires_on, done)
    ]


def _time(moment: datetime, zone: str) -> str:
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%H:%M} on {clock.written(local.date())}"
