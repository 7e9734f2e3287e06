"""The demo book the guides are made from: a fixed day, copies of it, and a server whose clock stands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from zoneinfo import ZoneInfo

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs" / "guides"
ROLES = {
    "receiver": "rita", "production": "paul", "warehouse": "otto", "shipper": "sven", "manager": "anna",
    "scanner": "otto", "recall": "quinn",
}  # fmt: skip
"""Guide → who of the demo's people works by it."""
DAY = date(2026, 11, 22)
"""The day on which the guides are set: the demo's year ends the day before."""
ZONE = ZoneInfo("America/Los_Angeles")
ADDRESS = "https://lotbook.quillmere.example"
"""What the book believes its address is, for links in mails."""


def load(home: Path) -> None:
    """Make the demo book of the day in a folder."""
    command = [sys.executable, "-m", "lotbook", "demo", "--today", DAY.isoformat()]
    subprocess.run(command, env=surroundings(home), check=True)


def copy(home: Path, to: Path) -> Path:
    """A demo book of its own, to be worked in."""
    return Path(shutil.copytree(home, to))


def surroundings(home: Path) -> dict[str, str]:
    """The environment in which commands see the book of a folder, and print as wide as a page is."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("LOTBOOK_")}
    return others | {"LOTBOOK_HOME": str(home), "LOTBOOK_URL": ADDRESS, "COLUMNS": "110"}


def open_here(home: Path) -> None:
    """Let this very process work in the book of a folder."""
    os.environ.pop("LOTBOOK_DATABASE_URL", None)
    os.environ |= {
        "LOTBOOK_HOME": str(home), "LOTBOOK_URL": ADDRESS, "COLUMNS": "110",
        "DJANGO_SETTINGS_MODULE": "lotbook.config.settings",
    }  # fmt: skip
    import django

    django.setup()


class Hands:
    """The hands of the clock that the served book looks at."""

    def __init__(self) -> None:
        self.moment = datetime.combine(DAY, time(8), ZONE)

    def at(self, hour: int, minute: int = 0) -> None:
        """Let it be that time of the day."""
        self.moment = datetime.combine(DAY, time(hour, minute), ZONE)


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is wsgiref's
        """Say nothing."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


@contextmanager
def served(hands: Hands) -> Iterator[str]:
    """The address at which the open book is served, at the time the hands show."""
    from lotbook.config.wsgi import application
    from lotbook.kernel import clock

    def app(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        with clock.standing(hands.moment):
            answer = application(environ, start)
            try:
                return list(answer)
            finally:
                answer.close()

    server = make_server("127.0.0.1", 0, app, server_class=_Server, handler_class=_Quiet)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
