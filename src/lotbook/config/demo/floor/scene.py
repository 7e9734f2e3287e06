"""The stage of the last weeks: the clock of the story, and what of the stock may be used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from lotbook.config.demo.goods import BY_CODE
from lotbook.config.demo.masterdata import Keys
from lotbook.config.demo.sites import ZONE
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock
from lotbook.kernel.quantity import to_text
from lotbook.traceability.allocation import queries as allocation
from lotbook.traceability.ledger import browsing
from lotbook.traceability.lots.models import Lot


@dataclass(frozen=True, slots=True)
class Kept:
    """A portion that is reserved, in words that acts understand."""

    claim: int
    item: str
    lot: str
    place: str
    quantity: int

    def text(self, share: float = 1.0) -> str:
        """So much of it as decimal text, at least one smallest unit."""
        return to_text(max(1, int(self.quantity * share)), BY_CODE[self.item].scale)


@dataclass(frozen=True, slots=True)
class Standing:
    """So much of a lot at a place, in smallest units; ``free`` of it is not reserved."""

    lot: Lot
    place: str
    on_hand: int
    free: int

    @property
    def lot_id(self) -> int:
        """The lot's key."""
        return self.lot.pk


@dataclass(frozen=True, slots=True)
class Scene:
    """The company on the days before ``today``."""

    today: date
    keys: Keys

    def day(self, ago: int) -> date:
        """The day so many days before today; below zero it lies ahead."""
        return self.today - timedelta(days=ago)

    @contextmanager
    def on(self, ago: int, hour: int, minute: int = 0) -> Iterator[None]:
        """Within it the clock stands still at that time of day in Oregon, so many days ago."""
        moment = datetime.combine(self.day(ago), time(hour, minute), ZoneInfo(ZONE))
        with clock.standing(moment):
            yield

    def free(self, item: str, place: str) -> int:
        """How much of an item may be used at a place and below it now, in smallest units."""
        key = self.keys.items[item].pk
        return allocation.available([key], self.keys.places[place])[key]

    def some(self, item: str, place: str, wanted: int, *, share: float = 0.5) -> str:
        """``wanted`` smallest units as decimal text, or less where that is more than ``share`` of the stock.

        The story differs from day to day, and no day may ask for more than it has. "0": there is none.
        """
        return to_text(min(wanted, int(self.free(item, place) * share)), BY_CODE[item].scale)

    def standing(self, place: str, item: str = "") -> list[Standing]:
        """What stands at a place and below it, of all items or one, by item and lot number."""
        rows = browsing.contents(places.subtree_ids(self.keys.places[place]))
        found = [
            Standing(one.lot, one.place.code, one.on_hand, one.on_hand - one.reserved)
            for one in rows
            if one.on_hand > 0 and item in ("", one.lot.item.code)
        ]
        return sorted(found, key=lambda one: (one.lot.item.code, one.lot.number, one.place))

    def days_since(self, kept: Kept) -> int:
        """How many days ago a lot came or was made; a year for lots of before."""
        lot = Lot.objects.get(item__code=kept.item, number=kept.lot)
        began = lot.received_on or lot.produced_on
        return (self.today - began).days if began else 365

    def kept(self, document: UUID) -> list[Kept]:
        """What is reserved for a document, in the order it was reserved."""
        claims = allocation.claims(document)
        lots = Lot.objects.select_related("item").in_bulk({claim.lot_id for claim in claims})
        at = Place.objects.in_bulk({claim.place_id for claim in claims})
        return [
            Kept(
                claim.id, lots[claim.lot_id].item.code, lots[claim.lot_id].number,
                at[claim.place_id].code, claim.quantity,
            )
            for claim in claims
        ]  # fmt: skip
