"""Lots in stock that expire soon or have expired, what they are worth, and what could be done with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode

from lotbook.kernel.quantity import to_decimal
from lotbook.operations.transfers.models import Level
from lotbook.operations.transfers.queries import documents, replenishing
from lotbook.traceability.ledger import browsing
from lotbook.traceability.lots import queries as lots

WITHIN = (7, 30, 90)


@dataclass(frozen=True, slots=True)
class Way:
    """Something that could be done with a lot: in words, and where one does it."""

    words: str
    url: str = ""


@dataclass(slots=True)
class Expiring:
    """A balance of a lot that expires soon; ``value_micro`` at standard cost, None where it is not known."""

    row: Any
    days: int
    status: str
    value_micro: int | None
    ways: list[Way] = field(default_factory=list)

    @property
    def value_text(self) -> str:
        """The value, to the hundredth."""
        return "" if self.value_micro is None else f"{to_decimal(self.value_micro // 10_000, 2):.2f}"


def rows(*, within: int | None = 30, place: str = "", item: str = "", text: str = "") -> Any:
    """Balances of lots that expire within so many days or have expired (None: only those), soonest first."""
    today = lots.today()
    found = browsing.stock(text=text, item=item, place=place)
    until = today - timedelta(days=1) if within is None else today + timedelta(days=within)
    return found.filter(lot__expires_on__lte=until).order_by(
        "lot__expires_on", "lot__item__code", "lot_id", "place__code"
    )


def shown(balances: Iterable[Any]) -> list[Expiring]:
    """What the page says of these balances; a constant number of statements more."""
    listed = list(balances)
    today = lots.today()
    statuses = lots.statuses({row.lot_id: row.lot for row in listed}.values())
    short = _short({row.lot.item_id for row in listed})
    result = []
    for row in listed:
        one = Expiring(
            row=row,
            days=(row.lot.expires_on - today).days,
            status=statuses[row.lot_id],
            value_micro=value(row),
        )
        one.ways = list(_ways(one, short[row.lot.item_id]))
        result.append(one)
    return result


def value(row: Any) -> int | None:
    """Millionths of the item's currency at standard cost."""
    cost = row.lot.item.standard_cost_micro
    return None if cost is None else cost * row.on_hand // 10**row.lot.item.scale


def counts() -> list[tuple[str, int, str]]:
    """How many lots expire within 7, 30 and 90 days and have expired: (words, count, address)."""
    page = reverse("transfers:expiring")
    today = lots.today()
    # A lot that stands at two places counts once.
    many = (
        browsing.stock()
        .order_by()
        .aggregate(
            gone=Count("lot", distinct=True, filter=Q(lot__expires_on__lt=today)),
            **{
                f"within_{days}": Count(
                    "lot",
                    distinct=True,
                    filter=Q(lot__expires_on__range=(today, today + timedelta(days=days))),
                )
                for days in WITHIN
            },
        )
    )
    told = [("expired, still in stock", many["gone"], f"{page}?within=expired")]
    return told + [
        (f"expire within {days} days", many[f"within_{days}"], f"{page}?within={days}") for days in WITHIN
    ]


def _short(items: set[int]) -> dict[int, list[replenishing.Standing]]:
    """Per item: where it is below the minimum now."""
    levels = documents.levels().filter(item__in=items)
    found: dict[int, list[replenishing.Standing]] = defaultdict(list)
    for one in replenishing.standing(levels):
        if one.short:
            found[one.level.item_id].append(one)
    return found


def _ways(one: Expiring, short: Iterable[replenishing.Standing]) -> Iterable[Way]:
    row = one.row
    usable = one.days >= 0 and one.status == "released" and row.place.usable
    line = {"item": row.lot.item.code, "lot": row.lot.number, "place": row.place.code}
    if usable and row.reserved:
        yield Way("Use first: part of it is reserved already")
    elif usable:
        yield Way("Use first: nothing is reserved of it yet")
    if usable:
        for standing in short:
            level: Level = standing.level
            if level.place_id != row.place_id:
                query = {"source": row.place.code, "destination": level.place.code, **line}
                yield _way(f"Move to {level.place.code}, which is short", "transfers:new", query)
        yield _way("Sell at a discount", "shipping:new", line)
        yield _way("Donate", "warehouse:donate", line)
    yield _way("Scrap", "warehouse:scrap", line)
    if one.status == "released" and one.days < 0:
        yield _way("Put on hold", "quality:hold", {"lot": row.lot.number})


def _way(words: str, name: str, query: dict[str, str]) -> Way:
    try:
        return Way(words, f"{reverse(name)}?{urlencode(query)}")
    except NoReverseMatch:
        return Way(words)
