"""The shape of a scope: packed columns, no object for a row until it is shown; and two scopes side by side.

Pure: numpy, no database, no clock. Quantities are integers of the item's smallest unit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import numpy as np

from lotbook.traceability.trace.deliveries import Delivery
from lotbook.traceability.trace.rows import Flags, Integers, within

ACCOUNT = ("on_hand", "in_transit", "consumed", "shipped", "lost", "difference")
"""What became of a lot: their sum is ``came``, always."""
Key = TypeVar("Key")
COLUMNS = ("came", *ACCOUNT, "returned")

RECEIVED, SHIPPED, RETURNED, SENT_BACK = 1, 2, 4, 5
CROSSED = {RECEIVED: "received", SHIPPED: "shipped", RETURNED: "returned", SENT_BACK: "sent back"}
"""How goods crossed the border between us and partners; from one partner to another is ``shipped``, too."""


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """An item as totals need it; ``cost_micro`` is millionths of ``currency`` for one base unit, or None."""

    id: int
    uid: str
    code: str
    name: str
    unit: str
    scale: int
    cost_micro: int | None
    currency: str


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """A place of ours and the site it is in (0 where it is in none), as of the sequence of the scope."""

    id: int
    uid: str
    code: str
    name: str
    kind: str
    site: int
    transit: bool


@dataclass(frozen=True, slots=True)
class PartnerFacts:
    """A partner by its key; a place outside that is nobody's stands for itself (its key negative, no uid)."""

    id: int
    uid: str
    name: str


@dataclass(frozen=True, slots=True)
class Standing:
    """So much of a lot at places of ours: a row each, by lot."""

    lot: Integers
    place: Integers
    quantity: Integers


@dataclass(frozen=True, slots=True)
class Crossings:
    """What crossed the border, a row for each event and lot, by lot and event; reversed ones are left out.

    ``kind`` is one of ``CROSSED``, ``partner`` a key of ``Scope.partners``, ``place`` the partner's.
    """

    lot: Integers
    kind: Integers
    partner: Integers
    place: Integers
    quantity: Integers
    event: Integers

    def of(self, *kinds: int) -> Flags:
        """Which rows are of these kinds."""
        found: Flags = np.isin(self.kind, kinds)
        return found


@dataclass(frozen=True, slots=True)
class ItemTotal:
    """One item's affected lots: their accounts added up."""

    item: int
    lots: int
    account: dict[str, int]

    def cost_micro(self, facts: ItemFacts, *names: str) -> int | None:
        """What these parts of the account cost, in ``10 ** -(6 + scale)`` of the currency; None without a cost."""
        if facts.cost_micro is None:
            return None
        return facts.cost_micro * sum(self.account[name] for name in names)


class SiteTotal(NamedTuple):
    """What of an item stands at a site (0: at none, or on the way), and in how many lots."""

    site: int
    item: int
    lots: int
    quantity: int


class PartnerTotal(NamedTuple):
    """What of an item a partner gave or got: gross, and what came or went back; in how many lots."""

    partner: int
    item: int
    lots: int
    received: int
    shipped: int
    returned: int
    sent_back: int


@dataclass(slots=True)
class Scope:
    """Everything affected as of ``as_of``, the suspects among it; asked again there, it is the same.

    ``lots`` are keys in order; ``item`` and the columns of ``account`` are beside them. ``came`` is the sum of
    ``on_hand`` (at our places), ``in_transit``, ``consumed`` (in runs), ``shipped`` (at partners now: less
    ``returned``), ``lost`` and ``difference`` (counts, and goods elsewhere). ``told`` are deliveries that events
    from elsewhere tell of without a movement: they are in no account.
    """

    as_of: int
    forward: bool
    seeds: tuple[int, ...]
    lots: Integers
    item: Integers
    account: dict[str, Integers]
    standing: Standing
    crossings: Crossings
    told: list[Delivery] = field(default_factory=list)
    items: dict[int, ItemFacts] = field(default_factory=dict)
    places: dict[int, PlaceFacts] = field(default_factory=dict)
    partners: dict[int, PartnerFacts] = field(default_factory=dict)

    def position(self, lots: Integers) -> Integers:
        """Where lots stand in the columns; they must be in the scope."""
        found: Integers = np.searchsorted(self.lots, lots)
        return found

    def item_totals(self) -> list[ItemTotal]:
        """The accounts per item, by the item's code."""
        keys, group, counts = _groups(self.item)
        sums = {name: exact_sums(self.account[name], group, len(keys)) for name in COLUMNS}
        found = [
            ItemTotal(int(key), int(counts[n]), {name: sums[name][n] for name in COLUMNS})
            for n, key in enumerate(keys)
        ]
        return sorted(found, key=lambda one: self.items[one.item].code)

    def site_totals(self) -> list[SiteTotal]:
        """What stands where, per site and item."""
        rows = self.standing
        if not len(rows.lot):
            return []
        known = np.array(sorted(self.places), dtype=np.int64)
        sites = np.array([self.places[key].site for key in known.tolist()], dtype=np.int64)
        site = sites[np.searchsorted(known, rows.place)]
        item = self.item[self.position(rows.lot)]
        return [SiteTotal(*one) for one in _by_pair((site, item), rows.lot, [rows.quantity])]

    def partner_totals(self) -> list[PartnerTotal]:
        """What crossed, per partner and item, by the partner's name; what was only told of is not in it."""
        rows = self.crossings
        item = self.item[self.position(rows.lot)]
        parts = [
            np.where(rows.kind == kind, rows.quantity, 0) for kind in (RECEIVED, SHIPPED, RETURNED, SENT_BACK)
        ]
        found = [PartnerTotal(*one) for one in _by_pair((rows.partner, item), rows.lot, parts)]
        return sorted(
            found, key=lambda one: (self.partners[one.partner].name, one.partner, self.items[one.item].code)
        )

    def costs(self) -> dict[str, dict[str, int]]:
        """Per currency what the scope is worth at standard cost, in ``10 ** -15`` of it, part by part.

        Items without a standard cost are in no sum: ``uncosted`` names them.
        """
        found: dict[str, dict[str, int]] = {}
        for total in self.item_totals():
            facts = self.items[total.item]
            if facts.cost_micro is None:
                continue
            sums = found.setdefault(facts.currency, dict.fromkeys(COLUMNS, 0))
            for name in COLUMNS:
                sums[name] += facts.cost_micro * total.account[name] * 10 ** (9 - facts.scale)
        return dict(sorted(found.items()))

    def uncosted(self) -> list[ItemFacts]:
        """The items without a standard cost."""
        present = set(np.unique(self.item).tolist())
        return [one for key, one in self.items.items() if one.cost_micro is None and key in present]


