"""Reads about acts: the inbox, late scans, devices and what of them has not come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from lotbook.interfaces.station.models import OPEN, Act, Device, State
from lotbook.kernel import clock
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, NotFound

LATE_DAYS = 30
"""So long late scans stand on the page of the inbox."""
GAPS_SHOWN = 20
INBOX_MAX = 200


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device, what of it is open, and which of its acts have not come."""

    device: Device
    conflicts: int
    waiting: int
    missing: int
    gaps: str


def act(uid: UUID) -> Act:
    """The act with this id; raises NotFound."""
    found = Act.objects.select_related("beside").filter(uid=uid).first()
    if found is None:
        raise NotFound(Fault("id", "there is no such act.", "Look at the inbox again.", "unknown"))
    return found


def inbox_of(*, login: str, actor: str, handheld: str) -> QuerySet[Act]:
    """The contradictions of one person, and of the shared handheld they hold; newest first."""
    theirs = Q(by=login) | Q(brought_by=actor)
    if handheld:
        theirs |= Q(handheld=handheld)
    return Act.objects.filter(theirs, state__in=OPEN).order_by("-arrived_at", "-pk")


def inbox(*, text: str = "", kind: str = "", state: str = "") -> QuerySet[Act]:
    """Contradictions, newest first; ``state``: open (the usual), waiting, late, or all that ever were."""
    rows = Act.objects.select_related("beside").order_by("-arrived_at", "-pk")
    if state == "waiting":
        rows = rows.filter(state=State.WAITING)
    elif state == "late":
        rows = rows.exclude(late="").filter(arrived_at__gte=clock.now() - timedelta(days=LATE_DAYS))
    elif state == "settled":
        rows = rows.filter(resolutions__isnull=False).distinct()
    else:
        rows = rows.filter(state__in=OPEN)
    if kind:
        rows = rows.filter(kind=kind)
    if text:
        if storable(text):
            return rows.none()
        found = Q(by__icontains=text) | Q(raw__icontains=text) | Q(handheld__icontains=text)
        rows = rows.filter(found)
    return rows


def late() -> QuerySet[Act]:
    """Late scans of the last days, newest first."""
    return inbox(state="late")


def open_count() -> int:
    """How many contradictions nobody has resolved."""
    return Act.objects.filter(state__in=OPEN).count()


def devices() -> list[DeviceRow]:
    """Every device, the one heard of last first; three statements whatever their number."""
    rows = list(Device.objects.order_by("-last_at"))
    counted = {
        row["device"]: row
        for row in Act.objects.values("device").annotate(
            conflicts=Count("pk", filter=Q(state__in=OPEN)),
            waiting=Count("pk", filter=Q(state=State.WAITING)),
        )
    }
    behind = [row for row in rows if row.highest > row.complete_to]
    have: dict[UUID, set[int]] = {}
    above = Q(pk__in=[])
    for row in behind:
        above |= Q(device=row.uid, n__gt=row.complete_to)
    for device, n in Act.objects.filter(above).values_list("device", "n") if behind else ():
        have.setdefault(device, set()).add(n)
    found = []
    for row in rows:
        counts = counted.get(row.uid, {"conflicts": 0, "waiting": 0})
        come = have.get(row.uid, set())
        missing = row.highest - row.complete_to - len(come) if row.highest > row.complete_to else 0
        gaps = _gaps(row, come) if missing else ""
        found.append(DeviceRow(row, counts["conflicts"], counts["waiting"], missing, gaps))
    return found


def _gaps(device: Device, come: set[int]) -> str:
    """The numbers that have not come, as ranges for people."""
    ranges = []
    before = device.complete_to
    for n in [*sorted(come), device.highest + 1]:
        if n > before + 1:
            ranges.append(str(before + 1) if n == before + 2 else f"{before + 1}–{n - 1}")
        before = n
    more = f" and {len(ranges) - GAPS_SHOWN} more" if len(ranges) > GAPS_SHOWN else ""
    return ", ".join(ranges[:GAPS_SHOWN]) + more
