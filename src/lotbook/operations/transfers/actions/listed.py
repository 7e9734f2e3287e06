"""Stock requests from a CSV or XLSX file: all of them, or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from lotbook.kernel.columns import Columns, Line, Table
from lotbook.kernel.errors import Fault, Refused
from lotbook.operations.transfers.actions.levels import LINES, text_of
from lotbook.operations.transfers.actions.requests import create
from lotbook.operations.transfers.models import StockRequest
from lotbook.operations.transfers.rules import Wanted

HEAD = ("destination", "source", "needed_on", "reason")
COLUMNS = Columns(
    {
        "request": ("request", "reference"),
        "destination": ("needed at", "destination", "to"),
        "source": ("from", "source"),
        "needed_on": ("needed on", "needed by", "due"),
        "reason": ("reason", "purpose"),
        **LINES.names,
    },
    dates=("needed_on",),
    numbers=LINES.numbers,
    text_max={"request": 60, "reason": 2000, **LINES.text_max},
    needed=(("destination",), *LINES.needed),
)
REQUESTS_MAX = 2_000


@transaction.atomic
def import_requests(
    *, data: bytes, actor: str, answers: Mapping[str, str] | None = None, ask: bool = False
) -> list[StockRequest]:
    """Write the requests of a file down (and ``ask`` for them): one row is one line.

    Rows with the same mark in ``request`` (without one: with the same place, source, day and reason) make
    one request. Raises Refused with every fault by row and column, or with what has to be answered first.
    """
    table = COLUMNS.read(data, answers or {}).checked()
    groups: dict[tuple[Any, ...], list[Line]] = {}
    for line in table.lines:
        mark = line.get("request")
        groups.setdefault((mark,) if mark else ("", *map(line.get, HEAD)), []).append(line)
    if len(groups) > REQUESTS_MAX:
        cause = f"the file has {len(groups)} requests, at most {REQUESTS_MAX} are taken at once."
        raise Refused(Fault("file", cause, "Split it.", "too_large"))
    faults = [fault for lines in groups.values() for fault in _against_first(table, lines)]
    made = []
    for lines in groups.values():
        try:
            with transaction.atomic():
                made.append(_create(lines, actor, ask=ask))
        except Refused as refusal:
            faults += [_by_row(fault, table, lines) for fault in refusal.faults]
    if faults:
        raise Refused(faults)
    return made


def _create(lines: Sequence[Line], actor: str, *, ask: bool) -> StockRequest:
    head = lines[0]
    needed_on: date | None = head.values.get("needed_on")
    return create(
        destination=head.get("destination"),
        source=head.get("source"),
        needed_on=needed_on,
        reason=head.get("reason"),
        lines=[Wanted(**{name: text_of(line.get(name)) for name in LINES.names}) for line in lines],
        ask=ask,
        actor=actor,
    )


def _against_first(table: Table, lines: Sequence[Line]) -> list[Fault]:
    """Where a later row of a request says something else than its first."""
    first = lines[0]
    return [
        Fault(
            table.at(line.row, name),
            f"{str(line.get(name))[:60]!r} here, {str(first.get(name))[:60]!r} in row {first.row}.",
            "Make them the same, or give the requests different marks.",
        )
        for line in lines[1:]
        for name in HEAD
        if line.get(name) and line.get(name) != first.get(name)
    ]


def _by_row(fault: Fault, table: Table, lines: Sequence[Line]) -> Fault:
    parts = fault.field.split("/")
    line, name = lines[0], parts[0]
    if name == "lines" and len(parts) > 1 and parts[1].isdigit():
        line, name = lines[min(int(parts[1]), len(lines) - 1)], parts[2] if len(parts) > 2 else "item"
    return Fault(table.at(line.row, name), fault.cause, fault.remedy, fault.code)
