"""Reading vessels: what flows together in them now, and one blend after the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from lotbook.foundation.documents.queries import TimelineEntry, timeline
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, NotFound
from lotbook.operations.production.models import Run, Vessel
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger.lines import moment_at
from lotbook.traceability.lots.models import Lot

BLENDS_SHOWN = 100


def vessel(name: UUID | str) -> Vessel:
    """The vessel with this uid (or its place's uid) or its place's code; raises NotFound."""
    text = str(name).strip()
    rows = Vessel.objects.select_related("place", "item")
    try:
        uid = UUID(text)
        found = rows.filter(Q(uid=uid) | Q(place__uid=uid)).first()
    except ValueError:
        found = None if storable(text) else rows.filter(place__code=text).first()
    if found is None:
        cause = f"there is no vessel {text[:60]!r}."
        raise NotFound(Fault("vessel", cause, "Look it up in the list of vessels."))
    return found


@dataclass(frozen=True, slots=True)
class Inside:
    """So much of a lot in a vessel, in smallest units of its item."""

    lot: Lot
    quantity: int


def inside(keys: Iterable[int]) -> dict[int, list[Inside]]:
    """What is in vessels now, by the key of their place, oldest lot first."""
    listed = list(keys)
    found: dict[int, list[Inside]] = {key: [] for key in listed}
    for row in browsing.contents(listed):
        found[row.place_id].append(Inside(row.lot, row.on_hand))
    return found


@dataclass(frozen=True, slots=True)
class VesselRow:
    """A vessel as the list shows it."""

    vessel: Vessel
    inside: list[Inside]

    @property
    def quantity(self) -> int:
        """How much of its item is in it."""
        return sum(one.quantity for one in self.inside if one.lot.item_id == self.vessel.item_id)

    @property
    def percent(self) -> int | None:
        """How full it is, in whole percent; None without a capacity."""
        return self.quantity * 100 // self.vessel.capacity if self.vessel.capacity else None

    @property
    def blended(self) -> bool:
        """Whether all that is in it is one lot."""
        return len(self.inside) <= 1


def vessels() -> list[VesselRow]:
    """Every vessel with what is in it, by code."""
    listed = list(Vessel.objects.select_related("place", "item").order_by("place__code"))
    contents = inside(one.place_id for one in listed)
    return [VesselRow(one, contents[one.place_id]) for one in listed]


@dataclass(frozen=True, slots=True)
class Blend:
    """One blend of a vessel: the run that made it, what flowed into it, and the lot it became."""

    run: Run
    inputs: list[browsing.Share]
    lot: Lot | None
    quantity: int

    @property
    def at(self) -> datetime:
        """When it was made, in the site's own time."""
        return moment_at(self.run.site, self.run.opened_at)


@dataclass(frozen=True, slots=True)
class VesselPage:
    """A vessel as its page shows it."""

    row: VesselRow
    blends: list[Blend]
    timeline: list[TimelineEntry]

    @property
    def vessel(self) -> Vessel:
        """The vessel itself."""
        return self.row.vessel


def vessel_page(name: UUID | str) -> VesselPage:
    """A vessel with its blends, newest first: how lots overlap in it."""
    one = vessel(name)
    contents = inside([one.place_id])[one.place_id]
    runs = list(one.blends.select_related("site", "item").order_by("-pk")[:BLENDS_SHOWN])
    shares = browsing.shares_of(run.place_id for run in runs)
    blends = []
    for run in runs:
        listed = list(shares[run.place_id].values())
        made = next((share for share in listed if share.produced), None)
        inputs = [share for share in listed if share.used]
        blends.append(Blend(run, inputs, made.lot if made else None, made.produced if made else 0))
    return VesselPage(VesselRow(one, contents), blends, timeline(one.uid))
