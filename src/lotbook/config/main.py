"""The ``lotbook`` command: collects the commands each room brings in its ``commands.py``.

Exit codes: 0 fine, 1 findings or refused, 2 usage.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

from lotbook import __version__
from lotbook.config.home import demo_home
from lotbook.config.rooms import ROOMS
from lotbook.kernel.errors import Refused

BOOKLESS = dict.fromkeys(("decode", "epc"), "lotbook.interfaces.scans")
"""Commands that open no book, with the package they are in: they start at once, without Django."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if arguments and arguments[0] in BOOKLESS:
            options = parser([BOOKLESS[arguments[0]]]).parse_args(arguments)
            return int(options.run(options) or 0)
        return _with_book(arguments)
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except KeyboardInterrupt:
        return 130


def _with_book(arguments: Sequence[str]) -> int:
    """Start Django, then run the command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lotbook.config.settings")
    if arguments[:1] == ["demo"] and not os.environ.get("LOTBOOK_HOME"):
        # The demo is a book of its own: it never touches the company's.
        os.environ["LOTBOOK_HOME"] = str(demo_home())
        os.environ.pop("LOTBOOK_DATABASE_URL", None)
    import django

    try:
        django.setup()
    except (OSError, ValueError) as problem:
        print(f"lotbook: {problem}", file=sys.stderr)
        return 2
    from django.db import DatabaseError

    options = parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except Refused as refusal:
        for fault in refusal.faults:
            print(f"lotbook: {fault}", file=sys.stderr)
        return 1
    except DatabaseError as problem:
        print(f"lotbook: the database refused: {_first_line(problem)}.", file=sys.stderr)
        print(
            "Nothing of this command was saved. If the book is new or older, run: lotbook migrate",
            file=sys.stderr,
        )
        return 1


def _first_line(problem: Exception) -> str:
    return str(problem).strip().partition("\n")[0].rstrip(".")


def parser(packages: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The command's parser with the commands of `packages` in it, or of every room."""
    top = argparse.ArgumentParser(prog="lotbook", description="The book of lots.")
    top.add_argument("--version", action="version", version=f"lotbook {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    everything = ["lotbook.config", "lotbook.config.demo", *ROOMS, *dict.fromkeys(BOOKLESS.values())]
    for package in packages or everything:
        if find_spec(f"{package}.commands") is not None:
            import_module(f"{package}.commands").register(commands)
    return top
