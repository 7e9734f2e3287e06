"""What goes into a run by its recipe: which lot is suggested, and where a line needs a reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from lotbook.kernel.quantity import to_text
from lotbook.operations.production import queries, rules
from lotbook.operations.production.models import Run
from lotbook.traceability.ledger.lines import Reading, Taken
from lotbook.traceability.ledger.rules import Move


def judged(run: Run, taken: Sequence[Taken], reasons: Sequence[str], reading: Reading) -> dict[str, Any]:
    """What the event says about lines that are not as planned; a line that needs a reason is a fault.

    Gives {"issues": [{"item", "lot", "what": […], "reason"}]}, nothing when all is as planned.
    """
    plan = rules.Plan.from_json(run.snapshot)
    if plan is None:
        return {}
    notes = _notes(run, plan, taken)
    told = []
    for index, (row, what, reason) in enumerate(zip(taken, notes, reasons, strict=True)):
        why = reading.text(f"lines/{index}/reason", reason, 500)
        if what and not why:
            cause = f"{' and '.join(what)}."
            reading.fault(f"lines/{index}/reason", cause, "Say why, or take what is suggested.", "reason")
        elif what or why:
            told.append({"item": row.item.code, "lot": row.lot.number, "what": what, "reason": why})
    return {"issues": told} if told else {}


def _notes(run: Run, plan: rules.Plan, taken: Sequence[Taken]) -> list[list[str]]:
    """What is not as planned about each line, in words."""
    shares = queries.shares(run)
    used: dict[int, int] = {}
    scales: dict[int, int] = {}
    for share in shares:
        used[share.item.pk] = used.get(share.item.pk, 0) + share.used
        scales[share.item.pk] = share.item.scale
    outputs = {line.item for line in plan.outputs}
    found: list[list[str]] = []
    suggested = queries.suggested_lots(run, plan, shares)
    for row in taken:
        what: list[str] = []
        found.append(what)
        scales[row.item.pk] = row.item.scale
        used[row.item.pk] = used.get(row.item.pk, 0) + row.quantity
        planned = plan.line_for(row.item.pk)
        if planned is None:
            rework = "is put back in as rework" if row.item.pk in outputs else f"is not in {plan.recipe}"
            what.append(f"{row.item.code} {rework}")
            continue
        line, stands_in = planned
        if stands_in is not None:
            what.append(f"{row.item.code} stands in for {line.code}")
        need = next(n for n in rules.needs(plan, used, scales) if n.line.position == line.position)
        if need.over:
            over = to_text(need.went_in - need.line.quantity, line.scale)
            what.append(f"{over} {line.unit} of {line.code} more than the recipe needs go in")
        first = suggested.get(row.item.pk)
        if first and stands_in is None and row.lot.pk not in first.lots:
            what.append(f"lot {row.lot.number or row.item.code} is not the one suggested ({first.text})")
    return found


def moves_of(run: Run, taken: Sequence[Taken]) -> tuple[list[Move], list[int]]:
    """The movements of lines into a run, and the line of each: first what is reserved for it."""
    moves, at = [], []
    for index, row in enumerate(taken):
        moves.append(Move(row.lot.pk, row.place.pk, run.place_id, row.quantity))
        at.append(index)
    return moves, at


def free(document: UUID, *, actor: str, reason: str) -> int:
    """Give back what is still reserved for a run or an order."""
    return 0