COST_SCALE = 15
"""Decimal places of ``Scope.costs``: six of the cost, nine of the finest quantity."""


def _groups(values: Integers) -> tuple[Integers, Integers, Integers]:
    """Distinct values, for each row its group, and the groups' sizes."""
    keys, group, counts = np.unique(values, return_inverse=True, return_counts=True)
    return keys, group, counts


def exact_sums(values: Integers, group: Integers, count: int) -> list[int]:
    """The sum of each group, exact beyond 64 bits: high and low halves are added apart."""
    high, low = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    np.add.at(high, group, values >> 32)
    np.add.at(low, group, values & 0xFFFFFFFF)
    return [(a << 32) + b for a, b in zip(high.tolist(), low.tolist(), strict=True)]


def _by_pair(
    pair: tuple[Integers, Integers], lots: Integers, columns: Sequence[Integers]
) -> list[tuple[int, ...]]:
    """For each pair of keys, in order: the pair, how many lots, and the sum of each column."""
    if not len(lots):
        return []
    first, a, _ = _groups(pair[0])
    second, b, _ = _groups(pair[1])
    keys, group, _ = _groups(a * len(second) + b)
    # A lot counts once: how many distinct (pair, lot) there are in each pair.
    order = np.lexsort((lots, group))
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = (np.diff(group[order]) != 0) | (np.diff(lots[order]) != 0)
    counts = np.bincount(group[order][fresh], minlength=len(keys))
    sums = [exact_sums(column, group, len(keys)) for column in columns]
    ones = first[keys // len(second)].tolist()
    others = second[keys % len(second)].tolist()
    return list(zip(ones, others, counts.tolist(), *sums, strict=True))


# -- two scopes side by side --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """A part of the account (or a number of lots) in the one and the other."""

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is different in ``after``: lots added, dropped, and with another account (keys, in order).

    ``items`` are the columns of ``COLUMNS`` and ``lots`` per item that differ; ``partners`` the quantities net
    of returns per partner and item that differ; ``cost`` the totals at standard cost per currency, in
    ``10 ** -15``, of what is on hand or in transit, and shipped.
    """

    before: Scope
    after: Scope
    added: Integers
    dropped: Integers
    changed: Integers
    items: dict[int, dict[str, Change]]
    partners: dict[tuple[int, int], Change]
    cost: dict[str, dict[str, Change]]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not (len(self.added) or len(self.dropped) or len(self.changed) or self.partners)


def compare(before: Scope, after: Scope) -> Comparison:
    """Two scopes side by side: pure, whatever suspects, sequences or direction they are of."""
    kept = within(before.lots, after.lots)
    both = before.lots[kept]
    here, there = before.position(both), after.position(both)
    other = np.zeros(len(both), dtype=bool)
    for name in COLUMNS:
        other |= before.account[name][here] != after.account[name][there]
    return Comparison(
        before,
        after,
        added=after.lots[~within(after.lots, before.lots)],
        dropped=before.lots[~kept],
        changed=both[other],
        items=_compared(before, after, _item_parts),
        partners={key: one["net"] for key, one in _compared(before, after, _partner_parts).items()},
        cost=_compared(before, after, _cost_parts),
    )


def _compared(
    before: Scope, after: Scope, parts: Callable[[Scope], dict[Key, dict[str, int]]]
) -> dict[Key, dict[str, Change]]:
    old, new = parts(before), parts(after)
    found: dict[Key, dict[str, Change]] = {}
    for key in [*old, *(key for key in new if key not in old)]:
        names = old.get(key) or new[key]
        pairs = {name: (old.get(key, {}).get(name, 0), new.get(key, {}).get(name, 0)) for name in names}
        if different := {name: Change(*pair) for name, pair in pairs.items() if pair[0] != pair[1]}:
            found[key] = different
    return found


def _item_parts(scope: Scope) -> dict[int, dict[str, int]]:
    return {one.item: {"lots": one.lots, **one.account} for one in scope.item_totals()}


def _partner_parts(scope: Scope) -> dict[tuple[int, int], dict[str, int]]:
    return {
        (one.partner, one.item): {"net": one.shipped - one.returned}
        for one in scope.partner_totals()
        if one.shipped or one.returned
    }


def _cost_parts(scope: Scope) -> dict[str, dict[str, int]]:
    return {
        currency: {"on_hand": sums["on_hand"] + sums["in_transit"], "shipped": sums["shipped"]}
        for currency, sums in scope.costs().items()
    }
