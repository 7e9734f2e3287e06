"""Traces of typical lots of a big genealogy end to end: a real server, one client, a kept connection.

``lotbook serve`` in processes of its own on the world's book; lots received whose number of descendants is
nearest to the median. The API is asked as a program does, the page as a browser does: its text, then its
picture.
"""

from __future__ import annotations

import http.client
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from django.test import Client

from bench.calls import _serve
from bench.harness import Figure, median, seconds, tell
from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.accounts.models import User
from lotbook.kernel import clock, periodic, sql
from lotbook.kernel.models import PeriodicJob
from lotbook.traceability.trace import engine

LOTS = 200
SAMPLE = 400
WARM = 32
"""Calls before anything is timed: each thread of the server opens its connection meanwhile."""
API_BAR, PAGE_BAR = 100, 1_000


def measure(url: str) -> None:
    """Measure on the world in the book at ``url``."""
    _no_nightly_work()
    lots = typical(LOTS)
    with _asking() as (key, session):
        server = _serve(url)
        try:
            api = Kept(server.port, {"X-API-Key": key})
            page = Kept(server.port, {"Cookie": session, "Accept": "text/html", "Accept-Encoding": "gzip"})
            paths: dict[str, Callable[[str], bytes]] = {
                "trace": lambda uid: api.get(f"/api/v1/trace?id={uid}"),
                "scope": lambda uid: api.get(f"/api/v1/trace/scope?lot={uid}"),
                "page": lambda uid: page.get(f"/trace?id={uid}"),
                "page's picture": lambda uid: page.get(f"/trace/graph.json?id={uid}"),
            }
            for uid in lots[:WARM]:
                for ask in paths.values():
                    ask(uid)
            taken: dict[str, list[float]] = {}
            for name, ask in paths.items():
                before = server.cpu()
                taken[name] = [seconds(partial(ask, uid)) for uid in lots]
                _tell(name, taken[name], (server.cpu() - before) / len(lots) * 1000)
            both = zip(taken["page"], taken["page's picture"], strict=True)
            _tell("page with its picture", [page + picture for page, picture in both], None)
        finally:
            server.stop()


def _no_nightly_work() -> None:
    """What comes round at night began just now: the server would begin it all on a book it never served."""
    for job in periodic._jobs:
        PeriodicJob.objects.update_or_create(name=job, defaults={"begun_at": clock.now()})


def _tell(name: str, times: list[float], cpu: float | None) -> None:
    note = f"{len(times)} lots" + (f", {cpu:.0f} ms CPU of the server each" if cpu is not None else "")
    tell(Figure(f"HTTP typical lot: {name}", median(times) * 1000, "ms", note=note))
    bar = PAGE_BAR if name.startswith("page") else API_BAR
    slow = sorted(times)[int(len(times) * 0.95)] * 1000
    tell(Figure(f"HTTP typical lot: {name}, 95 of 100", slow, "ms", most=bar))


def typical(count: int) -> list[str]:
    """The uids of received lots whose number of descendants is nearest to the median of ``SAMPLE`` lots."""
    as_of = engine.watermark()
    received = sql.rows(
        "SELECT l.id, l.uid FROM lots_lot l"
        " WHERE EXISTS (SELECT 1 FROM ledger_link k WHERE k.source = 2 * l.id)"
        " AND NOT EXISTS (SELECT 1 FROM ledger_link k WHERE k.target = 2 * l.id) ORDER BY l.id"
    )
    chosen = random.Random(1).sample(received, min(SAMPLE, len(received)))
    reach = {row[0]: len(engine.reachable([2 * row[0]], forward=True, as_of=as_of)) for row in chosen}
    middle = median(reach.values())
    chosen.sort(key=lambda row: (abs(reach[row[0]] - middle), row[0]))
    return [str(sql.to_uid(row[1])) for row in chosen[:count]]


@contextmanager
def _asking() -> Iterator[tuple[str, str]]:
    """A key and a session of somebody who may trace; the world's book keeps neither."""
    user = User.objects.create(username=f"bench-http-{time.time_ns()}", role="administrator")
    scopes = ["trace.view", "stock.view"]
    made = accounts.create_api_key(name=user.username, scopes=scopes, owner=user.username, actor="bench")
    client = Client()
    client.force_login(user)
    (cookie,) = [one for one in client.cookies.values() if "session" in one.key]
    try:
        yield made.secret, f"{cookie.key}={cookie.value}"
    finally:
        client.logout()
        User.objects.filter(pk=user.pk).update(is_active=False)


class Kept:
    """A client's connection, kept open."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = headers

    def get(self, path: str) -> bytes:
        """The answer, read whole; stops everything when it is none."""
        try:
            self._connection.request("GET", path, None, self._headers)
            answer = self._connection.getresponse()
        except http.client.RemoteDisconnected:  # The server closes a connection that was idle for long.
            self._connection.close()
            self._connection.request("GET", path, None, self._headers)
            answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            sys.exit(
                f"bench: GET {path} gave {answer.status}, {answer.getheader('Location')}: {body[:500]!r}"
            )
        return body
