"""Where the traced lots moved, as of a sequence: sums from one end to another, ends being sites and accounts outside.

What was reversed did not happen. Three statements more than the places stand in each other, whatever the size.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lotbook.kernel import sql
from lotbook.traceability.trace import engine
from lotbook.traceability.trace.rules import Trace, TracedLot
from lotbook.traceability.trace.scope import accounts
from lotbook.traceability.trace.scope.accounts import Movements
from lotbook.traceability.trace.scope.reading import Places


class End(NamedTuple):
    """Where a movement begins or ends: one of our sites, transit, a run, a partner, or an account outside.

    ``kind`` is ``site``, ``transit``, ``stock`` (ours, at no site), ``run``, ``partner``, ``elsewhere``, ``loss``
    or ``difference``; ``key`` is the site's, run's or partner's key (less than nothing for a place without one).
    """

    kind: str
    key: int = 0
    name: str = ""
    uid: str = ""

    @property
    def ours(self) -> bool:
        """Whether what is there is our stock."""
        return self.kind in ("site", "transit", "stock")

    @property
    def code(self) -> str:
        """How an address names it."""
        return f"{self.kind}-{self.uid or self.key}"


@dataclass(frozen=True, slots=True)
class Moved:
    """So much of a lot, in smallest units, from one end to another."""

    lot: int
    source: End
    target: End
    quantity: int


def of_trace(answer: Trace, subject: TracedLot | None) -> dict[int, TracedLot]:
    """Every lot of a trace by key, each once, the subject among them."""
    found = {one.id: one for one in answer.lots}
    if subject is not None:
        found[subject.id] = subject
    return found


def read(lots: Collection[int], *, as_of: int) -> list[Moved]:
    """The movements of these lots between ends, moves within one site left out."""
    if not lots:
        return []
    rows = sql.rows(
        "SELECT m.lot_id, m.source_id, m.destination_id, sum(m.quantity)"
        f" FROM {engine.listed()} k JOIN ledger_movement m ON m.lot_id = k.key"
        # The plus keeps SQLite from walking every event that reverses nothing.
        " JOIN ledger_event e ON e.sequence = m.event_id WHERE m.event_id <= %s AND +e.reverses_id IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM ledger_event r WHERE r.reverses_id = m.event_id AND r.sequence <= %s)"
        " GROUP BY 1, 2, 3",
        [engine.keys(sorted(lots)), as_of, as_of],
    )
    if not rows:
        return []
    ends = _ends([row[1] for row in rows], [row[2] for row in rows], as_of)
    sums: dict[tuple[int, End, End], int] = {}
    for lot, source, target, quantity in rows:
        if ends[source] != ends[target]:
            key = (lot, ends[source], ends[target])
            sums[key] = sums.get(key, 0) + int(quantity)
    return [Moved(*key, quantity) for key, quantity in sorted(sums.items())]


def _ends(sources: list[int], targets: list[int], as_of: int) -> dict[int, End]:
    source, target = np.array(sources, dtype=np.int64), np.array(targets, dtype=np.int64)
    none = np.zeros(len(source), dtype=np.int64)
    places = Places(Movements(none, source, target, none, none), as_of=as_of)
    standing = places.standing(list(places.ours))
    owners = {one.id: one.partner for one in places.outside.values() if one.partner}
    partners = places.partners(sorted({*owners.values()})) if owners else {}
    found: dict[int, End] = {}
    for number, key in enumerate(places.accounts.place.tolist()):
        if key in places.ours:
            here = standing[key]
            site = standing.get(here.site) if here.site else None
            if here.transit:
                found[key] = End("transit", 0, "In transit")
            elif site is not None:
                found[key] = End("site", here.site, site.name, site.uid)
            else:
                found[key] = End("stock", 0, "At no site")
        elif key in places.outside:
            one = places.outside[key]
            if key in owners:
                partner = partners[owners[key]]
                found[key] = End("partner", owners[key], partner.name, partner.uid)
            else:
                found[key] = End("elsewhere", -key, one.name or one.code)
        else:
            sort = int(places.accounts.sort[number])
            kind = {accounts.RUN: "run", accounts.LOSS: "loss"}.get(sort, "difference")
            found[key] = End(kind, key if kind == "run" else 0, _NAMES.get(kind, ""))
    return found


_NAMES = {"loss": "Lost", "difference": "Opening, finds and write-offs"}
