"""From bits to a ranked list: same bits make a group, each is judged, the most telling stands first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from lotbook.kernel.clock import written
from lotbook.traceability.trace.convergence import controls, naming
from lotbook.traceability.trace.convergence.ancestry import Bits, Integers
from lotbook.traceability.trace.convergence.candidates import Candidates, Search
from lotbook.traceability.trace.convergence.rules import (
    GROUPS_MAX,
    KINDS,
    Cause,
    Convergence,
    Group,
    Lot,
    judged,
    least_p,
)

CAUSES_TOLD = 12
"""Causes told of one group, the most specific first; how many more there are is told too."""
EPOCH = date(1970, 1, 1)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Stratum:
    """The lots of one item: only with these are its complaint lots compared."""

    item: int
    drawn: int
    lots: int
    mask: Bits


def judge(answer: Convergence, search: Search) -> None:
    """Fill in the groups of an answer, and what has to be said about its numbers."""
    strata = _strata(answer)
    alone = {one.item for one in strata if one.drawn == one.lots}
    answer.lonely = sorted({lot.item_name for lot in answer.complaints if lot.item_id in alone})
    answer.least_p = least_p([(one.drawn, one.lots) for one in strata])
    found = search.candidates()
    patterns, group = _patterns(np.concatenate([one.bits for one in found]))
    mask = _mask(range(len(answer.complaints)), patterns.shape[1])
    hits = np.bitwise_count(patterns & mask).sum(axis=1).astype(np.int64)
    within = [np.bitwise_count(patterns & one.mask).sum(axis=1).astype(np.int64) for one in strata]
    answer.compared = int((hits > 0).sum())
    chosen = _promising(hits, within, strata)
    judged_groups = {
        row: _group(answer, strata, [int(marked[row]) for marked in within], int(hits[row]), patterns[row])
        for row in chosen.tolist()
    }
    nearest = _nearest(found, group, len(patterns))
    ranked = sorted(judged_groups, key=lambda row: (*_rank(judged_groups[row]), int(nearest[row]), row))
    ranked = ranked[:GROUPS_MAX]
    _name(judged_groups, ranked, found, group, search)
    answer.groups = [judged_groups[row] for row in ranked]


def _strata(answer: Convergence) -> list[_Stratum]:
    lots: Sequence[Lot] = [*answer.complaints, *answer.controls]
    places: dict[int, list[int]] = defaultdict(list)
    for place, lot in enumerate(lots):
        places[lot.item_id].append(place)
    drawn = Counter(lot.item_id for lot in answer.complaints)
    words = max(1, -(-len(lots) // 64))
    if not answer.chosen and not any(drawn[lot.item_id] for lot in answer.controls):
        # Named controls of other items altogether: compared as they are, for they were meant to be.
        return [_Stratum(0, len(answer.complaints), len(lots), _mask(range(len(lots)), words))]
    return [
        _Stratum(item, drawn[item], len(places[item]), _mask(places[item], words)) for item in sorted(drawn)
    ]


def _mask(places: Sequence[int] | range, words: int) -> Bits:
    mask = np.zeros(words, dtype=np.uint64)
    for place in places:
        mask[place // 64] |= np.uint64(1 << (place % 64))
    return mask


def _patterns(bits: Bits) -> tuple[Bits, Integers]:
    """Each different row of ``bits`` once, and which of them each row is."""
    order = np.lexsort(bits.T[::-1])
    ordered = bits[order]
    fresh = np.ones(len(ordered), dtype=bool)
    fresh[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    group = np.empty(len(bits), dtype=np.int64)
    group[order] = np.cumsum(fresh) - 1
    return ordered[fresh], group


def _promising(hits: Integers, within: Sequence[Integers], strata: Sequence[_Stratum]) -> Integers:
    """The groups worth an exact judgement: those furthest above what is expected, in standard deviations.

    Exact judgements of thousands of groups would take longer than all the rest; far down the list nobody
    looks, so twice as many are judged as are told. Among equals those with more hits come first.
    """
    expected, variance = np.zeros(len(hits)), np.zeros(len(hits))
    for one, marked in zip(strata, within, strict=True):
        share = marked / one.lots
        expected += one.drawn * share
        if one.lots > 1:
            variance += one.drawn * share * (1 - share) * (one.lots - one.drawn) / (one.lots - 1)
    above = (hits - expected) / np.sqrt(variance + 1e-9)
    order = np.lexsort((-hits, -above))
    return order[hits[order] > 0][: 2 * GROUPS_MAX]


def _group(
    answer: Convergence, strata: Sequence[_Stratum], marked: Sequence[int], hits: int, pattern: Bits
) -> Group:
    table = [(one.drawn, one.lots, many) for one, many in zip(strata, marked, strict=True)]
    expected, p = judged(table, hits)
    everything = int(np.bitwise_count(pattern).sum())
    return Group(
        causes=[],
        hits=hits,
        of=len(answer.complaints),
        control_hits=everything - hits,
        controls=len(answer.controls),
        expected=expected,
        p=p,
        p_all=min(1.0, p * answer.compared),
        descend=_places(pattern),
    )


def _places(pattern: Bits) -> frozenset[int]:
    return frozenset(
        np.flatnonzero(np.unpackbits(pattern.astype("<u8").view(np.uint8), bitorder="little")).tolist()
    )


def _rank(group: Group) -> tuple[float, int, int]:
    return group.p, -group.hits, group.control_hits


def _nearest(found: Sequence[Candidates], group: Integers, groups: int) -> Integers:
    """How many links each group's nearest cause is away: between equals, what explains less stands first."""
    nearest = np.full(groups, np.iinfo(np.int64).max)
    np.minimum.at(nearest, group, np.concatenate([one.depth for one in found]))
    return nearest


