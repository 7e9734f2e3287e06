"""``lotbook recall list`` and ``lotbook recall show``."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from lotbook.insights.recall import drillcommands, present, queries
from lotbook.insights.recall.queries import checks, notices, pages, reconciling
from lotbook.kernel.quantity import to_text

SHOWN = 40


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the room's commands."""
    parser = commands.add_parser("recall", help="recall cases: what is affected, who got it, how far it is")
    what = parser.add_subparsers(dest="what", required=True)
    listed = what.add_parser("list", help="cases, newest first")
    listed.add_argument("--open", action="store_true", help="only those that are not over")
    listed.add_argument("--json", action="store_true", help="print JSON")
    listed.set_defaults(run=list_cases)
    shown = what.add_parser("show", help="one case with its lots, customers and log")
    shown.add_argument("number", help="number or uid, such as RC-2027-00001")
    shown.add_argument("--json", action="store_true", help="print JSON")
    shown.set_defaults(run=show)
    drillcommands.register(commands)


def list_cases(options: argparse.Namespace) -> int:
    """Print the cases."""
    rows = list(queries.cases(open_only=options.open))
    if options.json:
        _json([present.row(row) for row in rows])
        return 0
    table = Table("Case", "Kind", "Status", "Opened", "What is wrong")
    for row in rows:
        kind, status = row.get_kind_display(), row.get_status_display()
        table.add_row(row.number, kind, status, f"{row.opened_at:%Y-%m-%d %H:%M}", row.reason[:80])
    _console().print(table if rows else "No recall case.")
    return 0


def show(options: argparse.Namespace) -> int:
    """Print one case."""
    found = queries.case(options.number)
    lots, customers = reconciling.lots(found), reconciling.customers(found)
    steps = list(queries.log(found))
    if options.json:
        told = present.whole(found, lots, customers, steps)
        told["points"] = [present.point(one) for one in reconciling.points(found)]
        told["costs"] = [present.cost(one) for one in reconciling.costs(found, lots, customers)]
        told["notices"] = [present.notice(one) for one in notices.notices(found)]
        told["checks"] = [present.check(one) for one in checks.checks(found)]
        told["log_broken_at"] = queries.log_broken_at(found)
        _json(told)
        return 0
    console = _console()
    drill = "DRILL " if found.is_drill else ""
    console.print(f"{drill}{found.number}  {found.get_status_display()}  {found.reason}", highlight=False)
    console.print(f"[dim]as of sequence {found.as_of}, clock {pages.elapsed(found)}[/dim]", highlight=False)
    table = Table(
        "Item", "Lot", "Came", "Here", "Shipped", "Unit", "State", title="Lots", title_justify="left"
    )
    for one in lots[:SHOWN]:
        scale, now = one.lot.item.scale, one.now
        amounts = (to_text(value, scale) for value in (now.came, now.on_hand, now.shipped))
        state = "let go" if one.row.released_at else "on hold" if one.held else "not frozen"
        table.add_row(one.lot.item.code, one.lot.number, *amounts, one.lot.item.unit, state)
    console.print(table)
    if len(lots) > SHOWN:
        console.print(f"and {len(lots) - SHOWN} more: --json has all")
    for customer in customers:
        console.print(
            f"{customer.customer.partner}: {len(customer.deliveries)} lots, {customer.open_count} open"
        )
    how_far = notices.progress(found, notices.plan_of(found))
    if how_far.total:
        counts = ", ".join(f"{count} {status}" for status, count in sorted(how_far.counts.items()))
        first = f"; first one {how_far.first} after the decision" if how_far.first else ""
        answered = f"{how_far.answered} of {how_far.customers} answered"
        console.print(f"Notices: {counts}; {answered}{first}", highlight=False)
    rates = checks.rates(checks.checks(found))
    if rates.planned:
        result = f"; {rates.told} had the notice, {rates.followed} followed it" if rates.done else ""
        console.print(f"Effectiveness checks: {rates.done} of {rates.planned} done{result}", highlight=False)
    for step in steps:
        console.print(f"{step.happened_at:%Y-%m-%d %H:%M} {step.verb} {step.text} [dim]{step.actor}[/dim]")
    return 0


def _console() -> Console:
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else 200)


def _json(told: Any) -> None:
    print(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
