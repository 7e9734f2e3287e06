"""Gaps of lots: receipts without the supplier's lot, missing data, quantities and times that contradict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from lotbook.kernel.quantity import to_text
from lotbook.traceability.trace.gaps import reading, registry
from lotbook.traceability.trace.gaps.reading import Integers, LotFacts, Moves, Place
from lotbook.traceability.trace.gaps.rules import CLOCKS_S, UNEXPLAINED, Gap
from lotbook.traceability.trace.gaps.runs import Flags, span

IN, OUT, BACK, SENT_BACK = 1, 2, 4, 5


@dataclass(frozen=True, slots=True)
class _Found:
    """A gap of a lot before it has names: ``page`` and, for ``event``, the sequence."""

    lot: int
    kind: str
    sentence: str
    page: str
    event: int = 0
    at: int = 0


def look(lots: Sequence[int], as_of: int) -> tuple[list[Gap], dict[int, int]]:
    """The gaps of these lots, and for each a place of ours where it was first."""
    gaps: list[Gap] = []
    shelves: dict[int, int] = {}
    for portion in reading.chunks(lots):
        moves = reading.of_lots(portion, as_of)
        facts = reading.lot_facts(portion)
        places = reading.places(np.unique(np.concatenate([moves.source, moves.destination])).tolist())
        shelves |= _shelves(moves, places)
        found = [*_of_receipts(moves, facts), *_of_facts(moves, facts), *_of_quantities(moves, facts, places)]
        found += _of_times(moves, places)
        events = reading.event_uids(sorted({one.event for one in found if one.event}))
        gaps += [_gap(one, facts[one.lot], events) for one in found]
    return gaps, {lot: shelves.get(lot, 0) for lot in lots}


def _gap(one: _Found, lot: LotFacts, events: dict[int, tuple[str, str]]) -> Gap:
    at = datetime.fromtimestamp(one.at, UTC) if one.at else None
    page_uid = events[one.event][0] if one.page == "event" else lot.uid
    label = f"{lot.item_name} {lot.number}".strip()
    return Gap(
        one.kind,
        "lot",
        lot.uid,
        label,
        one.sentence,
        one.page,
        page_uid,
        site=lot.id,
        at=at,
        sequence=one.event,
    )


def _shelves(moves: Moves, places: dict[int, Place]) -> dict[int, int]:
    ours = _keys(places, "ours")
    found: dict[int, int] = {}
    order = np.argsort(moves.event, kind="stable")
    for ends in (moves.destination, moves.source):
        rows = order[np.isin(ends[order], ours)]
        for lot, place in zip(moves.lot[rows].tolist(), ends[rows].tolist(), strict=True):
            found.setdefault(lot, place)
    return found


def _keys(places: dict[int, Place], which: str) -> Integers:
    chosen = [key for key, one in places.items() if (one.ours if which == "ours" else one.kind == which)]
    return np.array(sorted(chosen), dtype=np.int64)


def _first(rows: Integers, moves: Moves) -> dict[int, int]:
    """The row of each lot's earliest movement among ``rows``."""
    order = rows[np.lexsort((moves.event[rows], moves.at[rows]))]
    found: dict[int, int] = {}
    for row, lot in zip(order.tolist(), moves.lot[order].tolist(), strict=True):
        found.setdefault(lot, row)
    return found


def _of_receipts(moves: Moves, facts: dict[int, LotFacts]) -> Iterator[_Found]:
    """Who supplied it is known, but not under which number."""
    for lot, row in sorted(_first(np.flatnonzero(moves.crossing == IN), moves).items()):
        one = facts[lot]
        if one.kind == 1 and not one.supplier_lot:
            sentence = (
                "It was received, and nobody said the supplier's lot number: their recall would not find it."
            )
            yield _Found(lot, "no_supplier_lot", sentence, "edit", int(moves.event[row]), int(moves.at[row]))


