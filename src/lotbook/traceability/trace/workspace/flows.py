"""The flows of a trace by mass: from suppliers over items to customers, stock and loss; exact, in kilograms.

Every lot of the trace counts with its whole account as of the sequence. What a run took in is shared out over
what it made by mass; what it made beyond that is named, and so is what stayed in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from lotbook.foundation.catalog import queries as catalog
from lotbook.foundation.catalog.models import Item
from lotbook.kernel import sql
from lotbook.traceability.lots.models import Lot
from lotbook.traceability.trace import engine
from lotbook.traceability.trace.rules import TracedLot
from lotbook.traceability.trace.workspace.moves import End, Moved

FLOWS_MAX = 60
"""Flows drawn and listed on the page; the rest is summed into one line, and the file has all."""


class Node(NamedTuple):
    """Where a flow begins or ends.

    ``kind`` is ``supplier``, ``customer``, ``item``, ``here``, ``lost``, ``found``, ``run`` (stayed in runs, or
    came from nothing recorded) or ``other`` (of runs, but of no lot of this trace); ``code`` names it in addresses.
    """

    kind: str
    name: str
    code: str = ""


HERE = Node("here", "In stock")
LOST = Node("lost", "Lost or written off")
FOUND = Node("found", "Opened or found")
STAYED = Node("run", "Stayed in runs")
UNKNOWN = Node("run", "More than went in")
OTHER_IN, OTHER_OUT = Node("other", "Other ingredients"), Node("other", "Other products")


@dataclass(slots=True)
class Flow:
    """So many kilograms from one node to another; ``units`` are the same in the items' own units."""

    source: Node
    target: Node
    kilograms: Fraction = Fraction()
    units: dict[tuple[str, int], int] = field(default_factory=dict)
    weightless: bool = False

    def add(self, mass: Fraction | None, unit: str = "", scale: int = 0, quantity: int = 0) -> None:
        """Add so much; None: of an item without a net weight."""
        if mass is None:
            self.weightless = True
        else:
            self.kilograms += mass
        if unit:
            self.units[unit, scale] = self.units.get((unit, scale), 0) + quantity


@dataclass(slots=True)
class Flows:
    """All flows, the heaviest first, and the items whose mass nobody has entered."""

    flows: list[Flow]
    weightless: list[str]

    @property
    def shown(self) -> list[Flow]:
        """Those the page shows."""
        return self.flows[:FLOWS_MAX]

    @property
    def folded(self) -> list[Flow]:
        """Those it only sums up."""
        return self.flows[FLOWS_MAX:]


class Taken(NamedTuple):
    """So much of a lot went into a run, less what came back unused; less than nothing: the run made it."""

    run: int
    lot: int
    quantity: int


def flows(moved: Collection[Moved], lots: Mapping[int, TracedLot], *, as_of: int) -> Flows:
    """The flows between suppliers, items, customers, stock and loss. Three statements, whatever the size."""
    runs = {end.key for one in moved for end in (one.source, one.target) if end.kind == "run"}
    taken = _taken(runs, as_of)
    masses = _Masses({*lots, *(row.lot for row in taken)})
    made = _Made(lots, masses)
    made.outside(moved)
    made.through(taken)
    found = sorted(made.flows.values(), key=lambda one: (-one.kilograms, one.source, one.target))
    names = {one.item_name for one in lots.values() if masses.of(one.id, 1) is None}
    return Flows(found, sorted(names))


def _taken(runs: Iterable[int], as_of: int) -> list[Taken]:
    """What runs took and made, lot by lot, of all lots."""
    wanted = sorted(runs)
    if not wanted:
        return []
    living = (
        "m.event_id <= %s AND +e.reverses_id IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM ledger_event r WHERE r.reverses_id = m.event_id AND r.sequence <= %s)"
    )
    parts = [
        f"SELECT k.key AS run, m.lot_id AS lot, {sign}m.quantity AS quantity FROM {engine.listed()} k"
        f" JOIN ledger_movement m ON m.{end}_id = k.key JOIN ledger_event e ON e.sequence = m.event_id"
        f" WHERE {living}"
        for sign, end in (("", "destination"), ("-", "source"))
    ]
    given = engine.keys(wanted)
    rows = sql.rows(
        f"SELECT run, lot, sum(quantity) FROM ({parts[0]} UNION ALL {parts[1]}) x GROUP BY run, lot",
        [given, as_of, as_of, given, as_of, as_of],
    )
    return [Taken(run, lot, int(quantity)) for run, lot, quantity in rows if quantity]


