"""Which share of each affected lot stems from the suspects, and how much of that each customer got."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from lotbook.kernel.errors import Fault, Refused
from lotbook.traceability.trace import engine, history
from lotbook.traceability.trace.exposure import flows as flowing
from lotbook.traceability.trace.exposure import replaying, shaping, solving
from lotbook.traceability.trace.exposure.flows import Flows
from lotbook.traceability.trace.exposure.solving import Floats
from lotbook.traceability.trace.rows import Flags, Integers, distinct, grouped

Reading = Literal["reach", "replay"]
READINGS: tuple[Reading, ...] = ("reach", "replay")


@dataclass(frozen=True, slots=True)
class Share:
    """Which part of a lot stems from the suspects, from 0 to 1.

    ``bound``: something on the way was not measured; the true share is this or less.
    """

    share: float
    bound: bool


@dataclass(frozen=True, slots=True)
class Got:
    """What each partner's place got of each lot, as columns: in the lot's smallest units.

    ``suspect`` is how much of ``shipped`` less ``returned`` stems from the suspects.
    """

    lot: Integers
    place: Integers
    shipped: Integers
    returned: Integers
    suspect: Floats


@dataclass(frozen=True, slots=True)
class Customer:
    """What a customer got of the affected lots in one unit: ``quantity`` of which ``suspect``, at most all.

    Smallest units at ``scale``, net of returns; the suspect part is rounded up.
    """

    partner: int
    name: str
    lots: int
    unit: str
    scale: int
    quantity: int
    suspect: int


@dataclass(frozen=True, slots=True)
class Exposure:
    """The answer as of a sequence: asked again there, it is the same.

    ``lots`` (keys, in order) and beside them ``shares`` and ``bounds``. No share is off by more than
    ``error`` through calculating with floats; ``settled`` is false where a circle did not come to rest.
    ``contradictions``: how often, in a replay, more left a place than had come by then.
    """

    as_of: int
    reading: Reading
    lots: Integers
    shares: Floats
    bounds: Flags
    got: Got
    error: float
    rounds: int
    settled: bool
    contradictions: int = 0
    customers: list[Customer] = field(default_factory=list)

    def of(self, lot: int) -> Share | None:
        """The share of one lot; None where it is not affected."""
        place = int(np.searchsorted(self.lots, lot))
        if place == len(self.lots) or self.lots[place] != lot:
            return None
        return Share(float(self.shares[place]), bool(self.bounds[place]))

    def shares_by_lot(self) -> dict[int, Share]:
        """All of them by the lot's key."""
        rows = zip(self.lots.tolist(), self.shares.tolist(), self.bounds.tolist(), strict=True)
        return {lot: Share(share, bound) for lot, share, bound in rows}


ROUNDING = 1e-9
"""Error stated for a replay: products and quotients of floats, some thousand in a row at most."""


def exposure(
    lots: Collection[int],
    *,
    units: Collection[int] = (),
    as_of: int | None = None,
    reading: Reading = "reach",
) -> Exposure:
    """Which share of each lot made of the suspects ``lots`` (keys) stems from them, by either reading.

    ``units`` are keys of suspected logistic units that may have gone into runs as they were (their contents
    are among ``lots``).

    Affected is what reachability finds; a replay may say of some of it that its share is nought. Raises
    Refused for an unknown reading or a sequence that is not decided yet.
    """
    if reading not in READINGS:
        raise Refused(Fault("reading", f"expected one of {', '.join(READINGS)}, got {reading!r}."))
    decided = engine.watermark()
    if as_of is not None and not 0 <= as_of <= decided:
        cause = f"expected a sequence from 0 to {decided} (decided so far), got {as_of}."
        raise Refused(Fault("as_of", cause), status=400)
    flows = flowing.read(sorted(lots), units=sorted(units), as_of=decided if as_of is None else as_of)
    system = shaping.system(flows)
    solution = solving.solve(system)
    even = flows.nodes % 2 == 0
    marks = shaping.bounded(system, solution)
    shares, bounds = solution.shares[even], marks[even]
    got, contradictions = _got(flows, shares), 0
    if reading == "replay":
        shares, got, contradictions = _replayed(flows, solution, system, shares)
    return Exposure(
        as_of=flows.as_of,
        reading=reading,
        lots=flows.lots,
        shares=shares,
        bounds=bounds,
        got=got,
        error=max(solution.error, ROUNDING if reading == "replay" else 0.0),
        rounds=solution.rounds,
        settled=solution.settled,
        contradictions=contradictions,
        customers=customers(got),
    )


