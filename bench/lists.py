"""Every page of the menu and every list on a book of a million events: how long one takes to be made.

All pages without parts in their address are asked for as an administrator, through Django's own handler
(the network and the browser come on top), each once to warm up and then some times in turn. Filters that
people use most are asked for too.
"""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import urlencode

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from bench.harness import Figure, median, say, tell
from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.accounts.models import User
from lotbook.kernel import sql

ROUNDS = 3
MOST = 1_000.0
NOT_PAGES = ("api", "admin", "epcis", "static", "accounts", "badge", "log")
"""What is no page of the menu: programs' doors and the ways in."""


def measure(told: str) -> None:
    """Time every page on the book this process is set up on; ``told`` (JSON) names lots to filter by."""
    world = json.loads(told)
    events = sql.rows("SELECT count(*) FROM ledger_event")[0][0]
    say(f"{events:,} events")
    client = Client(headers={"host": "localhost"})
    client.force_login(_administrator(), backend="django.contrib.auth.backends.ModelBackend")
    taken = {path: times for path in _paths(world) if (times := _times(client, path))}
    for path, times in sorted(taken.items(), key=lambda pair: -median(pair[1])):
        tell(Figure(f"page {path}", median(times) * 1000, "ms"))
    slowest = max(taken, key=lambda path: median(taken[path]))
    note = f"of {len(taken)} pages, {events:,} events: {slowest}"
    tell(Figure("slowest page", median(taken[slowest]) * 1000, "ms", most=MOST, note=note))


def _administrator() -> User:
    found = User.objects.filter(username="bench").first()
    return found or accounts.create_user(
        username="bench", role="administrator", password="a-long-bench-password", actor="lotbook"
    )


def _paths(world: dict[str, Any]) -> list[str]:
    """Pages without parts in their address, and lists with the filters people use."""
    found = sorted(path for path in _patterns(get_resolver(), "") if not path.startswith(NOT_PAGES))
    lot = sql.rows("SELECT number FROM lots_lot WHERE id = %s", [world["hot_lot"]])[0][0]
    filtered = [
        ("lots", {"q": lot}),
        ("lots", {"status": "expired"}),
        ("stock", {"q": lot}),
        ("events", {"kind": "ship"}),
        ("search", {"q": lot}),
    ]
    return ["/" + path for path in found] + [f"/{path}?{urlencode(query)}" for path, query in filtered]


def _patterns(resolver: URLResolver, before: str) -> list[str]:
    found: list[str] = []
    for pattern in resolver.url_patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            if "<" not in path and "(" not in path and "^" not in path:
                found.append(path)
        else:
            found += _patterns(pattern, path)
    return found


def _times(client: Client, path: str) -> list[float]:
    """How long the page takes, some times; nothing when it is no page to look at (a redirect, POST only)."""
    if client.get(path).status_code != 200:
        return []
    taken = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        client.get(path).getvalue()
        taken.append(time.perf_counter() - begin)
    return taken
