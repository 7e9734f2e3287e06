"""``lotbook opening-stock``: the stock a company starts with, from a file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import orjson

from lotbook.interfaces.onboarding import actions
from lotbook.kernel import sheets
from lotbook.kernel.columns import DATE_ORDERS, DECIMALS
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.progress import bar


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the room's commands."""
    parser = commands.add_parser("opening-stock", help="import the stock you start with from CSV or XLSX")
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--dry-run", action="store_true", help="say what it would do, save nothing")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--encoding", choices=list(sheets.ENCODINGS), help="when the file is not UTF-8")
    parser.add_argument("--decimal", choices=list(DECIMALS), help="what stands before the decimals")
    parser.add_argument("--date-order", choices=list(DATE_ORDERS), help="how to read 03/12/2027")
    parser.add_argument("--place", metavar="CODE", help="where goods are whose row names no place")
    parser.add_argument("--site", metavar="CODE", help="the site new places belong to")
    parser.add_argument("--on", metavar="DATE", help="the day of the opening stock (default: now)")
    parser.add_argument(
        "--create", action="append", choices=list(actions.CREATE), help="make what is unknown; repeat"
    )
    parser.set_defaults(run=opening_stock)


def opening_stock(options: argparse.Namespace) -> int:
    """Import a file, or with ``--dry-run`` look at it: 0 fine, 1 faults or open questions, 2 no such file."""
    try:
        # One byte more than is taken is enough to tell that a file is too large.
        with options.file.open("rb") as file:
            data = file.read(sheets.FILE_MAX + 1)
    except OSError as problem:
        print(f"lotbook: {options.file}: {problem.strerror}.", file=sys.stderr)
        return 2
    answers = _answers(options)
    if options.dry_run:
        with bar("Reading"):
            seen = actions.look(filename=options.file.name, data=data, options=answers)
        return _look(options, seen, answers)
    try:
        with bar("Importing"):
            result = actions.import_file(
                actor="lotbook", filename=options.file.name, data=data, options=answers
            )
    except Refused as refusal:
        return _say(options, {"imported": 0, "already": False, "sequence": None, **_told(refusal.faults)}, 1)
    imported = 0 if result.already else result.row_count
    report = {"imported": imported, "already": result.already, "sequence": result.sequence, **_told(())}
    return _say(options, report, 0)


def _answers(options: argparse.Namespace) -> dict[str, Any]:
    names = ("encoding", "decimal", "date_order", "place", "site", "on", "create")
    return {name: value for name in names if (value := getattr(options, name))}


def _look(options: argparse.Namespace, seen: actions.Preview, answers: dict[str, Any]) -> int:
    asked = [
        Fault(question.name, question.text, _choices(question), "question") for question in seen.questions
    ]
    unknown = [
        Fault("", f"new {name}: {', '.join(texts[:20])}.", f"Allow them with --create {name}.", "unknown")
        for name, texts in (
            ("items", seen.new_items),
            ("places", seen.new_places),
            ("suppliers", seen.new_suppliers),
        )
        if texts and name not in answers.get("create", [])
    ]
    report = {
        "imported": 0,
        "already": seen.already is not None,
        "sequence": seen.already.sequence if seen.already else None,
        "rows": seen.row_count,
        "lots": seen.lot_count,
        **_told([*asked, *unknown, *seen.faults]),
    }
    return _say(options, report, 0 if seen.ready or seen.already else 1)


def _choices(question: sheets.Question) -> str:
    option = question.name.replace("_", "-")
    return " or ".join(f"--{option} {value} ({text})" for value, text in question.choices) + "."


def _told(faults: Any) -> dict[str, Any]:
    return {
        "faults": [
            {"where": fault.field, "cause": fault.cause, "remedy": fault.remedy, "code": fault.code}
            for fault in faults[: actions.FAULTS_SHOWN]
        ]
    }


def _say(options: argparse.Namespace, report: dict[str, Any], code: int) -> int:
    if options.json:
        print(orjson.dumps(report, option=orjson.OPT_INDENT_2).decode())
        return code
    for fault in report["faults"]:
        print("lotbook: " + str(Fault(fault["where"], fault["cause"], fault["remedy"])), file=sys.stderr)
    if report["already"]:
        print("This file is in the book already; nothing was changed.")
    elif options.dry_run:
        print(f"{report['rows']} rows, {report['lots']} lots. Nothing was saved.")
    elif code:
        print("Nothing was saved.", file=sys.stderr)
    else:
        print(f"{report['imported']} rows are in the book.")
    return code
