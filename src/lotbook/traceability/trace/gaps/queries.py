"""Looking for gaps: runs and lots that events of a stretch of the book touched, each with all its past.

Statements do not grow with gaps; they grow by a few for every 20,000 lots or runs, so that memory stays bounded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.traceability.trace.convergence.queries import checked
from lotbook.traceability.trace.gaps import lots, reading, runs
from lotbook.traceability.trace.gaps.rules import KINDS, Gap, Report, Score

NOWHERE = "No site"


def report(*, since: date | None = None, as_of: int | None = None) -> Report:
    """Every gap of what was recorded from that day (UTC) on, up to a sequence; without a day, of the book.

    Raises Refused for a sequence that is not decided yet. The facts of lots (dates, supplier's lot) are
    those of now: they are no events.
    """
    moment = checked(as_of)
    start = reading.before(since) if since is not None else 0
    used = reading.runs_used(start, moment)
    moved = reading.lots_moved(start, moment)
    of_runs, run_shelves = runs.look(used, moment)
    of_lots, lot_shelves = lots.look(moved, moment)
    shelves = {key for key in (*run_shelves.values(), *lot_shelves.values()) if key}
    at = places.sites_of(shelves)
    names = dict(Place.objects.filter(pk__in=set(at.values())).values_list("pk", "name"))
    sites = {
        "run": {run: at.get(shelf, 0) for run, shelf in run_shelves.items()},
        "lot": {lot: at.get(shelf, 0) for lot, shelf in lot_shelves.items()},
    }
    found = Report(moment, start)
    found.gaps = sorted((_placed(one, sites, names) for one in (*of_runs, *of_lots)), key=_order)
    found.scores = _scores(found.gaps, sites, names)
    return found


def _placed(gap: Gap, sites: Mapping[str, Mapping[int, int]], names: Mapping[int, str]) -> Gap:
    """A gap with its site: until now it carried the key of its run or lot."""
    site = sites[gap.subject].get(gap.site, 0)
    return replace(gap, site=site, site_name=names.get(site, NOWHERE))


def _order(gap: Gap) -> tuple[int, str, str, str]:
    return list(KINDS).index(gap.kind), gap.site_name, gap.label, gap.sentence


def _scores(
    gaps: Iterable[Gap], sites: Mapping[str, Mapping[int, int]], names: Mapping[int, str]
) -> list[Score]:
    looked_at: dict[int, int] = defaultdict(int)
    for known in sites.values():
        for site in known.values():
            looked_at[site] += 1
    bad: dict[int, set[str]] = defaultdict(set)
    count: dict[int, int] = defaultdict(int)
    for one in gaps:
        bad[one.site].add(one.uid)
        count[one.site] += 1
    found = [
        Score(site, names.get(site, NOWHERE), many, len(bad[site]), count[site])
        for site, many in looked_at.items()
    ]
    return sorted(found, key=lambda one: (not one.site, one.percent, one.name))
