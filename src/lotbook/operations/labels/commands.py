"""``lotbook label`` and ``lotbook print-jobs``."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from lotbook.kernel.errors import Fault, Refused

PAUSE_S = 2.0


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``label`` and ``print-jobs``."""
    parser = commands.add_parser(
        "label", help="write the label of a lot, item, unit, place or command to a file"
    )
    parser.add_argument("what", choices=("lot", "serial", "item", "unit", "place", "command"))
    parser.add_argument(
        "name", help="uid; a lot's number, an item's or place's code, an SSCC; confirm, quantity:5"
    )
    parser.add_argument("--to", metavar="FILE", required=True, help="a file that ends in .pdf or .zpl")
    parser.add_argument("--copies", type=int, default=1, metavar="N")
    parser.add_argument("--design", default="", metavar="NAME")
    parser.add_argument("--size", default="", metavar="SIZE", help="such as 100x50 or a4-24")
    parser.add_argument(
        "--start", type=int, default=1, metavar="N", help="first label of a sheet that is there"
    )
    parser.add_argument("--dpi", type=int, choices=(203, 300), default=203, help="of the ZPL printer")
    parser.set_defaults(run=label)
    worker = commands.add_parser("print-jobs", help="hand print jobs to label printers")
    worker.add_argument("--once", action="store_true", help="only what is due now")
    worker.set_defaults(run=print_jobs)


def label(options: argparse.Namespace) -> int:
    """Write a label; what was printed is on record like every other."""
    from lotbook.operations.labels import actions, queries

    path = Path(options.to)
    if path.suffix not in (".pdf", ".zpl"):
        raise Refused(Fault("to", f"expected a file ending in .pdf or .zpl, got {path.name!r}.", "Name one."))
    size = options.size or (
        "" if path.suffix == ".pdf" else "100x150" if options.what == "unit" else "100x50"
    )
    job = actions.print_label(
        what=options.what, subject=queries.uid_of(options.what, options.name), copies=options.copies,
        actor="system:command line", printer="pdf", design=options.design, size=size,
    )  # fmt: skip
    if path.suffix == ".pdf":
        path.write_bytes(queries.pdf_of(job, start=max(options.start, 1)))
    else:
        path.write_text(queries.zpl_of(job, options.dpi), encoding="utf-8")
    print(f"{path}: {job.copies} × {job.words}", file=sys.stdout)
    return 0


def print_jobs(options: argparse.Namespace) -> int:
    """Hand over what is due; without ``--once`` until it is stopped."""
    from django.db import close_old_connections

    from lotbook.operations.labels import worker

    if options.once:
        print(f"{worker.run_due()} tried", file=sys.stdout)
        return 0
    while True:
        worker.run_due()
        close_old_connections()
        time.sleep(PAUSE_S)
