"""The state of the stock in a few numbers, for the Today page: lots by status, by expiry, by site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q

from lotbook.foundation.places.models import Place
from lotbook.kernel import sql
from lotbook.traceability.ledger.models import Balance, Event
from lotbook.traceability.lots import queries as lots
from lotbook.traceability.lots.models import Lot


@dataclass(frozen=True, slots=True)
class SiteStock:
    """How many lots of how many items are at one site; ``site`` None: at places of ours in no site."""

    site: Place | None
    lots: int
    items: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Numbers of lots of which we have some: by status, and expiring within so many days."""

    by_status: dict[str, int]
    expiring: dict[int, int]

    @property
    def total(self) -> int:
        """All lots of which we have some."""
        return sum(self.by_status.values())


def overview(today: date, within_days: Sequence[int]) -> Overview:
    """Count the lots of which we have some. ``within_days`` counts from ``today``, both days inclusive."""
    # From the stock to its lots: most lots of a grown book are gone.
    stocked = Lot.objects.filter(pk__in=Balance.objects.filter(own=True, on_hand__gt=0).values("lot"))
    until = {
        days: Q(expires_on__gte=today, expires_on__lte=today + timedelta(days=days)) for days in within_days
    }
    expired = Q(held=0, expires_on__lt=today)
    counts = stocked.aggregate(
        all=Count("pk", filter=Q(held=0)),
        expired=Count("pk", filter=expired),
        **{f"within_{days}": Count("pk", filter=condition) for days, condition in until.items()},
    )
    by_status = Counter(lots.statuses(stocked.filter(held__gt=0), on=today).values())
    by_status["expired"] += counts["expired"]
    by_status["released"] += counts["all"] - counts["expired"]
    return Overview(dict(by_status), {days: counts[f"within_{days}"] for days in within_days})


def by_site() -> list[SiteStock]:
    """How much stands at each site, at any depth; sites without stock are there with zero."""
    tree = """
        WITH RECURSIVE inside(id, site) AS (
            SELECT id, id FROM places_place WHERE kind = 'site'
            UNION ALL SELECT p.id, i.site FROM places_place p JOIN inside i ON p.parent_id = i.id
        )
        SELECT i.site, count(DISTINCT b.lot_id), count(DISTINCT l.item_id)
        FROM ledger_balance b JOIN lots_lot l ON l.id = b.lot_id LEFT JOIN inside i ON i.id = b.place_id
        WHERE b.own AND b.on_hand > 0 GROUP BY i.site"""
    counted = {site: (many, items) for site, many, items in sql.rows(tree)}
    sites = Place.objects.filter(kind="site", is_active=True, is_foreign=False).order_by("code")
    rows = [SiteStock(site, *counted.pop(site.pk, (0, 0))) for site in sites]
    if None in counted:
        rows.append(SiteStock(None, *counted[None]))
    return rows


def is_empty() -> bool:
    """Whether nothing was ever written into the book."""
    return not Event.objects.exists()


def documents(number: str, limit: int = 20) -> list[tuple[str, str, int]]:
    """Documents with this number: (kind, number, events that name it)."""
    rows = Event.objects.filter(document_number=number).exclude(document_number="")
    return [
        (kind, number, many)
        for kind, many in rows.values_list("document_kind")
        .annotate(many=Count("sequence"))
        .order_by("document_kind")[:limit]
    ]
