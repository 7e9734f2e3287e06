"""Identifiers: version 7, in the order of time, and repeatable where a world must come out the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lotbook.kernel.ids import new_uid, repeatable, uid_at

START = datetime(2027, 3, 3, 6, 0, tzinfo=UTC)


def test_ids_are_version_7() -> None:
    with repeatable("world", START):
        told = new_uid()
    for uid in (new_uid(), uid_at(START, "one"), told):
        assert (uid.version, uid.variant) == (7, "specified in RFC 4122")


def test_ids_of_a_moment_sort_by_it_and_differ_by_name() -> None:
    earlier, later = uid_at(START, "z"), uid_at(START + timedelta(milliseconds=1), "a")
    assert earlier < later
    assert uid_at(START, "one") != uid_at(START, "two")
    assert uid_at(START, "one") == uid_at(START, "one")
    assert earlier.int >> 80 == int(START.timestamp() * 1000)


def test_the_same_seed_gives_the_same_row_and_only_inside() -> None:
    rows = []
    for _ in range(2):
        with repeatable("world", START):
            rows.append([new_uid() for _ in range(1000)])
    assert rows[0] == rows[1]
    assert len(set(rows[0])) == 1000
    with repeatable("another", START):
        assert new_uid() != rows[0][0]
    assert new_uid() != new_uid()
