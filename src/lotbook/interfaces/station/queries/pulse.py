"""Whether anything happened, in one statement: what every device asks every second.

Ids are drawn before they are committed, so the highest one proves nothing. Of tables without a watermark
the last few ids are compared one by one: one that is committed late is missed by nobody.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest

from lotbook.kernel import clock, sql
from lotbook.kernel.errors import Fault, NotAllowed, NotFound
from lotbook.traceability.ledger import onsite

WINDOW = 20
"""So many of the last ids are compared: more than there are writers at the same moment."""

LAST = 2**62
"""Above every id."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What changes without an event: the site's day, the last ids of steps and of changes of master data.

    Devices keep it as a text and give it back.
    """

    day: date
    steps: tuple[int, ...]
    changes: tuple[int, ...]
    items: int
    places: int

    def __str__(self) -> str:
        parts = [",".join(map(str, ids)) for ids in (self.steps, self.changes)]
        return "~".join([self.day.isoformat(), *parts, str(self.items), str(self.places)])

    @staticmethod
    def read(text: str) -> Mark | None:
        """The mark a device gives back; None for none, and for one of another make."""
        try:
            day, steps, changes, items, places = text.split("~")
            return Mark(date.fromisoformat(day), _ids(steps), _ids(changes), int(items), int(places))
        except ValueError:
            return None


def _ids(text: str) -> tuple[int, ...]:
    return tuple(sorted((int(one) for one in text.split(",") if one), reverse=True))


@dataclass(frozen=True, slots=True)
class Pulse:
    """A site as it is now: ``drawn`` is the last sequence given out.

    ``told_on`` is the site's day on which the last event was recorded that the device knows; ``rearranged``:
    places were changed since its mark.
    """

    key: int
    code: str
    name: str
    mark: Mark
    drawn: int
    told_on: date
    rearranged: bool

    @property
    def today(self) -> date:
        """The site's own day."""
        return self.mark.day

    def as_of(self) -> int:
        """The sequence up to which every event is decided."""
        return onsite.decided(self.drawn)

    def version(self, as_of: int) -> str:
        """Another text whenever a job may be another: all follow from events, steps and the day."""
        told = f"{as_of} {self.mark.day} {self.mark.steps}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def _last(table: str, key: str = "id") -> str:
    join = "string_agg" if sql.is_postgres() else "group_concat"
    return (
        f"(SELECT {join}(CAST({key} AS text), ',') FROM {table}"  # noqa: S608 - names of ours
        f" WHERE {key} > (SELECT max({key}) FROM {table}) - {WINDOW})"
    )


_ALLOWED = (
    "(NOT EXISTS (SELECT 1 FROM accounts_user_site WHERE user_id = %s)"
    " OR EXISTS (SELECT 1 FROM accounts_user_site WHERE user_id = %s AND place_id = p.id))"
)


def pulse(request: HttpRequest, site: str, *, since: int = 0, mark: Mark | None = None) -> Pulse:
    """The state of a site the person works at. NotFound for none of that code, NotAllowed for another's."""
    person = request.user.pk
    found = sql.rows(
        f"SELECT p.id, p.name, p.time_zone, {_ALLOWED}, {onsite.last_drawn()},"  # noqa: S608 - only placeholders
        f" {_last('documents_step')}, {_last('lots_lot_history', 'history_id')},"
        " (SELECT coalesce(max(history_id), 0) FROM catalog_item_history)"
        " + (SELECT coalesce(max(history_id), 0) FROM catalog_packaging_history),"
        " (SELECT coalesce(max(history_id), 0) FROM places_place_history),"
        " (SELECT count(*) FROM places_place_history"
        " WHERE history_id > %s AND kind IN ('site', 'area', 'bin')),"
        " (SELECT recorded_at FROM ledger_event WHERE sequence <= %s ORDER BY sequence DESC LIMIT 1)"
        " FROM places_place p WHERE p.code = %s AND p.kind = 'site' AND p.is_active",
        [person, person, mark.places if mark else LAST, since, site],
    )
    if not found:
        raise NotFound(Fault("site", f"there is no site {site[:60]!r}.", "Choose one of `start`.", "unknown"))
    key, name, zone, allowed, drawn, steps, changes, items, places, moved, told = found[0]
    if not allowed:
        raise NotAllowed(
            Fault("site", f"you do not work at {site}.", "Choose one of your sites.", "other_site")
        )
    now = clock.now()
    mark = Mark(clock.date_at(now, zone), _ids(steps or ""), _ids(changes or ""), items, places)
    told_at = sql.to_moment(told) if told is not None else now
    return Pulse(key, site, name or site, mark, drawn, clock.date_at(told_at, zone), bool(moved))