def _of_facts(moves: Moves, facts: dict[int, LotFacts]) -> Iterator[_Found]:
    """What the item and other rooms demand of a lot, and dates of it that contradict each other."""
    received = sorted(set(moves.lot[moves.crossing == IN].tolist()))
    lacks: dict[int, list[str]] = defaultdict(list)
    for lot in sorted(set(moves.lot.tolist())):
        one = facts[lot]
        if one.kind and one.shelf_life is not None and not one.ends:
            lacks[lot].append("Expiry or best before date")
        if one.made and one.ends and one.ends < one.made:
            yield _Found(lot, "times", f"It ends on {one.ends}, before it was made on {one.made}.", "edit")
    for _, check in sorted(registry.registered().items()):
        for lack in check(received):
            if lack.what not in lacks[lack.lot]:
                lacks[lack.lot].append(lack.what)
    for lot, what in sorted(lacks.items()):
        if what:
            yield _Found(lot, "missing", f"Missing: {', '.join(what)}.", "edit")


def _of_quantities(moves: Moves, facts: dict[int, LotFacts], places: dict[int, Place]) -> Iterator[_Found]:
    """Much of a lot came out of or went into count differences; more came back than was ever sent."""
    differences = _keys(places, "difference")
    counted = moves.opening == 0
    plus = counted & np.isin(moves.source, differences)
    minus = counted & np.isin(moves.destination, differences)
    ours = _keys(places, "ours")
    came = np.isin(moves.destination, ours) & ~np.isin(moves.source, ours) & ~plus
    net, total = _sums(moves, plus, minus), _sums(moves, came, came & False)
    for lot, difference in sorted(net.items()):
        of = total.get(lot, 0)
        if difference and abs(difference) > UNEXPLAINED * of:
            one = facts[lot]
            word = "came up" if difference > 0 else "vanished"
            amount = to_text(abs(difference), one.scale)
            sentence = f"{amount} {one.unit} {word} in counts and adjustments, of {to_text(of, one.scale)} that came."
            yield _Found(lot, "quantities", sentence, "lot")
    yield from _returns(moves, facts, places)


def _sums(
    moves: Moves,
    plus: Flags,
    minus: Flags,
) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for rows, sign in ((plus, 1), (minus, -1)):
        for lot, quantity in zip(moves.lot[rows].tolist(), moves.quantity[rows].tolist(), strict=True):
            found[lot] += sign * quantity
    return found


def _returns(moves: Moves, facts: dict[int, LotFacts], places: dict[int, Place]) -> Iterator[_Found]:
    """Per lot and partner: no customer sends back more than he got, no supplier gets back more than he gave."""
    for there, back, ends, back_ends, words in (
        ((2, 3), BACK, moves.destination, moves.source, "came back from {} than was shipped there"),
        ((IN,), SENT_BACK, moves.source, moves.destination, "was sent back to {} than came from there"),
    ):
        net: dict[tuple[int, int], int] = defaultdict(int)
        last: dict[tuple[int, int], int] = {}
        for rows, partners, sign in (
            (np.flatnonzero(np.isin(moves.crossing, there)), ends, 1),
            (np.flatnonzero(moves.crossing == back), back_ends, -1),
        ):
            for row in rows.tolist():
                place = places[int(partners[row])]
                key = int(moves.lot[row]), place.partner or -int(partners[row])
                net[key] += sign * int(moves.quantity[row])
                if sign < 0:
                    last[key] = row
        for key, sum_ in sorted(net.items()):
            if sum_ < 0:
                one, row = facts[key[0]], last[key]
                partner = places[int(back_ends[row])].name
                sentence = f"{to_text(-sum_, one.scale)} {one.unit} more {words.format(partner)}."
                yield _Found(
                    key[0], "quantities", sentence, "event", int(moves.event[row]), int(moves.at[row])
                )


def _of_times(moves: Moves, places: dict[int, Place]) -> Iterator[_Found]:
    """It went out before it came in: into a run or to a customer, dated before the first arrival."""
    ours = _keys(places, "ours")
    arrived = np.isin(moves.destination, ours) & ~np.isin(moves.source, ours)
    left = np.isin(moves.source, ours) & ~np.isin(moves.destination, ours)
    first_in, first_out = _first(np.flatnonzero(arrived), moves), _first(np.flatnonzero(left), moves)
    for lot, row in sorted(first_out.items()):
        came = first_in.get(lot)
        early = int(moves.at[came]) - int(moves.at[row]) if came is not None else 0
        if came is not None and early > CLOCKS_S:
            kind = places[int(moves.destination[row])].kind
            how = {"run": "used in a run", "partner": "sent to a partner"}.get(kind, "taken out of stock")
            sentence = f"It was {how} {span(early)} before it came in."
            yield _Found(lot, "times", sentence, "event", int(moves.event[row]), int(moves.at[row]))
