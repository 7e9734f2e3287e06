"""``lotbook check`` and ``lotbook stock``."""

from __future__ import annotations

import argparse
import sys

import orjson
from rich.console import Console
from rich.table import Table

from lotbook.kernel.clock import written
from lotbook.kernel.progress import bar
from lotbook.kernel.quantity import to_text
from lotbook.traceability.ledger import queries
from lotbook.traceability.ledger.check import Report
from lotbook.traceability.ledger.check import check as check_book


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the room's commands."""
    check_ = commands.add_parser(
        "check", help="rebuild every derived table from the events and name differences"
    )
    check_.add_argument("--json", action="store_true", help="print JSON")
    check_.set_defaults(run=check)
    stock_ = commands.add_parser("stock", help="how much of what is where")
    stock_.add_argument("--item", metavar="CODE", help="only this item")
    stock_.add_argument("--all", action="store_true", help="places outside too: who has what")
    stock_.add_argument("--json", action="store_true", help="print JSON")
    stock_.set_defaults(run=stock)


def check(options: argparse.Namespace) -> int:
    """Check the book: exit 0 when all is as the events say, 1 with findings."""
    with bar("Checking") as told:
        report = check_book(told)
    if options.json:
        print(orjson.dumps(report.as_json(), option=orjson.OPT_INDENT_2, default=str).decode())
    else:
        show(report)
    return 1 if report.findings else 0


def show(report: Report) -> None:
    """Print a report for people."""
    console = wide()
    if not report.findings:
        console.print(
            f"Checked {report.events} events and {report.movements} movements: everything is as they say.",
            highlight=False,
        )
        return
    table = Table(
        "Table", "Lot", "Place", "Expected", "Found", "What", title="Differences", title_justify="left"
    )
    for one in report.findings:
        what = f"{one.problem} ({one.event})" if one.event else one.problem
        table.add_row(
            one.table, " ".join(one.lot).strip(), one.place, _shown(one.expected), _shown(one.found), what
        )
    console.print(table)
    console.print(
        f"{len(report.findings)} differences in {report.events} events. Somebody wrote past the ledger's door:"
        " keep this copy, and compare it with the last backup that checks.",
        highlight=False,
    )


def _shown(value: object) -> str:
    return "" if value is None else str(value)


def stock(options: argparse.Namespace) -> int:
    """Print what stands where."""
    rows = queries.balances(own=None if options.all else True, item_code=options.item)
    expiries = queries.expiries({row.lot for row in rows})
    if options.json:
        print(
            orjson.dumps(
                [
                    {
                        "item": row.item_code,
                        "lot": row.number,
                        "place": row.place_code,
                        "on_hand": orjson.Fragment(to_text(row.on_hand, row.scale).encode()),
                        "reserved": orjson.Fragment(to_text(row.reserved, row.scale).encode()),
                        "unit": row.unit,
                        "expires_on": expires.isoformat() if (expires := expiries.get(row.lot)) else None,
                        "own": row.own,
                    }
                    for row in rows
                ],
                option=orjson.OPT_INDENT_2,
            ).decode()
        )
        return 0
    table = Table("Item", "Lot", "Place", "Expires", title="Stock", title_justify="left")
    table.add_column("On hand", justify="right")
    table.add_column("Reserved", justify="right")
    table.add_column("Unit")
    for row in rows:
        table.add_row(
            row.item_name,
            row.number,
            row.place_name or row.place_code,
            written(expiries.get(row.lot)),
            to_text(row.on_hand, row.scale),
            to_text(row.reserved, row.scale) if row.reserved else "",
            row.unit,
        )
    wide().print(table if rows else "Nothing is in stock.")
    return 0


def wide() -> Console:
    """Standard output; wide enough for whole tables where it is not a terminal."""
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else 200)
