"""What is below its minimum: counting what is free there, on the way there, and asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from lotbook.foundation.places.models import Place
from lotbook.operations.transfers import rules
from lotbook.operations.transfers.models import Level, RequestLine, Transfer
from lotbook.operations.transfers.queries import documents, progress
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.lots import queries as lots
from lotbook.traceability.lots.rules import expired

DEPTH_MAX = 32
OPEN_REQUESTS = ("asked", "approved", "picking", "in_transit")


@dataclass(frozen=True, slots=True)
class Standing:
    """A level and what there is, in smallest units: free there, in transit to it, and asked for."""

    level: Level
    free: int
    in_transit: int
    asked: int

    @property
    def suggested(self) -> int:
        """How much fills it up; 0 while it is not below the minimum."""
        return rules.to_fill(
            self.level.minimum, self.level.maximum, have=self.free, coming=self.in_transit + self.asked
        )

    @property
    def short(self) -> int:
        """How much is missing to the minimum now, whatever is on the way."""
        return max(self.level.minimum - self.free, 0)


@dataclass(frozen=True, slots=True)
class Below:
    """A level that is below its minimum: how much to bring, and by when it could be there."""

    level: Level
    free: int
    in_transit: int
    asked: int
    suggested: int
    there_on: date


def below(*, place: str = "", text: str = "") -> list[Below]:
    """Levels below their minimum, by source and place: those with a source of ours, then by supplier."""
    today = lots.today()
    rows = [
        Below(
            one.level, one.free, one.in_transit, one.asked, one.suggested,
            today + timedelta(days=one.level.lead_days),
        )
        for one in standing(documents.levels(place=place, text=text))
        if one.suggested
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (_from(row.level), row.level.place.code, row.level.item.code))


def _from(level: Level) -> tuple[int, str]:
    if level.source is not None:
        return 0, level.source.code
    return (1, level.supplier.name) if level.supplier is not None else (2, "")


def standing(levels: Iterable[Level]) -> list[Standing]:
    """What there is for each level: a constant number of statements for any number of levels."""
    listed = list(levels)
    items = {level.item_id for level in listed}
    if not listed:
        return []
    free = _free(items)
    coming = _in_transit(items)
    asked = _asked(items)
    above = _above({place for _, place in (*free, *coming, *asked)})
    sums: list[dict[tuple[int, int], int]] = []
    for amounts in (free, coming, asked):
        total: dict[tuple[int, int], int] = defaultdict(int)
        for (item, place), quantity in amounts.items():
            for one in above.get(place, (place,)):
                total[item, one] += quantity
        sums.append(total)
    return [
        Standing(level, *(total.get((level.item_id, level.place_id), 0) for total in sums))
        for level in listed
    ]


def _free(items: Iterable[int]) -> dict[tuple[int, int], int]:
    """(item, place) → what may be used: not held, not expired, not reserved, at a usable place."""
    rows = ledger.stock_of(list(items))
    today = lots.today()
    usable = _usable({row.place for row in rows})
    free: dict[tuple[int, int], int] = defaultdict(int)
    for row in rows:
        if not row.held and not expired(row.expires_on, today) and usable.get(row.place, False):
            free[row.item, row.place] += row.on_hand - row.reserved
    return free


def _in_transit(items: Iterable[int]) -> dict[tuple[int, int], int]:
    """(item, destination) → what was sent there and is not settled yet."""
    transfers = dict(
        Transfer.objects.filter(status__in=rules.ON_THE_WAY).values_list("transit_id", "destination_id")
    )
    coming: dict[tuple[int, int], int] = defaultdict(int)
    if not transfers:
        return coming
    rows = ledger.stock_of(list(items))
    above = _above({row.place for row in rows})
    for row in rows:
        for place in above.get(row.place, ()):
            if place in transfers:
                coming[row.item, transfers[place]] += row.on_hand
                break
    return coming


def _asked(items: Iterable[int]) -> dict[tuple[int, int], int]:
    """(item, destination) → what is asked for and not sent yet, by request or planned transfer."""
    lines = list(
        RequestLine.objects.filter(
            item__in=list(items), request__status__in=OPEN_REQUESTS, request__closed=False
        ).select_related("request")
    )
    moved = progress.sent_of(lines)
    asked: dict[tuple[int, int], int] = defaultdict(int)
    for line in lines:
        wanted = line.quantity if line.approved is None else line.approved
        # What a transfer under way has planned is in ``planned``; only what was sent is not asked any more.
        asked[line.item_id, line.request.destination_id] += max(wanted - moved[line.pk][1], 0)
    direct = Transfer.objects.filter(
        status__in=rules.UNSENT, lines__request_line=None, lines__item__in=list(items)
    )
    for item, place, quantity in direct.values_list("lines__item", "destination", "lines__quantity"):
        asked[item, place] += quantity
    return asked


def _above(keys: Iterable[int]) -> Mapping[int, list[int]]:
    """Each place with those it stands in, itself first: a statement a storey of the tree."""
    parents: dict[int, int | None] = {}
    wanted = set(keys)
    for _ in range(DEPTH_MAX):
        unknown = wanted - set(parents)
        if not unknown:
            break
        parents.update(Place.objects.filter(pk__in=unknown).values_list("pk", "parent_id"))
        wanted = {parent for parent in parents.values() if parent is not None}
    above: dict[int, list[int]] = {}
    for key in parents:
        chain: list[int] = []
        here: int | None = key
        while here is not None and len(chain) < DEPTH_MAX:
            chain.append(here)
            here = parents.get(here)
        above[key] = chain
    return above


def _usable(keys: set[int]) -> dict[int, bool]:
    """Whether goods at each place may be used: it and everything it stands in says so."""
    above = _above(keys)
    every = {place for chain in above.values() for place in chain}
    blocked = set(Place.objects.filter(pk__in=every, usable=False).values_list("pk", flat=True))
    return {key: not blocked.intersection(above.get(key, ())) for key in keys}
