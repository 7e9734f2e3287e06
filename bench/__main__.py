"""``python -m bench [NAME …]``: measure and print a line a figure – name, value, bar, ``ok`` or ``short``.

NAME is one of ``MEASURES``; without a name all are measured. Exit 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from types import FrameType
from typing import NoReturn

from tests.postgres import PostgresUnavailable

from bench.databases import Databases, alone, postgresql, result_of, sqlite
from bench.harness import Figure, heard, say, table

SYSTEMS: dict[str, Callable[[], AbstractContextManager[Databases]]] = {
    "sqlite": sqlite,
    "postgresql": postgresql,
}


def capture(databases: Databases, options: argparse.Namespace) -> str:
    """Validated capture against raw insertion of the same rows."""
    url = _shop(databases, "capture")
    return result_of(url, "capture", databases.make("twin", "capture"), str(options.largest))


def writers(databases: Databases, options: argparse.Namespace) -> str:
    """Eight writers on twenty hot lots (SQLite has one writer: nothing to measure)."""
    if databases.vendor == "sqlite":
        return ""
    url = _shop(databases, "writers")
    return result_of(url, "writers", url)


def _shop(databases: Databases, name: str) -> str:
    url = databases.fresh(name)
    result_of(url, "shop")
    return url


def allocation(databases: Databases, options: argparse.Namespace) -> str:
    """A thousand order lines reserved at once against a loop that locks line by line."""
    url = databases.fresh("allocation")
    return result_of(url, "allocation", url)


def freezing(databases: Databases, options: argparse.Namespace) -> str:
    """A recall freezes ten thousand lots, against their holds inserted raw."""
    url = databases.fresh("freezing")
    return result_of(url, "freezing", url)


def trace(databases: Databases, options: argparse.Namespace) -> str:
    """Traces of a big genealogy against what they could cost at the least."""
    url, told = databases.world(options.lots)
    return result_of(url, "tracing", told)


def scope(databases: Databases, options: argparse.Namespace) -> str:
    """Scopes of the hot and of typical lots, against the bare trace."""
    url, told = databases.world(options.lots)
    return result_of(url, "scoping", told)


def exposure(databases: Databases, options: argparse.Namespace) -> str:
    """Exposure and what if on the hot lot, against the bare trace and the scope from the book."""
    url, told = databases.world(options.lots)
    return result_of(url, "exposing", told)


def http(databases: Databases, options: argparse.Namespace) -> str:
    """Typical lots traced over HTTP on a real server: the API and the page."""
    url, _ = databases.world(options.lots)
    return result_of(url, "serving", url)


def lists(databases: Databases, options: argparse.Namespace) -> str:
    """Every page and list on a company's book of a million events."""
    url, told = databases.company(options.events)
    return result_of(url, "lists", told)


def calls(databases: Databases, options: argparse.Namespace) -> str:
    """Receive, run and ship one by one over HTTP, beside the peers' figures."""
    url = databases.fresh("calls")
    return result_of(url, "calls", url)


MEASURES: dict[str, Callable[[Databases, argparse.Namespace], str]] = {
    "capture": capture,
    "writers": writers,
    "allocation": allocation,
    "freezing": freezing,
    "trace": trace,
    "scope": scope,
    "exposure": exposure,
    "http": http,
    "lists": lists,
    "calls": calls,
}


def figures(databases: Databases, names: list[str], options: argparse.Namespace) -> list[Figure]:
    """Measure on one database system."""
    found = []
    for name in names:
        say(f"{databases.vendor}: {name}")
        for line in MEASURES[name](databases, options).splitlines():
            figure = heard(line)
            found.append(replace(figure, name=f"{databases.vendor}: {figure.name}"))
    return found


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(MEASURES)} (default: all)")
    parser.add_argument("--database", choices=SYSTEMS, action="append", help="default: both")
    parser.add_argument("--lots", type=int, default=1_000_000, help="size of the genealogy")
    parser.add_argument("--events", type=int, default=1_000_000, help="size of the lists' company")
    parser.add_argument("--largest", type=int, default=10_000, help="largest batch of the capture")
    parser.add_argument("--json", action="store_true", help="print a list of objects instead of the table")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(MEASURES):
        parser.error(f"expected {', '.join(MEASURES)}, got {', '.join(sorted(unknown))}")
    return options


def main() -> int:
    """Measure what is asked for and print it."""
    options = parse()
    names = options.names or list(MEASURES)
    found: list[Figure] = []
    with alone():
        for system in options.database or SYSTEMS:
            with SYSTEMS[system]() as databases:
                found += figures(databases, names, options)
    print(json.dumps([figure.as_json() for figure in found], indent=1) if options.json else table(found))
    return 1 if any(figure.verdict == "short" for figure in found) else 0


def stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Turn SIGTERM into an ordinary exit, so that the cluster is stopped."""
    sys.exit(143)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    try:
        sys.exit(main())
    except PostgresUnavailable as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit(130)
