"""What a trace's page says beside the trace: who gave or got which lot, where lots are now, what became of one.

Reads only; plain SQL through ``kernel.sql``, a constant number of statements whatever the size.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lotbook.foundation.partners.models import Partner
from lotbook.kernel import sql
from lotbook.traceability.lots import queries as lot_queries
from lotbook.traceability.lots.models import Hold
from lotbook.traceability.lots.rules import status
from lotbook.traceability.trace import engine, history
from lotbook.traceability.trace.rules import TracedLot

OUR_STOCK = frozenset({"site", "area", "bin", "unit", "transit"})


@dataclass(frozen=True, slots=True)
class Crossed:
    """So much of one lot came from (or went to) one partner, net of what went back."""

    lot: int
    partner: int
    name: str
    quantity: int
    uid: str = ""


@dataclass(frozen=True, slots=True)
class Vessel:
    """A place among the nodes of a trace: a run, or a logistic unit."""

    kind: str
    name: str
    uid: str


@dataclass(slots=True)
class Whereabouts:
    """Where a lot is at present: at our places (largest first), and how much is with partners."""

    ours: list[tuple[str, int]] = field(default_factory=list)
    partners: list[tuple[str, int]] = field(default_factory=list)

    @property
    def on_hand(self) -> int:
        """All of it at our places."""
        return sum(quantity for _, quantity in self.ours)


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a lot's balance: ``name`` for the colour, ``label`` for people."""

    name: str
    label: str
    quantity: int


@dataclass(slots=True)
class LotBalance:
    """A lot's account as of a sequence: what came in equals what became of it, always."""

    sources: list[Share] = field(default_factory=list)
    uses: list[Share] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All that came in."""
        return sum(share.quantity for share in self.sources)

    @property
    def bars(self) -> list[tuple[Share, int, int]]:
        """What became of it as parts of a bar 1,000 wide: the share, where it begins, how wide it is."""
        found, begin, so_far = [], 0, 0
        for share in self.uses:
            so_far += share.quantity
            end = so_far * 1000 // self.total
            found.append((share, begin, max(end - begin, 0)))
            begin = end
        return found


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A lot one run away: through which run, and how much of it went in (or came out)."""

    lot: int
    run: int
    quantity: int | None


def crossed(lots: Collection[int], *, forward: bool, as_of: int) -> list[Crossed]:
    """Who gave each of ``lots`` (backward) or got it (forward), each pair of lot and partner once."""
    if not lots:
        return []
    far = "CASE WHEN m.crossing IN (1, 4, -2, -5) THEN m.source_id ELSE m.destination_id END"
    plus, minus = ((2, 3), (4,)) if forward else ((1,), (5,))
    cases = [f"WHEN {n} THEN m.quantity WHEN {-n} THEN -m.quantity" for n in plus]
    gross = f"sum(CASE m.crossing {' '.join(cases)} ELSE 0 END)"
    cases = [f"WHEN {n} THEN m.quantity WHEN {-n} THEN -m.quantity" for n in minus]
    back = f"sum(CASE m.crossing {' '.join(cases)} ELSE 0 END)"
    if sql.is_postgres():
        source = (
            f"{engine.listed()} k CROSS JOIN LATERAL (SELECT * FROM ledger_movement WHERE lot_id = k.key"
            " AND crossing <> 0 AND event_id <= %s OFFSET 0) m"
        )
    else:
        source = f"{engine.listed()} k CROSS JOIN ledger_movement m"
        source += " WHERE m.lot_id = k.key AND m.crossing <> 0 AND m.event_id <= %s"
    rows = sql.rows(
        f"SELECT m.lot_id, {far}, {gross}, {back} FROM {source} GROUP BY 1, 2",
        [engine.keys(sorted(lots)), as_of],
    )
    rows = [row for row in rows if int(row[2]) > 0]
    names = history.partner_names({row[1] for row in rows}) if rows else {}
    sums: dict[tuple[int, int, str], int] = defaultdict(int)
    for lot, place, out, returned in rows:
        key, name = names[place]
        sums[lot, key, name] += int(out) - int(returned)
    uids = {
        one.pk: str(one.uid) for one in Partner.objects.filter(pk__in={key for _, key, _ in sums if key > 0})
    }
    return [
        Crossed(lot, key, name, quantity, uids.get(key, ""))
        for (lot, key, name), quantity in sorted(sums.items())
    ]


def statuses(lots: Sequence[TracedLot]) -> dict[int, str]:
    """The status of each lot at present, by its key."""
    held = [lot.id for lot in lots if lot.held]
    kinds: dict[int, list[str]] = defaultdict(list)
    if held:
        wanted = (
            Hold.objects.filter(lot_id__in=held, released_sequence=None)
            if len(held) < 500
            else (Hold.objects.filter(released_sequence=None))
        )
        for lot, kind in wanted.values_list("lot_id", "kind"):
            kinds[lot].append(kind)
    today = lot_queries.today()
    return {lot.id: status(kinds[lot.id], lot.expires_on, today) for lot in lots}


