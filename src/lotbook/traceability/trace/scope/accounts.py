"""From movements to accounts: what came of each lot, where the rest stands, what crossed the border.

Pure: numpy over packed columns. Every movement counts at both its ends, so each lot's sum over all accounts is
zero; an account with more than nothing got some of the lot, one with less gave it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lotbook.traceability.trace.rows import Integers, distinct, within
from lotbook.traceability.trace.scope.rules import ACCOUNT, RETURNED, Crossings, Standing

HERE, ON_THE_WAY, RUN, PARTNER, LOSS, OTHER = range(6)
"""Of which sort an account is: the position in ``ACCOUNT`` of what lies in it."""


@dataclass(frozen=True, slots=True)
class Movements:
    """Movements of affected lots; ``mark`` is 0, or ``16 * event + crossing + 8`` where they crossed the border."""

    lot: Integers
    source: Integers
    destination: Integers
    quantity: Integers
    mark: Integers


@dataclass(frozen=True, slots=True)
class Accounts:
    """The places of movements: keys in order, the sort of each, and whose account it is.

    Doors of one partner are one account: its key is ``owner`` (a partner's key, or less than nothing for a place
    outside that is nobody's). Any other place is an account of its own, ``owner`` 0.
    """

    place: Integers
    sort: Integers
    owner: Integers

    def at(self, places: Integers) -> Integers:
        """Positions of places."""
        return positions(self.place, places)


TABLE_MAX = 20_000_000
"""Up to this key a table of one number a key is looked into: quicker than searching, and small enough."""


def positions(known: Integers, values: Integers) -> Integers:
    """Where ``values`` stand in ``known``, which is in order and has them all."""
    if not len(known) or known[-1] > TABLE_MAX or len(values) < len(known):
        found: Integers = np.searchsorted(known, values)
        return found
    table = np.zeros(int(known[-1]) + 1, dtype=np.int64)
    table[known] = np.arange(len(known))
    looked_up: Integers = table[values]
    return looked_up


def met(*several: Integers) -> Integers:
    """Every key in some columns, once, in order."""
    top = max((int(keys.max()) for keys in several if len(keys)), default=0)
    if top > TABLE_MAX:
        return distinct(np.concatenate(several))
    marks = np.zeros(top + 1, dtype=bool)
    for keys in several:
        marks[keys] = True
    return np.flatnonzero(marks)


def account(lots: Integers, moved: Movements, places: Accounts) -> tuple[dict[str, Integers], Standing]:
    """The columns of the account beside ``lots`` (without ``returned``), and what stands at places of ours."""
    ends = places.at(np.concatenate((moved.destination, moved.source)))
    row = positions(lots, moved.lot)
    # One number for lot and account: sorting one column takes a third of sorting two.
    accounts, of_place = _accounts(places)
    key = np.concatenate((row, row)) * (accounts + 1) + of_place[ends]
    change = np.concatenate((moved.quantity, -moved.quantity))
    order = np.argsort(key)
    ordered = key[order]
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    begins = np.flatnonzero(first)
    net = np.add.reduceat(change[order], begins) if len(begins) else change
    here = ends[order][begins]
    lot, sort = ordered[begins] // (accounts + 1), places.sort[here]
    columns: dict[str, Integers] = {}
    for number, name in enumerate(ACCOUNT):
        kept = (net > 0) & (sort == number)
        columns[name] = _sums(lot[kept], net[kept], len(lots))
    # By construction what is left of all movements is what came in: the accounts that gave.
    gave = net < 0
    columns["came"] = _sums(lot[gave], -net[gave], len(lots))
    stands = (net > 0) & (sort <= ON_THE_WAY)
    return columns, Standing(lots[lot[stands]], places.place[here[stands]], net[stands])


def _accounts(places: Accounts) -> tuple[int, Integers]:
    """How many accounts there are, and the number of each place's."""
    number = np.arange(len(places.place), dtype=np.int64)
    doors = np.flatnonzero(places.owner)
    _, first, which = np.unique(places.owner[doors], return_index=True, return_inverse=True)
    number[doors] = doors[first][which]
    return len(number), number


def _sums(group: Integers, values: Integers, count: int) -> Integers:
    sums = np.zeros(count, dtype=np.int64)
    np.add.at(sums, group, values)
    return sums


def crossed(moved: Movements, places: Accounts, undone: Integers) -> Crossings:
    """The movements over the border that stand, by lot and event; ``undone`` are reversed events, in order."""
    marked = np.flatnonzero(moved.mark)
    event, crossing = moved.mark[marked] >> 4, (moved.mark[marked] & 15) - 8
    stands = (crossing > 0) & ~within(event, undone)
    rows, event, crossing = marked[stands], event[stands], crossing[stands]
    inward = (crossing == 1) | (crossing == RETURNED)
    far = np.where(inward, moved.source[rows], moved.destination[rows])
    kind = np.where(crossing == 3, 2, crossing)
    order = np.lexsort((event, moved.lot[rows]))
    return Crossings(
        lot=moved.lot[rows][order],
        kind=kind[order],
        partner=places.owner[places.at(far)][order],
        place=far[order],
        quantity=moved.quantity[rows][order],
        event=event[order],
    )


def reversals(moved: Movements) -> Integers:
    """The events that took back something that had crossed the border."""
    marked = moved.mark[moved.mark != 0]
    back = (marked & 15) < 8
    found: Integers = np.unique(marked[back] >> 4)
    return found


def returned(lots: Integers, rows: Crossings) -> Integers:
    """How much of each lot came back from customers."""
    back = rows.kind == RETURNED
    return _sums(np.searchsorted(lots, rows.lot[back]), rows.quantity[back], len(lots))
