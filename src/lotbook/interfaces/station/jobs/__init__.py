"""What there is to do at a site for whoever holds the device, from the rooms' own documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from lotbook.interfaces.station.jobs import counting, leaving, producing, receiving, storing
from lotbook.interfaces.station.jobs.floor import Floor, floor
from lotbook.interfaces.station.queries.pulse import Pulse
from lotbook.kernel.permissions import allowed

JOBS_MAX = 200

KINDS: tuple[tuple[str, int, Callable[[Floor, int], tuple[list[dict[str, Any]], int]]], ...] = (
    ("receiving.post", 25, receiving.notices),
    ("receiving.post", 25, receiving.orders),
    ("transfers.post", 15, receiving.arriving),
    ("warehouse.post", 10, storing.put_away),
    ("shipping.post", 80, leaving.orders),
    ("transfers.post", 15, leaving.moving),
    ("production.post", 15, producing.runs),
    ("warehouse.count", 15, counting.counts),
)
"""Who sees which jobs, and the most of each: together JOBS_MAX."""


def jobs(request: HttpRequest, now: Pulse) -> dict[str, Any]:
    """The answer of `jobs`: a constant number of statements for each kind the person may do."""
    version = now.version(now.as_of())
    here = floor(now.key, now.today, request.user.get_username())
    found: list[dict[str, Any]] = []
    total = 0
    for permission, most, gather in KINDS:
        if allowed(request, permission):
            some, many = gather(here, most)
            found += some
            total += many
    return {"version": version, "jobs": found, "total": total}
