"""Every page costs the same number of statements however long its list is.

The demo is loaded, every page of the product is opened, the demo's rows are multiplied (``bench.company``),
and the same pages are opened again. Which pages there are is derived as the bench does it (``bench.lists``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from bench import company, lists
from django.db import connection
from django.test import Client

from lotbook.config.demo import loading
from lotbook.kernel import clock, sql

pytestmark = [pytest.mark.django_db, pytest.mark.once]

TODAY = date(2026, 11, 20)
TIMES = 10
SPARE = 3
"""A longer list may look up what a short one had no row for (a hold, a second page's count) …"""
MOST = 80
"""… but no page needs more statements than this, however long its lists are (a trace asks once a level)."""


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("LOTBOOK_HOME", str(tmp_path))
    loading.load(TODAY, lambda _what, _done, _of: None)


@pytest.mark.heavy
def test_pages_ask_no_more_of_a_longer_list(demo: None) -> None:
    with clock.standing(datetime.combine(TODAY, time(10), UTC)):
        client = lists.everywhere()
        paths = [path for path, _ in lists.walk(client)]
        few = {path: statements(client, path) for path in paths}
        company.grow(connection, times=TIMES, documents=TIMES)
        many = {path: statements(client, path) for path in paths}
    assert len(paths) > 150
    grown = {path: found for path, found in many.items() if len(found) > len(few[path]) + SPARE}
    assert not grown, told(grown, few)
    assert {path: len(found) for path, found in many.items() if len(found) > MOST} == {}


def statements(client: Client, path: str) -> list[str]:
    """The statements of one page, Django's and ours."""
    with counted() as found:
        assert client.get(path).status_code == 200, path
    return found


@contextmanager
def counted() -> Iterator[list[str]]:
    found: list[str] = []

    def note(execute: Callable[..., Any], text: str, parameters: Any, many: bool, context: Any) -> Any:
        found.append(text)
        return execute(text, parameters, many, context)

    with connection.execute_wrapper(note), sql.counted() as ours:
        yield found
    found += ours


def told(grown: dict[str, list[str]], few: dict[str, list[str]]) -> str:
    """Which statements a page runs more often than before."""
    lines = []
    for path, found in grown.items():
        lines.append(f"{path}: {len(few[path])} → {len(found)}")
        for text in sorted(set(found)):
            more = found.count(text) - few[path].count(text)
            if more > 0:
                lines.append(f"  {more} more: {text[:300]}")
    return "\n".join(lines)
