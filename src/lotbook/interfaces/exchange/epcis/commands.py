"""``lotbook import``: capture files of EPCIS events."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

SYSTEM = "lotbook"


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the room's command."""
    parser = commands.add_parser(
        "import",
        help="capture files of EPCIS 2.0 events (JSON-LD)",
        description="Capture EPCIS 2.0 events: capture documents, query documents, lists of events and single"
        " events, in JSON-LD. A document that is invalid by the standard is refused as a whole; importing a"
        " file again changes nothing. Exit code 1 when a file was refused.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Import every file that can be read; 0 when all were taken, 1 when one was refused, 2 for no file."""
    contents = _read(options.files)
    if contents is None:
        return 2
    results = _capture(contents)
    totals = {
        "captured": sum(outcome.captured for _, outcome in results),
        "duplicates": sum(outcome.duplicates for _, outcome in results),
        "rejected": [
            {"event": fault.event, "problem": fault.problem, "file": str(path)}
            for path, outcome in results
            for fault in outcome.rejected
        ],
        "sequence": max((outcome.sequence for _, outcome in results), default=0) or _last(),
    }
    if options.json:
        print(json.dumps(totals, indent=2, ensure_ascii=False))
    else:
        _print(results, totals)
    return 1 if totals["rejected"] else 0


def _read(files: list[Path]) -> list[Path] | None:
    """The files, or None when one of them cannot be read: then nothing is imported at all."""
    missing = [path for path in files if not path.is_file()]
    for path in missing:
        what = "is a folder, not a file" if path.is_dir() else "does not exist"
        print(f"lotbook import: {path} {what}. Nothing was imported.", file=sys.stderr)
    return None if missing else files


def _capture(files: list[Path]) -> list[tuple[Path, Any]]:
    from lotbook.interfaces.exchange.epcis import actions

    results: list[tuple[Path, Any]] = []
    with _progress(len(files)) as advance:
        for path in files:
            try:
                data = path.read_bytes()
            except OSError as problem:
                unread = actions.Rejection("/", f"The file cannot be read: {problem.strerror}.")
                results.append((path, actions.Outcome(rejected=(unread,))))
                continue
            done = advance(path.name)
            results.append((path, actions.capture(data, source=str(path), actor=SYSTEM, progress=done)))
            advance("")
    return results


@contextmanager
def _progress(files: int) -> Iterator[Any]:
    """A bar of files and one of the events in the present file; on a terminal only, and on stderr."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        all_files = bars.add_task("files", total=files)
        events = bars.add_task("events", total=None)

        def advance(name: str) -> Any:
            if not name:
                bars.advance(all_files)
                return None
            bars.reset(events, description=name[:40], total=None)
            return lambda done, total: bars.update(events, completed=done, total=total)

        yield advance


def _last() -> int:
    from lotbook.interfaces.exchange.epcis import queries

    return queries.last_sequence()


def _print(results: list[tuple[Path, Any]], totals: dict[str, Any]) -> None:
    console = Console()
    table = Table("File", "Captured", "Duplicates", "Result", title=None)
    for path, outcome in results:
        verdict = f"refused: {len(outcome.rejected)} fault(s)" if outcome.rejected else "taken"
        table.add_row(str(path), str(outcome.captured), str(outcome.duplicates), verdict)
    console.print(table)
    if totals["rejected"]:
        faults = Table(
            "File", "Where", "What is wrong", title="Refused documents: nothing of them was captured"
        )
        for fault in totals["rejected"]:
            faults.add_row(fault["file"], fault["event"], fault["problem"])
        console.print(faults)
    console.print(
        f"{totals['captured']} captured, {totals['duplicates']} duplicates, {len(totals['rejected'])} faults;"
        f" the book is at sequence {totals['sequence']}."
    )
