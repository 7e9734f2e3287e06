"""Portals, passes and what was set aside, as they are kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, QuerySet

from lotbook.interfaces.rfid.models import Aside, Pass, PassStatus, Portal
from lotbook.interfaces.rfid.rules import Filter
from lotbook.kernel import clock
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, NotFound

LIVE = (PassStatus.OPEN, PassStatus.READY, PassStatus.REVIEW)
"""Passes that reads may still join, and that may be posted or given up."""


def portals(*, active: bool | None = None) -> QuerySet[Portal]:
    """Every portal, by code."""
    rows = Portal.objects.select_related("place", "from_place")
    return rows if active is None else rows.filter(is_active=active)


def portal(name: UUID | str) -> Portal:
    """The portal with this uid or code; raises NotFound."""
    return _portal(portals(), name)


def portal_locked(name: str) -> Portal:
    """The portal in use with this uid or code, locked until the transaction ends; raises NotFound."""
    return _portal(Portal.objects.select_for_update().filter(is_active=True), name)


def _portal(rows: QuerySet[Portal], name: UUID | str) -> Portal:
    text = str(name).strip()
    found = None
    if text and not storable(text):
        try:
            found = rows.filter(uid=UUID(text)).first()
        except ValueError:
            found = rows.filter(code=text).first()
    if found is None:
        cause = f"there is no RFID portal {text[:60]!r} in use."
        raise NotFound(Fault("portal", cause, "Set it up first, or check its code.", "unknown"))
    return found


def filter_of(one: Portal) -> Filter:
    """Which reads count there."""
    return Filter(one.rssi_min, frozenset(one.schemes), tuple(one.prefixes))


def passes_near(at: Portal, first_ms: int, last_ms: int) -> list[Pass]:
    """Passes, and what passed by, that reads of these times belong to by the silence; earliest first."""
    silence = at.silence_s * 1000
    rows = Pass.objects.filter(
        portal=at,
        status__in=[*LIVE, PassStatus.STRAY],
        first_ms__lte=last_ms + silence,
        last_ms__gte=first_ms - silence,
    )
    return list(rows.order_by("first_ms", "pk"))


def passes(
    *,
    text: str = "",
    status: str = "",
    portal: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Pass]:
    """Passes, newest first; ``text`` is looked for in their numbers and in those of their documents."""
    rows = Pass.objects.select_related("portal__place").order_by("-pk")
    if text.strip():
        wanted = text.strip()
        if storable(wanted):
            return rows.none()
        rows = rows.filter(number__icontains=wanted) | rows.filter(job_number__icontains=wanted)
    if status == "live":
        rows = rows.filter(status__in=LIVE)
    elif status:
        rows = rows.filter(status=status)
    else:
        rows = rows.exclude(status=PassStatus.STRAY)
    if portal:
        rows = rows.filter(portal__code=portal)
    if since is not None:
        rows = rows.filter(started_at__gte=since)
    if until is not None:
        rows = rows.filter(started_at__lt=until)
    return rows


def passed_by(at: Portal, since: datetime) -> int:
    """How often something was seen at a portal since then, and too seldom to be a pass."""
    return Pass.objects.filter(portal=at, status=PassStatus.STRAY, touched_at__gte=since).count()


def found(name: UUID | str) -> Pass:
    """The pass with this uid or number; raises NotFound."""
    text = str(name).strip()
    rows = Pass.objects.select_related("portal__place", "portal__from_place")
    try:
        one = rows.filter(uid=UUID(text)).first()
    except ValueError:
        one = None if storable(text) else rows.filter(number=text).first()
    if one is None:
        cause = f"there is no pass {text[:60]!r}."
        raise NotFound(Fault("pass", cause, "Look it up in the list of passes.", "unknown"))
    return one


def tag_counts(keys: list[int]) -> dict[int, int]:
    """How many tags passes have, by the passes' keys, in one statement."""
    rows = Pass.objects.filter(pk__in=keys).annotate(many=Count("tags"))
    return dict(rows.values_list("pk", "many"))


def silent(now: datetime | None = None) -> list[UUID]:
    """The open passes whose readers have been silent for long enough."""
    moment = now or clock.now()
    rows = Pass.objects.filter(status=PassStatus.OPEN).select_related("portal")
    return [one.uid for one in rows if one.touched_at + timedelta(seconds=one.portal.silence_s) <= moment]


def open_at(portal: Portal) -> list[UUID]:
    """The open passes of a portal."""
    return list(Pass.objects.filter(portal=portal, status=PassStatus.OPEN).values_list("uid", flat=True))


def asides(*, seen: bool | None = None) -> QuerySet[Aside]:
    """Messages set aside, newest first."""
    rows = Aside.objects.all()
    return rows if seen is None else rows.filter(seen_at__isnull=not seen)


def aside(uid: UUID | str) -> Aside:
    """A message set aside; raises NotFound."""
    try:
        return Aside.objects.get(uid=UUID(str(uid)))
    except (Aside.DoesNotExist, ValueError):
        cause = f"no message {str(uid)[:60]!r} was set aside."
        raise NotFound(Fault("message", cause, "Look at the list.", "unknown")) from None
