"""What became different since a device last asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from lotbook.interfaces.station.queries.pulse import LAST, WINDOW, Mark, Pulse
from lotbook.interfaces.station.queries.words import lot_shape
from lotbook.traceability.ledger import onsite

EVENTS_MAX = 2_000
"""After so many events a device asks for the book again: it may have been away for a week."""
LOTS_MAX = 1_000
DAYS_MAX = timedelta(days=7)
"""Without a mark, so long ago lots that expired are told again."""


def changes(now: Pulse, since: int, mark: Mark | None) -> dict[str, Any]:
    """The answer of `changes`: at most three statements, the one of the pulse included."""
    if since > now.drawn or now.drawn - since > EVENTS_MAX or (mark is not None and _rebuilt(now, mark)):
        return _answer(now, now.as_of(), reload=True)
    if now.drawn == since and (mark == now.mark or (mark is None and now.told_on == now.today)):
        return _answer(now, since)
    as_of = now.as_of() if now.drawn > since else since
    found = onsite.moved(now.key, _since(now, since, mark), LOTS_MAX)
    if found is None:
        return _answer(now, as_of, reload=True)
    lots = [lot_shape(one, now.today) for one in found.lots]
    units = [{"id": str(one.uid), "sscc": one.sscc, "place": one.place} for one in found.units]
    return _answer(now, as_of, lots=lots, units=units)


def _since(now: Pulse, since: int, mark: Mark | None) -> onsite.Since:
    """From where on to look; without a mark only events count, and what expired since the last of them."""
    if mark is None:
        from_on = max(now.told_on, now.today - DAYS_MAX)
        return onsite.Since(since, onsite.After(LAST), onsite.After(LAST), from_on, now.today)
    return onsite.Since(since, _after(mark.steps), _after(mark.changes), mark.day, now.today)


def _after(seen: tuple[int, ...]) -> onsite.After:
    return onsite.After(max(seen, default=0) - WINDOW, seen)


def _rebuilt(now: Pulse, mark: Mark) -> bool:
    """Whether items or places were changed: then the book is asked for again."""
    return now.rearranged or mark.items != now.mark.items


def _answer(
    now: Pulse,
    as_of: int,
    *,
    lots: list[dict[str, Any]] | None = None,
    units: list[dict[str, Any]] | None = None,
    reload: bool = False,
) -> dict[str, Any]:
    return {
        "as_of": as_of,
        "mark": str(now.mark),
        "lots": lots or [],
        "units": units or [],
        "jobs": now.version(as_of),
        "reload": reload,
    }
