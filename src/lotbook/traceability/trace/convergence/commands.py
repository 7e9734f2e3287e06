"""``lotbook converge``: what lots with complaints have in common."""

from __future__ import annotations

import argparse
import sys

from rich.console import Console
from rich.table import Table

from lotbook.traceability.trace import present as traces
from lotbook.traceability.trace.convergence import present, queries, subjects
from lotbook.traceability.trace.convergence.rules import KIND_WORDS, VERDICTS, Convergence

TOLD = 15


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "converge", help="what lots with complaints have in common, and others have not"
    )
    parser.add_argument(
        "lots",
        nargs="+",
        metavar="LOT",
        help="a lot with a complaint: number, ITEM:number, id, URI or GS1 string",
    )
    parser.add_argument(
        "--controls", nargs="*", metavar="LOT", help="lots without one (default: comparable lots are taken)"
    )
    parser.add_argument("--as-of", type=int, metavar="SEQUENCE", help="the book as it was at this sequence")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Look for what the lots share, and print it."""
    lots = [lot.id for lot in subjects.lots(options.lots, field="lots")]
    controls = None
    if options.controls is not None:
        controls = [lot.id for lot in subjects.lots(options.controls, field="controls")]
    answer = queries.converge(lots, controls, as_of=options.as_of)
    if options.json:
        print(traces.dumps(present.as_json(answer)))
    else:
        _print(answer)
    return 0


def _print(answer: Convergence) -> None:
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 200)
    console.print(f"[dim]as of sequence {answer.as_of}[/dim]", highlight=False)
    chosen = f"taken from {answer.comparable} comparable lots" if answer.chosen else "as named"
    console.print(
        f"{len(answer.complaints)} complaint lots, {len(answer.controls)} controls ({chosen})",
        highlight=False,
    )
    for warning in answer.warnings:
        console.print(warning, highlight=False)
    table = Table("Hits", "Controls", "Expected", "Ratio", "p", "Judgement", "Cause")
    for group in answer.groups[:TOLD]:
        names = [f"{KIND_WORDS[one.kind]}: {one.label}" for one in group.causes]
        if group.more:
            names.append(f"and {group.more} more that the same lots descend from")
        table.add_row(
            f"{group.hits} of {group.of}",
            f"{group.control_hits} of {group.controls}",
            f"{group.expected:.1f}",
            f"{group.ratio:.1f}",
            f"{group.p:.2g}",
            VERDICTS[group.verdict],
            "\n".join(names),
        )
    console.print(table)
    if len(answer.groups) > TOLD:
        console.print(f"{len(answer.groups) - TOLD} more with --json", highlight=False)
