"""Gaps of runs: outputs without inputs, impossible and odd yields, outputs made before their inputs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from lotbook.traceability.trace.gaps import reading
from lotbook.traceability.trace.gaps.reading import Integers, Moves
from lotbook.traceability.trace.gaps.rules import CLOCKS_S, MASS_TOLERANCE, SETTLED_S, Gap, odd, percent

Flags = NDArray[np.bool_]


@dataclass(slots=True)
class Run:
    """One run: its masses in kilograms, when things went in and came out, and where it stood."""

    id: int
    went_in: float = 0.0
    came_out: float = 0.0
    main: int = 0
    first_in: int = 0
    first_out: int = 0
    last: int = 0
    shelf: int = 0
    in_event: int = 0
    out_event: int = 0

    @property
    def yielded(self) -> float | None:
        """Net mass out per net mass in; None where one of them is not known."""
        return self.came_out / self.went_in if self.went_in > 0 and self.came_out > 0 else None


def look(runs: Sequence[int], as_of: int) -> tuple[list[Gap], dict[int, int]]:
    """The gaps of these runs, and a place of ours by which each run's site is known."""
    known: list[Run] = []
    empty: list[int] = []
    for portion in reading.chunks(runs):
        known += _read(portion, as_of)
        empty += reading.runs_without_inputs(portion, as_of)
    told = list(_told(known, set(empty)))
    names = reading.places(sorted({run for run, *_ in told}))
    events = reading.event_uids(sorted({event for *_, event in told if event}))
    shelves = {one.id: one.shelf for one in known}
    times = {one.id: one.last for one in known}
    gaps = []
    for run, kind, sentence, event in told:
        page, uid = ("event", events[event][0]) if event else ("run", names[run].uid)
        at = datetime.fromtimestamp(times[run], UTC) if times.get(run) else None
        gaps.append(
            Gap(
                kind,
                "run",
                names[run].uid,
                names[run].name,
                sentence,
                page,
                uid,
                site=run,
                at=at,
                sequence=event,
            )
        )
    return gaps, {run: shelves.get(run, 0) for run in runs}


@dataclass(frozen=True, slots=True)
class _Table:
    """Movements of runs with what is known of each: its run, the other end, the item, its mass."""

    moves: Moves
    run: Integers
    other: Integers
    into: Flags
    shelf: Flags
    lost: Flags
    item: Integers
    kilograms: NDArray[np.float64]


def _read(runs: Sequence[int], as_of: int) -> list[Run]:
    moves = reading.of_runs(runs, as_of)
    if not len(moves):
        return []
    table = _table(moves, np.array(runs, dtype=np.int64))
    order = np.argsort(table.run, kind="stable")
    portions = np.split(order, np.flatnonzero(np.diff(table.run[order])) + 1)
    return [_one(rows, table) for rows in portions]


def _table(moves: Moves, runs: Integers) -> _Table:
    into = np.isin(moves.destination, runs)
    other = np.where(into, moves.source, moves.destination)
    lots = reading.lot_facts(np.unique(moves.lot).tolist())
    item = np.array([lots[lot].item for lot in moves.lot.tolist()], dtype=np.int64)
    mass = reading.masses(np.unique(item).tolist())
    kinds = reading.places(np.unique(other).tolist())
    return _Table(
        moves,
        run=np.where(into, moves.destination, moves.source),
        other=other,
        into=into,
        shelf=np.isin(other, _keys(key for key, one in kinds.items() if one.ours)),
        lost=np.isin(other, _keys(key for key, one in kinds.items() if one.kind == "loss")),
        item=item,
        kilograms=moves.quantity * np.array([mass.get(one, 0.0) for one in item.tolist()]),
    )


def _keys(values: Iterator[int]) -> Integers:
    return np.array(sorted(values), dtype=np.int64)


def _one(rows: Integers, table: _Table) -> Run:
    """A run from its movements: what went back unused counts against what went in."""
    moves, kilograms = table.moves, table.kilograms
    went = rows[table.into[rows]]
    used = set(moves.lot[went].tolist())
    out: list[int] = rows[~table.into[rows] & ~table.lost[rows]].tolist()
    back = [row for row in out if int(moves.lot[row]) in used]
    made = [row for row in out if int(moves.lot[row]) not in used]
    one = Run(int(table.run[rows[0]]), last=int(moves.at[rows].max()))
    one.went_in = float(kilograms[went].sum()) - float(kilograms[back].sum())
    one.came_out = float(kilograms[made].sum())
    by_item: dict[int, float] = defaultdict(float)
    for row in made:
        by_item[int(table.item[row])] += float(kilograms[row])
    one.main = max(by_item, key=lambda key: (by_item[key], -key)) if by_item else 0
    if len(went):
        first = int(went[np.argmin(moves.at[went])])
        one.first_in, one.in_event = int(moves.at[first]), int(moves.event[first])
    if made:
        first = min(made, key=lambda row: int(moves.at[row]))
        one.first_out, one.out_event = int(moves.at[first]), int(moves.event[first])
    standing = rows[table.shelf[rows]]
    one.shelf = int(table.other[standing[0]]) if len(standing) else 0
    return one


def _told(runs: Sequence[Run], empty: set[int]) -> Iterator[tuple[int, str, str, int]]:
    """Run, kind, sentence, and the sequence of the event to look at (0: the run's page is the place)."""
    for run in sorted(empty):
        yield run, "no_inputs", "Something came out, but nothing is known to have gone in.", 0
    history: dict[int, list[float]] = defaultdict(list)
    for one in runs:
        if one.yielded is not None:
            history[one.main].append(one.yielded)
    newest = max((one.last for one in runs), default=0)
    for one in runs:
        if one.first_in and one.first_out and one.first_out < one.first_in - CLOCKS_S:
            early = span(one.first_in - one.first_out)
            yield one.id, "times", f"The first output is dated {early} before the first input.", one.out_event
        if one.yielded is None:
            continue
        usual = float(np.median(history[one.main]))
        if one.yielded > 1 + MASS_TOLERANCE:
            sentence = f"{one.came_out:.3f} kg came out of {one.went_in:.3f} kg: {percent(one.yielded)}."
            if len(history[one.main]) > 1 and usual > 1 + MASS_TOLERANCE:
                sentence += (
                    f" Half of the item's runs give more than {percent(usual)}: an input is not booked."
                )
            yield one.id, "impossible_yield", sentence, 0
        elif odd(one.yielded, history[one.main]) and one.last <= newest - SETTLED_S:
            sentence = f"The yield is {percent(one.yielded)}, the item's runs usually give {percent(usual)}."
            yield one.id, "odd_yield", sentence, 0


def span(seconds: int) -> str:
    """So long, in words: the largest unit alone."""
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            many = seconds // size
            return f"{many} {name}{'' if many == 1 else 's'}"
    return f"{seconds} seconds"