def _account(end: End) -> Node | None:
    """What an end counts as before it is known which way more went; None for runs."""
    if end.ours:
        return HERE
    if end.kind in ("partner", "elsewhere"):
        return Node("customer", end.name, end.code)
    return {"loss": LOST, "difference": FOUND}.get(end.kind)


class _Masses:
    """Kilograms of quantities of lots, exactly."""

    def __init__(self, lots: Collection[int]) -> None:
        self.items = (
            dict(Lot.objects.filter(pk__in=sorted(lots)).values_list("pk", "item_id")) if lots else {}
        )
        items = Item.objects.filter(pk__in={*self.items.values()}).only("pk", "unit", "scale")
        self.units = catalog.units_of_many(items)

    def of(self, lot: int, quantity: int) -> Fraction | None:
        """Kilograms of so many smallest units of a lot; None for an item without a net weight."""
        return self.units[self.items[lot]].kilograms(quantity)


class _Made:
    """The flows as they add up."""

    def __init__(self, lots: Mapping[int, TracedLot], masses: _Masses) -> None:
        self.lots, self.masses = lots, masses
        self.flows: dict[tuple[Node, Node], Flow] = {}

    def node(self, lot: int, *, going_in: bool = True) -> Node:
        """The item of a traced lot; of another one, one node for all."""
        traced = self.lots.get(lot)
        if traced is None:
            return OTHER_IN if going_in else OTHER_OUT
        return Node("item", traced.item_name, traced.item)

    def add(self, source: Node, target: Node, lot: int, quantity: int) -> None:
        """A flow of one lot, in its own unit as well."""
        one = self.lots[lot]
        flow = self.flows.setdefault((source, target), Flow(source, target))
        flow.add(self.masses.of(lot, quantity), one.unit, one.scale, quantity)

    def outside(self, moved: Iterable[Moved]) -> None:
        """What came in from, went out to and stayed of each lot."""
        sums: dict[tuple[int, Node], int] = defaultdict(int)
        for one in moved:
            for end, sign in ((one.target, 1), (one.source, -1)):
                node = _account(end)
                if node is not None:
                    sums[one.lot, node] += sign * one.quantity
        for (lot, node), quantity in sums.items():
            if quantity > 0:
                # What is written off to a difference is lost; what comes from one was found.
                self.add(self.node(lot), LOST if node == FOUND else node, lot, quantity)
            elif quantity < 0 and node != HERE:
                source = Node("supplier", node.name, node.code) if node.kind == "customer" else node
                self.add(source, self.node(lot), lot, -quantity)

    def through(self, taken: Iterable[Taken]) -> None:
        """What runs made of what they took: shared out by mass."""
        runs: dict[int, list[Taken]] = defaultdict(list)
        for row in taken:
            runs[row.run].append(row)
        for rows in runs.values():
            self._run(rows)

    def _run(self, rows: Iterable[Taken]) -> None:
        came: dict[Node, Fraction] = defaultdict(Fraction)
        went: dict[Node, Fraction] = defaultdict(Fraction)
        for row in rows:
            mass = self.masses.of(row.lot, abs(row.quantity))
            side, node = (
                (came, self.node(row.lot)) if row.quantity > 0 else (went, self.node(row.lot, going_in=False))
            )
            side[node] += mass or 0
        total_in, total_out = sum(came.values(), Fraction()), sum(went.values(), Fraction())
        if total_in > total_out:
            went[STAYED] += total_in - total_out
        elif total_out > total_in:
            came[UNKNOWN] += total_out - total_in
        whole = max(total_in, total_out)
        for source, mass in came.items():
            for target, part in went.items():
                self._share(source, target, mass * part / whole if whole else Fraction())

    def _share(self, source: Node, target: Node, mass: Fraction) -> None:
        if {source, target} <= {OTHER_IN, OTHER_OUT, STAYED, UNKNOWN}:
            return
        self.flows.setdefault((source, target), Flow(source, target)).add(mass)