def vessels(nodes: Collection[int]) -> dict[int, Vessel]:
    """The runs and logistic units among trace nodes."""
    places = sorted({node // 2 for node in nodes if node % 2})
    if not places:
        return {}
    found = sql.rows(
        "SELECT p.id, p.kind, coalesce(p.sscc, p.code), p.uid"
        f" FROM {engine.listed()} k JOIN places_place p ON p.id = k.key",
        [engine.keys(places)],
    )
    return {
        2 * row[0] + 1: Vessel("unit" if row[1] == "unit" else "run", row[2], str(sql.to_uid(row[3])))
        for row in found
    }


def whereabouts(lots: Collection[int]) -> dict[int, Whereabouts]:
    """Where each of ``lots`` is at present."""
    found: dict[int, Whereabouts] = defaultdict(Whereabouts)
    if not lots:
        return found
    rows = sql.rows(
        "SELECT b.lot_id, p.kind, coalesce(r.name, nullif(p.name, ''), p.code), sum(b.on_hand)"
        f" FROM {engine.listed()} k JOIN ledger_balance b ON b.lot_id = k.key"
        " JOIN places_place p ON p.id = b.place_id LEFT JOIN partners_partner r ON r.id = p.partner_id"
        " WHERE b.on_hand > 0 GROUP BY 1, 2, 3 ORDER BY 4 DESC, 3",
        [engine.keys(sorted(lots))],
    )
    for lot, kind, name, quantity in rows:
        if kind in OUR_STOCK:
            found[lot].ours.append((name, int(quantity)))
        elif kind == "partner":
            found[lot].partners.append((name, int(quantity)))
    return found


def balance(lot: int, *, as_of: int) -> LotBalance:
    """What came of a lot: its net change at every place, told in words."""
    moved = (
        "SELECT destination_id AS place, quantity AS q FROM ledger_movement WHERE lot_id = %s AND event_id <= %s"
        " UNION ALL SELECT source_id, -quantity FROM ledger_movement WHERE lot_id = %s AND event_id <= %s"
    )
    rows = sql.rows(
        f"SELECT p.kind, x.place, sum(x.q) FROM ({moved}) x JOIN places_place p ON p.id = x.place GROUP BY 1, 2",
        [lot, as_of, lot, as_of],
    )
    came: dict[str, int] = defaultdict(int)
    went: dict[str, int] = defaultdict(int)
    for kind, _, net in rows:
        known = "stock" if kind in OUR_STOCK else kind
        if net > 0:
            went[known] += int(net)
        elif net < 0:
            came[known] -= int(net)
    return LotBalance(_shares(_CAME, came), _shares(_WENT, went))


_CAME = {
    "partner": ("received", "Received"),
    "run": ("produced", "Produced"),
    "difference": ("opening", "Opening stock and finds"),
    "elsewhere": ("elsewhere", "From elsewhere"),
    "stock": ("before", "Held before, unrecorded"),
    "loss": ("found", "Found again"),
}
_WENT = {
    "stock": ("stock", "In stock"),
    "run": ("consumed", "Consumed"),
    "partner": ("shipped", "Shipped"),
    "loss": ("lost", "Lost"),
    "difference": ("difference", "Written off"),
    "elsewhere": ("elsewhere", "Elsewhere"),
}


def _shares(words: dict[str, tuple[str, str]], sums: dict[str, int]) -> list[Share]:
    return [Share(*words[kind], sums[kind]) for kind in words if sums.get(kind)]


def neighbours(lot: int, *, forward: bool, as_of: int) -> list[Neighbour]:
    """What this lot was made from (or went into): the lots one run away."""
    near = engine.edges([2 * lot], forward=forward, as_of=as_of)
    runs = sorted({target if forward else source for source, target in near})
    if not runs:
        return []
    wanted = [run // 2 for run in runs if run % 2]
    amounts = {
        (run, other): quantity
        for run, other, quantity in engine.run_quantities(wanted, inputs=not forward, as_of=as_of)
    }
    found = []
    for source, target in engine.edges(runs, forward=forward, as_of=as_of):
        run, other = (source, target) if forward else (target, source)
        if other % 2 == 0:
            found.append(Neighbour(other // 2, run, amounts.get((run // 2, other // 2))))
    return found


def recorded_at(sequence: int) -> datetime | None:
    """When the book stood at ``sequence``: the time its last event was recorded."""
    found = sql.rows(
        "SELECT recorded_at FROM ledger_event WHERE sequence <= %s ORDER BY sequence DESC LIMIT 1", [sequence]
    )
    return sql.to_moment(found[0][0]) if found else None
