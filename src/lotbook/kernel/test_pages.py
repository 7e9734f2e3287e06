"""Pages: every row once, in order, whatever is added meanwhile; and cursors that are not ours."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from lotbook.kernel.errors import Refused
from lotbook.kernel.models import OutboxMessage
from lotbook.kernel.pages import LIMIT_MAX, Page, page, page_in_order, read_cursor, write_cursor


def fill(count: int) -> None:
    for number in range(count):
        OutboxMessage.objects.create(topic=f"{number % 3}", created_at=timezone.now(), attempts=number % 3)


def walk(limit: int, **how: Any) -> list[int]:
    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        found: Page[OutboxMessage] = page(OutboxMessage.objects.all(), cursor, limit, **how)
        assert len(found.items) <= limit
        seen += [row.pk for row in found.items]
        cursor = found.next
        fill(0)
    return seen


@pytest.mark.django_db
@pytest.mark.parametrize("limit", [1, 3, 7, 10, 11])
def test_every_row_comes_once(limit: int) -> None:
    fill(10)
    every = sorted(OutboxMessage.objects.values_list("pk", flat=True))
    assert walk(limit) == every
    assert walk(limit, descending=True) == every[::-1]


@pytest.mark.django_db
@pytest.mark.parametrize("descending", [False, True])
def test_two_columns_make_a_key(descending: bool) -> None:
    fill(10)
    rows = sorted(((row.attempts, row.pk) for row in OutboxMessage.objects.all()), reverse=descending)
    assert walk(2, key=("attempts", "id"), descending=descending) == [pk for _, pk in rows]


@pytest.mark.django_db
def test_rows_added_meanwhile_hide_none() -> None:
    fill(4)
    first: Page[OutboxMessage] = page(OutboxMessage.objects.all(), "", 2)
    fill(3)
    second: Page[OutboxMessage] = page(OutboxMessage.objects.all(), first.next, 10)
    assert len(second.items) == 5
    assert second.next is None


def test_a_list_is_cut_by_position() -> None:
    first = page([1, 2, 3], "", 2)
    assert first.items == [1, 2]
    assert page([1, 2, 3], first.next, 2).items == [3]
    assert page([1, 2], "", 2).next is None


@pytest.mark.django_db
def test_a_queryset_keeps_its_own_order_by_position() -> None:
    fill(7)
    rows = OutboxMessage.objects.order_by("topic", "-pk")
    seen: list[OutboxMessage] = []
    cursor: str | None = ""
    while cursor is not None:
        part = page_in_order(rows, cursor, 3)
        seen += part.items
        cursor = part.next
    assert seen == list(rows)
    with pytest.raises(Refused, match="cursor"):
        page_in_order(rows, write_cursor(2**62), 3)


@pytest.mark.parametrize("limit", [0, -1, LIMIT_MAX + 1])
def test_limits_have_bounds(limit: int) -> None:
    with pytest.raises(Refused, match="limit"):
        page([1], "", limit)
    with pytest.raises(Refused, match="limit"):
        page_in_order(OutboxMessage.objects.all(), "", limit)


@given(st.lists(st.integers(-(2**63) + 1, 2**63 - 1), min_size=1, max_size=3))
def test_what_is_written_is_read_back(position: list[int]) -> None:
    assert read_cursor(write_cursor(*position), len(position)) == position


@given(st.text(max_size=40) | st.binary(max_size=12).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_anything_else_is_refused_and_never_fails(text: str) -> None:
    try:
        position = read_cursor(text, 1)
    except Refused as refusal:
        position = []
        status = refusal.status
        assert status == 400
    assert all(type(part) is int for part in position)