# -- names of what is told ----------------------------------------------------------------------------


def _name(
    groups: dict[int, Group],
    ranked: Sequence[int],
    found: Sequence[Candidates],
    group: Integers,
    search: Search,
) -> None:
    """Give the ranked groups their causes by name: one statement a kind."""
    kinds = np.concatenate([np.full(len(one.keys), n) for n, one in enumerate(found)])
    starts = np.cumsum([0, *(len(one.keys) for one in found)])
    depth = np.concatenate([one.depth for one in found])
    specific = np.array([KINDS.index(one.kind) for one in found])[kinds]
    order = np.lexsort((np.arange(len(group)), depth, specific, group))
    begin = np.searchsorted(group[order], ranked)
    until = np.searchsorted(group[order], ranked, side="right")
    told: dict[int, list[int]] = {}
    for row, first, last in zip(ranked, begin.tolist(), until.tolist(), strict=True):
        told[row] = order[first : min(last, first + CAUSES_TOLD)].tolist()
        groups[row].more = max(0, last - first - CAUSES_TOLD)
    keys = {
        one: (found[kinds[one]].kind, found[kinds[one]].keys[one - int(starts[kinds[one]])], int(depth[one]))
        for ones in told.values()
        for one in ones
    }
    names = _Names(search, list(keys.values()))
    for row, ones in told.items():
        groups[row].causes = [names.cause(*keys[one]) for one in ones]


class _Names:
    """Names of candidates, read at once for all that are told."""

    def __init__(self, search: Search, told: Sequence[tuple[str, tuple[object, ...], int]]) -> None:
        self.lots = {
            one.id: one for one in controls.read({_key(key) for kind, key, _ in told if kind == "lot"})
        }
        self.vessels = naming.vessels([_key(key) for kind, key, _ in told if kind in ("run", "unit")])
        self.places = search.places
        self.partners = {one.partner: one for one in search.places.values() if not one.ours}

    def cause(self, kind: str, key: tuple[object, ...], depth: int) -> Cause:
        """A candidate with its names; ``depth`` counts links, two of them a run."""
        steps = (depth + 1) // 2
        if kind == "equipment":
            return Cause(kind, str(key[0]), str(key[0]), "", steps)
        if kind == "lot":
            lot = self.lots[_key(key)]
            return Cause(
                kind, lot.uid, f"{lot.item_name} {lot.number}".strip(), lot.item, steps, lot.uid, "lot"
            )
        if kind in ("run", "unit"):
            code, name, uid = self.vessels[_key(key)]
            return Cause(
                kind, uid, f"{name} {code}" if name not in ("", code) else code, "", steps, uid, kind
            )
        if kind == "time":
            return self._time(key, steps)
        one = self.places[_key(key)] if kind == "place" else self.partners[_key(key)]
        return Cause(kind, one.uid, one.name, one.code, steps, one.uid, _page(one))

    def _time(self, key: tuple[object, ...], steps: int) -> Cause:
        outside, where, week = (int(str(part)) for part in key)
        one = self.partners[where] if outside else self.places[where]
        monday = EPOCH + timedelta(days=week)
        year, number, _ = monday.isocalendar()
        label = f"from {one.name}" if outside else f"at {one.name}"
        days = f"{written(monday)} to {written(monday + timedelta(days=6))}"
        key_text = f"{one.uid}@{monday.isoformat()}"
        return Cause("time", key_text, f"{label}, week {number} of {year}", days, steps, one.uid, _page(one))


def _page(one: naming.Place) -> str:
    return "unit" if one.ours or one.partner < 0 else "supplier"


def _key(key: tuple[object, ...]) -> int:
    return int(str(key[0]))
