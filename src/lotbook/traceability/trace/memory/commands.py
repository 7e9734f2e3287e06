"""``lotbook what-if``: what would be affected with other suspects."""

from __future__ import annotations

import argparse
import sys

from rich.console import Console
from rich.table import Table

from lotbook.traceability.trace import present as traces
from lotbook.traceability.trace import suspects
from lotbook.traceability.trace.memory import present, queries
from lotbook.traceability.trace.scope import asking, commands, lines
from lotbook.traceability.trace.scope.queries import decided
from lotbook.traceability.trace.suspects import Seeds, Suspects

TOLD = 40


def register(added: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = added.add_parser("what-if", help="what would be affected with other suspects")
    commands.add_suspects(parser)
    told = "a suspect as a line: LOT, 'supplier CODE 2027-03-01..2027-03-03', 'run CODE', 'place CODE'"
    parser.add_argument("--add", action="append", default=[], metavar="LINE", help=f"put in {told}")
    parser.add_argument("--drop", action="append", default=[], metavar="LINE", help=f"leave out {told}")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Compare both, and print what differs."""
    as_of = decided(options.as_of)
    before = suspects.seeds(asking.read(commands.words_of(options)), as_of=as_of)
    drop, add = (
        _seeds(given, field, as_of) for given, field in ((options.drop, "drop"), (options.add, "add"))
    )
    after = Seeds(
        tuple(sorted((set(before.lots) - set(drop.lots)) | set(add.lots))),
        tuple(sorted((set(before.units) - set(drop.units)) | set(add.units))),
    )
    told = present.as_json(queries.what_if(before, after, as_of=as_of))
    if options.json:
        print(traces.dumps(told))
        return 0
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 200)
    sides = (told["before"], told["after"])
    head = Table(
        "", "Suspected now", "What if", title=f"As of sequence {told['as_of']}", title_justify="left"
    )
    for label, name in (
        ("Suspected lots", "suspects"),
        ("Affected lots", "lots"),
        ("Customers", "customers"),
    ):
        head.add_row(label, *(str(one[name]) for one in sides))
    for label, name, key in (
        ("At our places", "quantities", "on_hand"), ("At customers", "quantities", "shipped"),
        ("Standard cost here", "costs", "on_hand"), ("Standard cost at customers", "costs", "shipped"),
    ):  # fmt: skip
        unit = "unit" if name == "quantities" else "currency"
        head.add_row(label, *(", ".join(f"{row[key]} {row[unit]}" for row in one[name]) for one in sides))
    console.print(head)
    for title, rows, name in (("Items", told["items"], "name"), ("Customers", told["customers"], "customer")):
        _print(console, title, rows, name)
    return 0


def _seeds(given: list[str], field: str, as_of: int) -> Seeds:
    return suspects.seeds(lines.read(given, field=field) if given else Suspects(), as_of=as_of)


def _print(console: Console, title: str, rows: list[dict[str, str]], name: str) -> None:
    """The first of the rows; those that differ come first."""
    before, after = ("lots_before", "lots_after") if name == "name" else ("before", "after")
    table = Table("Name", "Now", "What if", "", title=title, title_justify="left")
    for row in rows[:TOLD]:
        unit = "lots" if name == "name" else row["unit"]
        table.add_row(row[name], str(row[before]), str(row[after]), unit)
    console.print(table)
