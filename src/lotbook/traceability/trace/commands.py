"""``lotbook trace``: where did this come from, where did it go."""

from __future__ import annotations

import argparse
import sys

from rich.console import Console
from rich.table import Table

from lotbook.kernel.clock import written
from lotbook.kernel.errors import Fault, NotFound, Refused
from lotbook.kernel.quantity import to_text
from lotbook.traceability.trace import present, queries
from lotbook.traceability.trace.convergence import commands as convergence
from lotbook.traceability.trace.exposure import commands as exposure
from lotbook.traceability.trace.gaps import commands as gaps
from lotbook.traceability.trace.memory import commands as memory
from lotbook.traceability.trace.rules import DIRECTIONS, Subject, Trace
from lotbook.traceability.trace.scope import commands as scopes


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the room's commands."""
    parser = commands.add_parser("trace", help="where a lot, serial or logistic unit came from and went")
    parser.add_argument(
        "id", help="lot number, serial, GTIN, SSCC, Digital Link, EPC URN or any URI in the book"
    )
    parser.add_argument("--direction", choices=DIRECTIONS, default="both")
    parser.add_argument("--as-of", type=int, metavar="SEQUENCE", help="the book as it was at this sequence")
    parser.add_argument("--item", metavar="CODE", help="which item, when several have a lot of this number")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)
    convergence.register(commands)
    gaps.register(commands)
    scopes.register(commands)
    exposure.register(commands)
    memory.register(commands)


def run(options: argparse.Namespace) -> int:
    """Trace what was named, or say what it could be."""
    found = queries.resolve(options.id)
    if options.item:
        found = [one for one in found if one.item == options.item]
    if not found:
        raise NotFound(Fault("id", f"the book knows nothing named {options.id}.", "Check the number."))
    if len(found) > 1:
        raise Refused(
            Fault(
                "id",
                f"{options.id} names {len(found)} things: {_choices(found)}.",
                "Add --item or give its URI.",
            )
        )
    answer = queries.trace(found[0], options.direction, as_of=options.as_of)
    if options.json:
        print(present.dumps(present.as_json(answer)))
    else:
        _print(answer)
    return 0


def _choices(found: list[Subject]) -> str:
    return "; ".join(
        f"{one.item} {one.number}".strip()
        + (f" (expires {written(one.expires_on)})" if one.expires_on else "")
        for one in found[:10]
    )


def _print(answer: Trace) -> None:
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 200)
    subject = answer.subject
    console.print(
        f"{subject.item_name or subject.kind} {subject.number}  [dim]{subject.uri}[/dim]", highlight=False
    )
    console.print(f"[dim]as of sequence {answer.as_of}[/dim]", highlight=False)
    lots = Table("Side", "Depth", "Item", "Lot", "Quantity", "Unit", title="Lots", title_justify="left")
    for lot in answer.lots:
        quantity = "" if lot.quantity is None else to_text(lot.quantity, lot.scale)
        lots.add_row(lot.side, str(lot.depth), lot.item_name or lot.item, lot.lot, quantity, lot.unit)
    console.print(lots)
    for title, partners in (("Suppliers", answer.suppliers), ("Customers", answer.customers)):
        table = Table("Name", "Lots", "Quantity", title=title, title_justify="left")
        for partner in partners:
            amounts = ", ".join(f"{to_text(q, scale)} {unit}" for unit, q, scale in partner.quantities)
            table.add_row(partner.name, str(partner.lots), amounts)
        if partners:
            console.print(table)
    if answer.units:
        console.print("Logistic units: " + ", ".join(unit.sscc or unit.code for unit in answer.units))
    events = Table("Sequence", "When", "What", "Where", "Id", title="Events", title_justify="left")
    for event in answer.events:
        events.add_row(
            str(event.sequence), f"{event.occurred_at:%Y-%m-%d %H:%M}", event.kind, event.place, event.id
        )
    console.print(events)
