"""``lotbook scope``: everything affected by what is suspected."""

from __future__ import annotations

import argparse
import sys

from rich.console import Console
from rich.table import Table

from lotbook.kernel.quantity import to_text
from lotbook.traceability.trace import present as traces
from lotbook.traceability.trace.scope import asking, present, queries
from lotbook.traceability.trace.scope.rules import COST_SCALE, Scope

TOLD = 40
_MANY = (
    ("lot", "a lot or serial: number, id, URI or scan"),
    ("unit", "a logistic unit: whatever was ever in it"),
    ("supplier", "a supplier: what it delivered (--from, --until)"),
    ("run", "a run by its code: what it made"),
    ("place", "a place or line: what was there or was made there (--from, --until)"),
    ("without", "a lot taken off again"),
)


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser("scope", help="everything affected by suspects: where it is, who got it")
    add_suspects(parser)
    parser.add_argument("--back", action="store_true", help="upstream: what the suspects were made from")
    parser.add_argument("--json", action="store_true", help="print JSON, all lots of it")
    parser.set_defaults(run=run)


def add_suspects(parser: argparse.ArgumentParser) -> None:
    """Let a command take suspects, and a sequence."""
    for name, told in _MANY:
        parser.add_argument(
            f"--{name}", action="append", default=[], dest=f"{name}_named", metavar=name.upper(), help=told
        )
    parser.add_argument("--from", dest="since", default="", metavar="TIME", help="a day, or an ISO time")
    parser.add_argument("--until", default="", metavar="TIME", help="a day (all of it), or an ISO time")
    parser.add_argument("--query", default="", help="words of the search of lots")
    parser.add_argument("--as-of", type=int, metavar="SEQUENCE", help="the book as it was at this sequence")


def words_of(options: argparse.Namespace) -> dict[str, list[str]]:
    """The suspects of a command line, as ``asking.read`` takes them."""
    words: dict[str, list[str]] = {name: getattr(options, f"{name}_named") for name, _ in _MANY}
    words.update({"from": [options.since], "until": [options.until], "query": [options.query]})
    return words


def run(options: argparse.Namespace) -> int:
    """Work the scope out, and print it."""
    found = queries.scope(asking.read(words_of(options)), as_of=options.as_of, forward=not options.back)
    if options.json:
        print(traces.dumps(present.as_json(found)))
    else:
        _print(found)
    return 0


def _print(found: Scope) -> None:
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 200)
    console.print(
        f"{len(found.lots)} lots affected by {len(found.seeds)} suspects, as of sequence {found.as_of}",
        highlight=False,
    )
    names = ("came", "on_hand", "in_transit", "consumed", "shipped", "lost", "difference", "returned")
    heads = [name.replace("_", " ").capitalize() for name in names]
    items = Table("Item", "Lots", *heads, "Unit", title="Items", title_justify="left")
    for total in found.item_totals():
        facts = found.items[total.item]
        amounts = [to_text(total.account[name], facts.scale) for name in names]
        items.add_row(facts.name, str(total.lots), *amounts, facts.unit)
    console.print(items)
    partners = Table("Name", "Item", "Lots", "Received", "Shipped", "Returned", "Sent back", title="Partners")
    for one in found.partner_totals():
        facts = found.items[one.item]
        sums = [to_text(sum_, facts.scale) for sum_ in one[3:]]
        partners.add_row(found.partners[one.partner].name, facts.name, str(one.lots), *sums)
    console.print(partners)
    for currency, cost in found.costs().items():
        ours = to_text(cost["on_hand"] + cost["in_transit"], COST_SCALE)
        console.print(f"At standard cost: {ours} {currency} in stock", highlight=False)
    _print_lots(console, found)


def _print_lots(console: Console, found: Scope) -> None:
    part, following = queries.page(found, limit=TOLD)
    lots = Table("Item", "Lot", "Status", "Came in", "Where", title="Lots", title_justify="left")
    for row in queries.rows(found, part):
        facts = found.items[row.item]
        where = ", ".join(
            f"{to_text(one.quantity, facts.scale)} {found.places[one.place].code}" for one in row.places
        )
        came = f"{to_text(row.account['came'], facts.scale)} {facts.unit}"
        lots.add_row(facts.name, row.number, row.status, came, where)
    console.print(lots)
    if following is not None:
        console.print(f"{len(found.lots) - TOLD} more with --json", highlight=False)
