"""``lotbook gaps``: where the book has gaps."""

from __future__ import annotations

import argparse
import sys
from datetime import date

from rich.console import Console
from rich.table import Table

from lotbook.traceability.trace import present as traces
from lotbook.traceability.trace.gaps import forms, nightly, present, queries
from lotbook.traceability.trace.gaps.rules import KINDS, Gap, Report


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser("gaps", help="where the book has gaps, and a score per site")
    parser.add_argument("--kind", choices=list(KINDS), default="")
    parser.add_argument("--site", default="", metavar="NAME")
    parser.add_argument("--since", type=date.fromisoformat, metavar="DAY", help="recorded from that day on")
    parser.add_argument("--as-of", type=int, metavar="SEQUENCE", help="the book as it was at this sequence")
    parser.add_argument("--tell", action="store_true", help="also keep the scores, as every night")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Look for gaps and print them."""
    report = queries.report(since=options.since, as_of=options.as_of)
    if options.tell:
        nightly.tell(report)
    filters = forms.Filters(options.kind, options.site)
    gaps = [one for one in report.gaps if filters.passes(one)]
    if options.json:
        print(traces.dumps(present.as_json(report, gaps)))
    else:
        _print(report, gaps)
    return 0


def _print(report: Report, gaps: list[Gap]) -> None:
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 200)
    console.print(f"[dim]as of sequence {report.as_of}[/dim]", highlight=False)
    scores = Table("Site", "Without gaps", "Looked at", "Gaps")
    for one in report.scores:
        scores.add_row(one.name, f"{one.percent:.1f} %", str(one.looked_at), str(one.gaps))
    console.print(scores)
    table = Table("Kind", "Name", "What", "Site")
    for gap in gaps:
        table.add_row(gap.words, gap.label, gap.sentence, gap.site_name)
    console.print(table if gaps else "No gaps.")
