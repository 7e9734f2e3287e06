"""``lotbook replenish``: what is below its minimum level."""

from __future__ import annotations

import argparse

import orjson
from rich.console import Console
from rich.table import Table

from lotbook.kernel.clock import written
from lotbook.kernel.quantity import to_text
from lotbook.operations.transfers.queries import replenishing


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``replenish``."""
    parser = commands.add_parser(
        "replenish", help="what is below its minimum level, and how much fills it up"
    )
    parser.add_argument("--place", metavar="CODE", default="", help="only at this place and below it")
    parser.add_argument("--item", metavar="TEXT", default="", help="only items with this in code or name")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=replenish)


def replenish(options: argparse.Namespace) -> int:
    """List what is below; exit 1 when anything is, so that a script can tell."""
    rows = replenishing.below(place=options.place, text=options.item)
    if options.json:
        print(orjson.dumps([as_json(row) for row in rows], option=orjson.OPT_INDENT_2).decode())
    elif not rows:
        print("Nothing is below its minimum.")
    else:
        Console().print(_table(rows))
    return 1 if rows else 0


def as_json(row: replenishing.Below) -> dict[str, str | None]:
    """A suggestion for programs; quantities are decimal texts in ``unit``."""
    level, scale = row.level, row.level.item.scale
    return {
        "item": level.item.code,
        "place": level.place.code,
        "minimum": to_text(level.minimum, scale),
        "maximum": to_text(level.maximum, scale),
        "free": to_text(row.free, scale),
        "in_transit": to_text(row.in_transit, scale),
        "asked": to_text(row.asked, scale),
        "suggested": to_text(row.suggested, scale),
        "unit": level.item.unit,
        "source": level.source.code if level.source else None,
        "supplier": level.supplier.code if level.supplier else None,
        "there_on": row.there_on.isoformat(),
    }


def _table(rows: list[replenishing.Below]) -> Table:
    table = Table("Item", "At", "Free", "In transit", "Asked", "At least", "Suggested", "From", "There")
    for row in rows:
        one = as_json(row)
        table.add_row(
            one["item"], one["place"], one["free"], one["in_transit"], one["asked"], one["minimum"],
            f"{one['suggested']} {one['unit']}", one["source"] or one["supplier"] or "–",
            written(row.there_on),
        )  # fmt: skip
    return table
