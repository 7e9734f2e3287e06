"""The floor of a site as jobs see it: its places in walking order, and those where goods come in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from lotbook.foundation.places.models import Place
from lotbook.kernel.quantity import to_text
from lotbook.traceability.ledger import onsite
from lotbook.traceability.ledger.onsite import Spot

LINES_MAX = 500
"""Most lines of a job that a device is given."""
USE = "use"
DOCK = "dock"
"""A place with the attribute ``use: dock`` is one where goods come in; with another ``use`` it is none."""
_NAMED_SO = re.compile(r"\b(?:dock|receiving|goods[ -]in|inbound)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Floor:
    """A site with its places and units, on its own day, as ``person`` sees it."""

    site: Place
    today: date
    person: str
    spots: Mapping[int, Spot]

    @property
    def zone(self) -> str:
        """The site's time zone."""
        return self.site.time_zone or "UTC"

    @cached_property
    def areas(self) -> list[int]:
        """The keys of the site and its areas: what documents are for."""
        return [key for key, spot in self.spots.items() if spot.kind in ("site", "area")]

    @cached_property
    def walk(self) -> dict[int, int]:
        """The rank of each place on a walk: places in the order of their codes, each with what is in it."""
        below: dict[int | None, list[Spot]] = {}
        for spot in sorted(self.spots.values(), key=lambda one: one.called):
            below.setdefault(spot.parent, []).append(spot)
        ranks: dict[int, int] = {}
        waiting = [self.spots[self.site.pk]]
        while waiting:
            here = waiting.pop()
            ranks[here.key] = len(ranks)
            waiting += reversed(below.get(here.key, ()))
        return ranks

    @cached_property
    def docks(self) -> list[Spot]:
        """Where goods come in, by code: places that say so, else areas that are called so. One statement."""
        said = dict(
            Place.objects.filter(pk__in=self.areas, attributes__has_key=USE).values_list("pk", "attributes")
        )
        found = []
        for key in self.areas:
            spot = self.spots[key]
            if spot.kind == "area" and spot.active and spot.usable:
                use = said[key].get(USE) if key in said else None
                named = _NAMED_SO.search(f"{spot.code} {spot.name}") is not None
                found += [spot] if use == DOCK or (use is None and named) else []
        return sorted(found, key=lambda one: one.code)

    @property
    def entrance(self) -> str:
        """The code of the place where goods are taken in unless another is scanned; empty without a dock."""
        return self.docks[0].code if self.docks else ""

    def place_of(self, key: int) -> Spot | None:
        """The place a key stands at: of a logistic unit the place where the outermost one stands."""
        here = self.spots.get(key)
        while here is not None and here.kind == "unit":
            here = self.spots.get(here.parent) if here.parent is not None else None
        return here

    def outermost(self, key: int) -> Spot | None:
        """The outermost logistic unit a key is in; None when it is no unit."""
        here, found = self.spots.get(key), None
        while here is not None and here.kind == "unit":
            found = here
            here = self.spots.get(here.parent) if here.parent is not None else None
        return found

    def usable(self, spot: Spot) -> bool:
        """Whether goods at a place may be used: it and all it is in say so."""
        here: Spot | None = spot
        while here is not None:
            if not here.usable or not here.active:
                return False
            here = self.spots.get(here.parent) if here.parent is not None else None
        return True


def floor(key: int, today: date, person: str) -> Floor:
    """The floor of a site: two statements."""
    site = Place.objects.get(pk=key)
    return Floor(site, today, person, {spot.key: spot for spot in onsite.spots(key)})


def called(place: Place) -> str:
    """By what a device knows a place: its SSCC, else its code."""
    return place.sscc or place.code


def head(kind: str, document: Any, title: str, due: date | None, progress: tuple[int, int]) -> dict[str, Any]:
    """What all jobs have, of a document with ``uid`` and ``number``; ``progress``: done, and of how many."""
    return {
        "kind": kind,
        "id": str(document.uid),
        "number": document.number,
        "title": title,
        "due": due.isoformat() if due else None,
        "done": progress[0],
        "of": progress[1],
    }


def amount(quantity: int, item: Any) -> str:
    """A quantity in the base unit of an item, as decimal text."""
    return to_text(quantity, item.scale)
