"""``lotbook exposure`` and ``lotbook what-if``: which share is suspect, and what changes with other suspects."""

from __future__ import annotations

import argparse
import sys
from itertools import islice

from rich.console import Console
from rich.table import Table

from lotbook.kernel.quantity import to_text
from lotbook.traceability.trace import present as traces
from lotbook.traceability.trace import suspects
from lotbook.traceability.trace.exposure import present, queries, words
from lotbook.traceability.trace.exposure.queries import READINGS
from lotbook.traceability.trace.scope import asking, commands
from lotbook.traceability.trace.scope.queries import decided

TOLD = 40


def register(added: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = added.add_parser("exposure", help="which share of each affected lot stems from suspects")
    commands.add_suspects(parser)
    parser.add_argument(
        "--reading", choices=READINGS, default="reach",
        help="reach: everything that may be affected (of a recall); replay: by the times of the events",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print JSON, all lots of it")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Work the shares out, and print them."""
    as_of = decided(options.as_of)
    seeds = suspects.seeds(asking.read(commands.words_of(options)), as_of=as_of)
    found = queries.exposure(seeds.lots, units=seeds.units, as_of=as_of, reading=options.reading)
    if options.json:
        print(traces.dumps(present.as_json(found, len(seeds.lots), 0, len(found.lots))))
        return 0
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 200)
    console.print(
        f"{words.READINGS[found.reading]}: {len(found.lots)} lots affected by {len(seeds.lots)} suspects, as of "
        f"sequence {found.as_of}",
        highlight=False,
    )
    for remark in words.remarks(found):
        console.print(remark, highlight=False)
    lots = Table("Item", "Lot", "Share", title="Lots", title_justify="left")
    for one in present.lots(found, 0, TOLD):
        lots.add_row(one["item"], one["lot"], words.share(one["share"], one["bound"]))
    console.print(lots)
    if len(found.lots) > TOLD:
        console.print(f"{len(found.lots) - TOLD} more with --json", highlight=False)
    customers = Table("Name", "Lots", "Got", "Suspect", "Unit", title="Customers", title_justify="left")
    for customer in islice(found.customers, TOLD):
        amounts = [to_text(part, customer.scale) for part in (customer.quantity, customer.suspect)]
        customers.add_row(customer.name, str(customer.lots), *amounts, customer.unit)
    console.print(customers)
    return 0
