"""Reading logistic units: one with its contents, at any level, and the list."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, NotFound
from lotbook.traceability.ledger import browsing, queries
from lotbook.traceability.ledger.browsing import EventRow


@dataclass(frozen=True, slots=True)
class UnitPage:
    """A logistic unit: where it stands, what is in it, and the units inside it."""

    unit: Place
    path: str
    contents: list[queries.Standing]
    inside: list[Place]
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
        events=browsing.unit_events(found),
    )