def _got(flows: Flows, shares: Floats) -> Got:
    """What partners got of each lot; the mix within a lot is taken to be even."""
    crossed = flows.crossed.where(np.isin(flows.crossed.crossing, (*shaping.SENT, shaping.RETURNED)))
    back = crossed.crossing == shaping.RETURNED
    far = np.where(back, crossed.source, crossed.destination)
    order, starts = grouped(far, crossed.lot)
    if not len(starts):
        none = np.empty(0, dtype=np.int64)
        return Got(none, none, none, none, np.empty(0))
    shipped = np.add.reduceat(np.where(back, 0, crossed.quantity)[order], starts)
    returned = np.add.reduceat(np.where(back, crossed.quantity, 0)[order], starts)
    lot, place = crossed.lot[order[starts]], far[order[starts]]
    suspect = np.maximum(shipped - returned, 0) * shares[np.searchsorted(flows.lots, lot)]
    sent = shipped > 0
    return Got(lot[sent], place[sent], shipped[sent], returned[sent], suspect[sent])


def _replayed(
    flows: Flows, solution: solving.Solution, system: solving.System, reach: Floats
) -> tuple[Floats, Got, int]:
    """Shares and deliveries by replay, and how many times contradict."""
    by_lot = dict(zip(flows.lots.tolist(), reach.tolist(), strict=True))
    of_runs = solution.shares[np.searchsorted(flows.nodes, 2 * flows.runs + 1)]
    runs = dict(zip(flows.runs.tolist(), of_runs.tolist(), strict=True))
    found = replaying.replay(
        shaping.steps(flows, by_lot),
        suspects=frozenset(flows.seeds.tolist()),
        reach=by_lot,
        runs=runs,
        floors=shaping.floors(flows, runs, by_lot),
        told=frozenset(flows.told_lots.tolist()),
    )
    shares = np.array(
        [reach if (share := found.share(lot)) is None else share for lot, reach in by_lot.items()]
    )
    # Of lots made in a quantity nobody measured, no time is known either.
    made = flows.nodes[system.loose_target] % 2 == 0
    loose = np.searchsorted(flows.lots, flows.nodes[system.loose_target[made]] // 2)
    np.maximum.at(shares, loose, solution.shares[system.loose_source[made]])
    shares[np.searchsorted(flows.lots, flows.seeds)] = 1.0
    rows = [(*key, *sums) for key, sums in sorted(found.got.items()) if sums[0]]
    lot, place, shipped, suspect, returned, back = (
        (np.array(part) for part in zip(*rows, strict=True))
        if rows
        else (np.empty(0, dtype=np.int64) for _ in range(6))
    )
    net = np.maximum(shipped - returned, 0)
    return shares, Got(lot, place, shipped, returned, np.clip(suspect - back, 0, net)), found.contradictions


def customers(got: Got) -> list[Customer]:
    """What each customer got, by unit, the most suspect first."""
    if not len(got.lot):
        return []
    names = history.partner_names(set(got.place.tolist()))
    known, items = flowing.items_of(distinct(got.lot))
    item = items[np.searchsorted(known, got.lot)]
    units = history.item_units(set(items.tolist()))
    finest = {unit: max(scale for one, scale in units.values() if one == unit) for unit, _ in units.values()}
    order, starts = grouped(got.place, item)
    whole = np.add.reduceat((got.shipped - got.returned)[order], starts).tolist()
    part = np.add.reduceat(got.suspect[order], starts).tolist()
    lots = np.diff(np.append(starts, len(order))).tolist()
    sums: dict[tuple[int, str, str], list[float]] = {}
    for row, quantity, suspect, count in zip(order[starts].tolist(), whole, part, lots, strict=True):
        unit, scale = units[int(item[row])]
        sum_ = sums.setdefault((*names[int(got.place[row])], unit), [0, 0.0, 0])
        factor = 10 ** (finest[unit] - scale)
        sum_[0] += quantity * factor
        sum_[1] += suspect * factor
        sum_[2] += count
    found = [
        Customer(partner, name, int(count), unit, finest[unit], int(quantity), _up(suspect, int(quantity)))
        for (partner, name, unit), (quantity, suspect, count) in sums.items()
    ]
    return sorted(found, key=lambda one: (-one.suspect / 10**one.scale, one.name, one.partner, one.unit))


def _up(part: float, whole: int) -> int:
    """The suspect part as a whole number, rounded up but for the noise of floats."""
    return min(int(np.ceil(part - 1e-6 * min(1.0, part))), max(whole, 0))
