"""When several complaints are one story: the windows drawn, and what reads like a lot number."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from lotbook.operations.complaints.rules import (
    SAME_LOT_DAYS,
    SAME_SYMPTOM_DAYS,
    Possible,
    Report,
    Seen,
    clusters,
    ranked,
    reads_like,
)

pytestmark = pytest.mark.once
DAY = datetime(2027, 3, 1, 9, tzinfo=UTC)


def at(days: float) -> datetime:
    return DAY + timedelta(days=days)


def taste(key: int, days: float, *, item: int = 7, lot: int | None = None) -> Report:
    return Report(key, at(days), item, lot, frozenset({"taste"}))


def test_two_of_one_lot_are_a_cluster_within_thirty_days_and_not_after() -> None:
    edge = [Report(1, at(0), 7, 40), Report(2, at(SAME_LOT_DAYS), 7, 40)]
    (found,) = clusters(edge)
    assert (found.kind, found.lot, found.members) == ("lot", 40, (1, 2))
    assert clusters([edge[0], Report(2, at(SAME_LOT_DAYS) + timedelta(seconds=1), 7, 40)]) == []
    assert clusters([Report(1, at(0), 7, 40), Report(2, at(1), 7, 41)]) == []


def test_three_of_one_item_and_symptom_are_a_cluster_whichever_their_lots() -> None:
    three = [taste(1, 0, lot=40), taste(2, 7, lot=41), taste(3, SAME_SYMPTOM_DAYS)]
    (found,) = clusters(three)
    assert (found.kind, found.item, found.symptom, found.members) == ("symptom", 7, "taste", (1, 2, 3))
    assert clusters(three[:2]) == []
    assert clusters([*three[:2], taste(3, SAME_SYMPTOM_DAYS + 0.1)]) == []
    assert clusters([*three[:2], taste(3, 8, item=8)]) == []
    assert clusters([*three[:2], Report(3, at(8), 7, None, frozenset({"illness"}))]) == []


def test_windows_that_overlap_are_one_and_those_apart_are_two() -> None:
    chain = [taste(key, key * 7.0) for key in range(5)]
    assert [one.members for one in clusters(chain)] == [(0, 1, 2, 3, 4)]
    apart = [taste(key, days) for key, days in enumerate((0, 1, 2, 60, 61, 62))]
    assert [one.members for one in clusters(apart)] == [(3, 4, 5), (0, 1, 2)]


def test_clusters_are_what_looking_at_every_window_finds() -> None:
    dice = random.Random(5)
    for _ in range(200):
        reports = [taste(key, dice.uniform(0, 60)) for key in range(dice.randint(0, 12))]
        within = timedelta(days=SAME_SYMPTOM_DAYS)
        inside: set[int] = set()
        for first in reports:
            window = [one for one in reports if timedelta(0) <= one.at - first.at <= within]
            inside |= {one.key for one in window} if len(window) >= 3 else set()
        assert {key for one in clusters(reports) for key in one.members} == inside


@pytest.mark.parametrize(
    ("read", "number", "like"),
    [("26304", "ARR-26304", True), ("263O4", "ARR-26304", True), ("arr 263", "ARR-26304", True),
     ("26", "ARR-26304", False), ("", "ARR-26304", False), ("26305", "ARR-26304", False)],
)  # fmt: skip
def test_what_could_be_read_is_compared_without_marks_and_look_alikes(
    read: str, number: str, like: bool
) -> None:
    assert reads_like(read, number) is like


def test_candidates_are_those_that_something_read_speaks_for_best_first() -> None:
    day = date(2028, 8, 25)
    lots = [
        Possible(1, "A-1001", "", (day,), delivered=False),
        Possible(2, "A-1002", "", (day,), delivered=True),
        Possible(3, "A-1003", "", (None,), delivered=True),
        Possible(4, "B-7", "A-1002", (day,), delivered=True),
    ]
    found = [(lot.key, why) for lot, why in ranked(Seen("1002", day), lots)]
    assert found == [
        (4, ("number", "date", "delivered")), (2, ("number", "date", "delivered")), (1, ("date",)),
    ]  # fmt: skip
    assert ranked(Seen("", None), lots) == []
