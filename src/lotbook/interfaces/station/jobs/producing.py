"""Runs that are open: what they still need, what to take first and why, and what comes out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from lotbook.foundation.catalog.rules import symbol
from lotbook.interfaces.station.jobs.floor import LINES_MAX, Floor, amount, called, head
from lotbook.operations.production import queries as production
from lotbook.operations.production import rules
from lotbook.operations.production.models import Run, RunStatus
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger.browsing import Share
from lotbook.traceability.ledger.lines import expiry
from lotbook.traceability.lots import queries as lots

Job = dict[str, Any]


def runs(here: Floor, most: int) -> tuple[list[Job], int]:
    """Open runs at the site, the oldest first: a constant number of statements."""
    rows = production.runs(status=RunStatus.OPEN).filter(parent=None, site__in=here.areas)
    many = rows.order_by().count()
    found = [one for one in rows.order_by("pk")[:most] if not one.waiting]
    shares = _shares(found)
    offers = production.offers_of([(one, shares[one.pk], here.site.pk) for one in found])
    items = {one.item_id: one.item for one in found}
    numbers = lots.coming_numbers(list(items.values()), on=here.today, site=here.site.code)
    return [_job(here, one, shares[one.pk], offers[one.pk], numbers[one.item_id]) for one in found], many


def _shares(found: Iterable[Run]) -> dict[int, list[Share]]:
    """What each lot has to do with each run, single units taken together: two statements."""
    listed = list(found)
    owner = {one.place_id: one.pk for one in listed}
    units = Run.objects.filter(parent__in=listed).values_list("place_id", "parent_id")
    owner |= dict(units)
    total: dict[int, dict[int, Share]] = defaultdict(dict)
    for place, by_lot in browsing.shares_of(owner).items():
        for lot, share in by_lot.items():
            known = total[owner[place]].setdefault(lot, Share(share.lot))
            known.consumed += share.consumed
            known.returned += share.returned
            known.produced += share.produced
            known.lost += share.lost
    return {one.pk: list(total[one.pk].values()) for one in listed}


def _job(here: Floor, one: Run, shares: list[Share], offers: list[production.Offer], number: str) -> Job:
    item = one.item
    plan = rules.Plan.from_json(one.snapshot)
    needs = production.needs(plan, shares) if plan is not None else []
    made = sum(share.produced for share in shares if share.item.pk == item.pk)
    required = [need for need in needs if not need.line.optional]
    due = one.order.due_on if one.order else None
    done = sum(not need.left for need in required)
    return {
        **head("produce", one, item.name, due, (done, len(required))),
        "item": item.code,
        "place": one.site.code,
        "planned": amount(one.planned_quantity or 0, item),
        "unit": symbol(item.unit),
        "made": amount(made, item),
        "needs": [_need(need) for need in needs[:LINES_MAX]],
        "take": [_take(take) for offer in offers for take in offer.takes][:LINES_MAX],
        "output": {"lot": number, "expires_on": _text(_expires(here, one, shares))},
    }


def _need(need: rules.Need) -> dict[str, Any]:
    line = need.line
    return {
        "item": line.code,
        "needed": amount(line.quantity, line),
        "issued": amount(need.went_in, line),
        "left": amount(need.left, line),
        "unit": symbol(line.unit),
        "optional": line.optional,
    }


def _take(take: Any) -> dict[str, Any]:
    return {
        "claim": str(take.claim) if take.claim is not None else "",
        "item": take.line.code,
        "lot": str(take.lot.uid),
        "place": called(take.place),
        "quantity": amount(take.quantity, take.line),
        "unit": symbol(take.line.unit),
        "why": take.why,
    }


def _expires(here: Floor, one: Run, shares: list[Share]) -> date | None:
    """When what is made today would expire: by its shelf life, and by its inputs where the recipe says so."""
    by_life = expiry(one.item, here.today)
    if not one.snapshot.get("limits_expiry"):
        return by_life
    known = [share.lot.expires_on for share in shares if share.used and share.lot.expires_on]
    return min([*known, *([by_life] if by_life else [])], default=None)


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None
