"""``lotbook demo``: a company and its year in a book of its own, to look at and to try things in."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lotbook.config.demo.loading import Loaded, Told

EARLIEST = date(1995, 1, 1)
HOST = "127.0.0.1"
"""The demo is for this machine only."""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``demo``."""
    demo_ = commands.add_parser("demo", help="load the demo company into a book of its own, and serve it")
    demo_.add_argument("--serve", action="store_true", help="serve it on this machine when it is loaded")
    demo_.add_argument("--port", type=_port, default=8000, help="port to serve at (default: 8000)")
    demo_.add_argument(
        "--today", type=_day, metavar="YYYY-MM-DD", help="the year ends the day before (default: today)"
    )
    demo_.add_argument("--json", action="store_true", help="say what was loaded as JSON")
    demo_.set_defaults(run=demo)


def demo(options: argparse.Namespace) -> int:
    """Load the demo world into an empty book, say as whom to log in, and serve it when asked."""
    from lotbook.config import commands
    from lotbook.config.demo import loading
    from lotbook.config.demo.sites import ZONE
    from lotbook.kernel import clock

    started = time.monotonic()
    if options.serve:
        commands.need_port(HOST, options.port, "lotbook demo --serve")
    _migrate(options)
    found = loading.find()
    if found is None:
        today = options.today or clock.date_at(clock.now(), ZONE)
        with _bars() as told:
            found = loading.load(today, told)
    seconds = time.monotonic() - started
    address = f"http://localhost:{options.port}"
    if options.json:
        print(json.dumps(_summary(found, address, seconds), ensure_ascii=False), flush=True)
    else:
        _tell(found, address, seconds, serve=options.serve)
    if not options.serve:
        return 0
    options.host, options.workers = HOST, 1
    return commands.serve(options)


def _migrate(options: argparse.Namespace) -> None:
    """Make the tables, with ids that come out the same in every demo book; never those of another book."""
    from contextlib import redirect_stdout
    from datetime import UTC, datetime

    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    from lotbook.config import commands
    from lotbook.kernel.ids import repeatable

    if not commands.missing_migrations():
        return
    if MigrationRecorder(connection).applied_migrations():
        _refuse_older()
    with redirect_stdout(sys.stderr), repeatable("tables", datetime(2020, 1, 1, tzinfo=UTC)):
        commands.migrate(options)


def _refuse_older() -> None:
    """A book of an earlier version is left as it is, unless it is empty or the demo's."""
    from django.db import DatabaseError

    from lotbook.config.demo import loading
    from lotbook.kernel.errors import Fault, Refused

    try:
        loading.find()
    except DatabaseError:
        cause = "this book is of another version of Lotbook. Nothing was written."
        remedy = "The demo goes into a book of its own: run lotbook demo without LOTBOOK_HOME."
        raise Refused(Fault("", cause, remedy)) from None


@contextmanager
def _bars() -> Iterator[Told]:
    """A bar on standard error for each thing that is done."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)

        def told(what: str, done: int, of: int) -> None:
            progress.update(task, description=what, completed=done, total=of or None)

        yield told


def _summary(found: Loaded, address: str, seconds: float) -> dict[str, object]:
    from lotbook.config.home import home

    return {
        "loaded": found.fresh,
        "today": found.today.isoformat(),
        "seconds": round(seconds, 2),
        "home": str(home()),
        "counts": found.counts,
        "look_at": found.look_at,
        "address": address,
        "user": "anna",
        "password": found.password,
    }


def _tell(found: Loaded, address: str, seconds: float, *, serve: bool) -> None:
    from lotbook.config.demo.masterdata import COMPANY
    from lotbook.config.demo.people import PEOPLE
    from lotbook.config.home import home
    from lotbook.kernel.clock import written

    if found.fresh:
        print(f"{COMPANY}: a year up to {written(found.today)}, loaded in {seconds:.1f} s.")
    else:
        print(f"This book is the demo already: {COMPANY}, a year up to {written(found.today)}.")
        print(f"For a fresh one, delete the folder {home()}.")
    print(", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in found.counts.items()) + ".")
    print("Look at:")
    for what, lots in found.look_at.items():
        print(f"  {what}: {lots}")
    print("People: " + ", ".join(f"{person.username} ({person.role})" for person in PEOPLE) + ".")
    print(f"Other commands see this book with LOTBOOK_HOME={home()}")
    if not serve:
        print("Serve it with: lotbook demo --serve")
    print(f"Open {address} and log in as anna with password {found.password}", flush=True)


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) < 65_536:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected a port from 1 to 65535, got {text!r}")


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a day like 2027-03-31, got {text!r}") from None
    if not EARLIEST <= day <= date.today():  # noqa: DTZ011 - the person's own calendar
        raise argparse.ArgumentTypeError(f"expected a day from {EARLIEST} to today, got {text}")
    return day
