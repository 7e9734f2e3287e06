"""Which share of each affected lot stems from the suspects, and how much of that each customer got.

The one place where this room asks for exposure. It never decides which lots are in a case (that is the scope)
but says where to look first, and what a customer has to be asked for.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from lotbook.foundation.catalog.rules import symbol
from lotbook.insights.recall.models import Case, CaseDelivery
from lotbook.insights.recall.queries.scoping import Delivery
from lotbook.kernel.quantity import to_text
from lotbook.traceability.trace import history, suspects
from lotbook.traceability.trace.exposure import queries as exposing
from lotbook.traceability.trace.exposure.queries import Exposure, Reading

WHOLE = 1_000_000
"""A share of all, in millionths."""
NOISE = 1e-6
"""Of a smallest unit, or a millionth: what calculating with floats may add, and rounding up must not keep."""


@dataclass(frozen=True, slots=True)
class Exposed:
    """Exposure as a case keeps it: by lot (millionths, rounded up; whether it may be less), by customer.

    ``got`` has for (partner, lot) the quantity net of returns that the book carries, and the suspect part of
    it in smallest units. ``about`` says by which reading, as of which sequence, how far it can be trusted.
    """

    shares: Mapping[int, tuple[int, bool]] = field(default_factory=dict)
    got: Mapping[tuple[int, int], tuple[int, float]] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)

    def suspect(self, one: Delivery) -> int | None:
        """How much of a delivery, net of returns, is suspect, rounded up; None where its lot has no share.

        What was only told of, without a movement, counts at the share of its lot.
        """
        known = self.shares.get(one.lot)
        if known is None:
            return None
        net = max(one.shipped - one.returned, 0)
        carried, part = self.got.get((one.partner, one.lot), (0, 0.0))
        part += max(net - carried, 0) * known[0] / WHOLE
        return min(_up(part), net)


@dataclass(frozen=True, slots=True)
class Suspect:
    """Of what a customer got in one unit, net of returns, ``suspect`` stems from the suspects.

    Smallest units. ``known`` is false where some of it has no share: what is told is that of the rest.
    """

    unit: str
    scale: int
    quantity: int
    suspect: int
    known: bool

    @property
    def words(self) -> str:
        """In a sentence: '12.5 of 40 kg', or '40 kg, not known'."""
        whole = f"{to_text(self.quantity, self.scale)} {symbol(self.unit)}"
        return f"{to_text(self.suspect, self.scale)} of {whole}" if self.known else f"not known, of {whole}"


def exposed(given: Mapping[str, Any], *, as_of: int, reading: str) -> Exposed:
    """Exposure to the suspects ``given`` (their JSON) as of a decided sequence; again, it is the same."""
    seeds = suspects.seeds(suspects.from_json(given), as_of=as_of)
    found = exposing.exposure(seeds.lots, units=seeds.units, as_of=as_of, reading=cast("Reading", reading))
    rows = zip(found.lots.tolist(), found.shares.tolist(), found.bounds.tolist(), strict=True)
    shares = {lot: (min(_up(share * WHOLE), WHOLE), bound) for lot, share, bound in rows}
    return Exposed(shares, _got(found), _about(found))


def _got(found: Exposure) -> dict[tuple[int, int], tuple[int, float]]:
    """What each partner got of each lot, over all of its places."""
    got = found.got
    owners = history.partner_names(set(got.place.tolist())) if len(got.place) else {}
    sums: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0, 0.0])
    columns = (got.lot, got.place, got.shipped, got.returned, got.suspect)
    for lot, place, shipped, returned, suspect in zip(*(one.tolist() for one in columns), strict=True):
        sum_ = sums[owners[place][0], lot]
        sum_[0] += shipped - returned
        sum_[1] += suspect
    return {key: (int(net), part) for key, (net, part) in sums.items()}


def _about(found: Exposure) -> dict[str, Any]:
    return {
        "reading": found.reading,
        "as_of": found.as_of,
        "exposed": int((found.shares > 0).sum()),
        "bounds": int(found.bounds.sum()),
        "error": f"{found.error:.1e}",
        "settled": found.settled,
        "contradictions": found.contradictions,
    }


def _up(part: float) -> int:
    return math.ceil(part - NOISE * min(1.0, part))


def of_rows(rows: Iterable[CaseDelivery]) -> list[Suspect]:
    """The suspect quantities of some deliveries (with ``lot__item``), unit by unit: no statement."""
    sums: dict[str, list[int]] = {}
    known: dict[str, bool] = {}
    for row in rows:
        item = row.lot.item
        scale, whole, part = sums.get(item.unit, [item.scale, 0, 0])
        finest = max(scale, item.scale)
        rise, mine = 10 ** (finest - scale), 10 ** (finest - item.scale)
        net = max(row.shipped - row.returned, 0)
        sums[item.unit] = [finest, whole * rise + net * mine, part * rise + (row.suspect or 0) * mine]
        known[item.unit] = known.get(item.unit, True) and row.suspect is not None
    return [
        Suspect(unit, scale, whole, part, known[unit]) for unit, (scale, whole, part) in sorted(sums.items())
    ]


def by_customer(case: Case) -> dict[int, list[Suspect]]:
    """The suspect quantities of every customer of a case, by the key of ``CaseCustomer``: one statement."""
    rows: dict[int, list[CaseDelivery]] = defaultdict(list)
    for row in CaseDelivery.objects.filter(customer__case=case).select_related("lot__item"):
        rows[row.customer_id].append(row)
    return {customer: of_rows(several) for customer, several in rows.items()}


def share_words(ppm: int | None, bound: bool = False) -> str:
    """A share as people read it: rounded up to a tenth of a percent.

    >>> share_words(340_000), share_words(333_334, bound=True), share_words(4), share_words(0)
    ('34 %', 'at most 33.4 %', 'less than 0.1 %', 'none')
    >>> share_words(None)
    'not known'
    """
    if ppm is None:
        return "not known"
    if not ppm:
        return "none"
    if ppm < WHOLE // 1000:
        return "less than 0.1 %"
    tenths = -(-ppm * 1000 // WHOLE)
    text = f"{tenths // 10}.{tenths % 10}".removesuffix(".0")
    return f"{'at most ' if bound else ''}{text} %"
