"""Counts from a file: its columns, and every fault at its row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from lotbook.kernel import sheets
from lotbook.kernel.errors import Fault, Refused
from lotbook.operations.counting import actions
from lotbook.operations.counting.rules import Found

COLUMNS = ("place", "item", "lot", "counted", "unit")
NEEDED = ("place", "counted")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file: its number there, the place, and what was found."""

    number: int
    place: str
    found: Found


def read(data: bytes) -> list[Row]:
    """The rows of a CSV or XLSX file whose first row names ``COLUMNS``; raises Refused for any other."""
    sheet = sheets.read(data, encoding="", known=frozenset(COLUMNS))
    if isinstance(sheet, sheets.Question):
        sheet = sheets.read(data, encoding="cp1252", known=frozenset(COLUMNS))
    if isinstance(sheet, sheets.Question):
        raise Refused(Fault("file", sheet.text, "Save the file as UTF-8 or XLSX."))
    head = [str(cell).strip().lower() for cell in sheet.rows[0]] if sheet.rows else []
    missing = [name for name in NEEDED if name not in head]
    if missing:
        cause = f"the file has no column {' and no column '.join(missing)}."
        raise Refused(Fault("file", cause, f"The first row names the columns: {', '.join(COLUMNS)}."))
    at = {name: head.index(name) for name in COLUMNS if name in head}
    rows = []
    for number, row in sheet.body():
        told = {name: str(row[index]).strip() if index < len(row) else "" for name, index in at.items()}
        rows.append(Row(number, told.pop("place"), Found(**told)))
    return rows


def save(*, count: UUID | str, rows: Sequence[Row], finish: bool, actor: str) -> int:
    """Write the rows down; faults are named by the row of the file, under the field ``file``."""
    try:
        return actions.import_lines(
            count=count, rows=[(row.place, row.found) for row in rows], finish=finish, actor=actor
        )
    except Refused as refusal:
        raise type(refusal)([_at_row(fault, rows) for fault in refusal.faults]) from None


def _at_row(fault: Fault, rows: Sequence[Row]) -> Fault:
    parts = fault.field.split("/")
    if len(parts) > 2 and parts[1].isdigit() and int(parts[1]) < len(rows):
        cause = f"row {rows[int(parts[1])].number}, {parts[2]}: {fault.cause}"
        return Fault("file", cause, fault.remedy, fault.code)
    return Fault("file", fault.cause, fault.remedy, fault.code)
