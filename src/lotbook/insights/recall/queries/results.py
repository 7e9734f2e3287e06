"""What came of a drill, as plain data: what is signed, printed, and told by the API and the command line.

Quantities are decimal text in the item's base unit. Long lists are cut at ``ROWS_MAX`` (differences first),
their counts never are: the files of the case have every row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from lotbook.foundation.catalog.rules import symbol
from lotbook.insights.recall import drillrules
from lotbook.insights.recall.models import Answer, Answers, CaseCustomer, Drill, DrillFinding, DrillQuestion
from lotbook.insights.recall.queries import balance, drills, house, origins, reading
from lotbook.insights.recall.queries.balance import Balanced
from lotbook.insights.recall.queries.reconciling import DeliveryRow
from lotbook.insights.recall.queries.scoping import Account
from lotbook.kernel.quantity import to_text
from lotbook.traceability.trace import scope as traced
from lotbook.traceability.trace.scope.rules import PlaceFacts

ROWS_MAX = 500
PARTS = ("came", "on_hand", "in_transit", "consumed", "shipped", "returned", "lost", "difference")


def result(row: Drill, *, at: datetime) -> dict[str, Any]:
    """All that a drill says, with the clock stopped at ``at``."""
    case = row.case
    rows = balance.drill_rows(case)
    whole = balance.overall(rows)
    back = origins.origins(case)
    seconds = int((at - case.opened_at).total_seconds())
    customers = _customers(row)
    return {
        "company": house.company(),
        "number": case.number,
        "reason": case.reason,
        "choice": _choice(row),
        "target_s": row.target_s,
        "opened_at": case.opened_at.isoformat(),
        "opened_by": case.opened_by,
        "finished_at": at.isoformat(),
        "seconds": seconds,
        "within_target": seconds <= row.target_s,
        "as_of": case.as_of,
        "suspects": [_lot(one) for one in rows if one.row.row.suspect][:ROWS_MAX],
        "timeline": _timeline(row),
        "forward": {
            "lots": whole.lots,
            "customers": len(customers),
            "documents": _documents(customers),
            "sites": _sites(row),
        },
        "backward": {
            "materials": len(back.materials),
            "suppliers": len(back.suppliers),
            "supplies": [_supply(one) for one in back.supplies[:ROWS_MAX]],
            "supplies_count": len(back.supplies),
            "lots": [_material(one) for one in back.materials if not one.suspect][:ROWS_MAX],
        },
        "balance": {
            "ppm": whole.ppm,
            "lots": whole.lots,
            "differences": whole.differing,
            "unexplained": whole.unexplained,
            "rows": [_lot(one) for one in rows[:ROWS_MAX]],
        },
        "customers": customers[:ROWS_MAX],
        "answers": row.answers,
        "made_up": row.answers == Answers.SIMULATED,
        "questions": [question(one) for one in row.questions.all()],
        "findings": [finding(one) for one in row.findings.all()],
        "log": _log(row),
    }  # fmt: skip


def _documents(customers: Sequence[dict[str, Any]]) -> int:
    return len({name for one in customers for part in one["deliveries"] for name in part["documents"]})


def _choice(row: Drill) -> dict[str, Any]:
    stated = drills.population(row)
    return {
        "how": row.choice,
        "seed": row.seed,
        "rule": "smallest SHA-256 of <seed>:<uid of the lot>" if stated else "",
        "population": stated.as_json() if stated else None,
    }


def _timeline(row: Drill) -> list[dict[str, Any]]:
    start = row.case.opened_at
    return [
        {
            "at": step.happened_at.isoformat(),
            "seconds": max(int((step.happened_at - start).total_seconds()), 0),
            "what": step.verb,
            "text": step.text,
            "by": step.actor,
        }
        for step in reading.log(row.case)
    ]


def _lot(one: Balanced) -> dict[str, Any]:
    item, kept = one.lot.item, one.row.row
    return {
        "id": str(one.lot.uid),
        "item": item.code,
        "item_name": item.name,
        "lot": str(one.lot),
        "unit": symbol(item.unit),
        "suspect": kept.suspect,
        **parts(one.account, item.scale),
        "ppm": one.ppm,
        "words": one.words,
        "explanation": kept.explanation,
    }


def parts(account: Account, scale: int) -> dict[str, str]:
    """An account as decimal texts."""
    return {name: to_text(getattr(account, name), scale) for name in PARTS}


def _sites(row: Drill) -> list[dict[str, str]]:
    """What is on hand where, per site and item, as of the scope."""
    seeds = list(row.case.lots.filter(suspect=True).values_list("lot_id", flat=True))
    if not seeds:
        return []
    found = traced.scope(seeds, as_of=row.case.as_of)
    elsewhere = PlaceFacts(0, "", "", "on the way", "transit", 0, True)
    return [
        {
            "site": found.places.get(one.site, elsewhere).name,
            "item": found.items[one.item].code,
            "item_name": found.items[one.item].name,
            "lots": str(one.lots),
            "quantity": to_text(one.quantity, found.items[one.item].scale),
            "unit": symbol(found.items[one.item].unit),
        }
        for one in found.site_totals()
        if one.quantity
    ][:ROWS_MAX]


def _supply(one: origins.Supply) -> dict[str, str]:
    return {
        "supplier": one.supplier,
        "item": one.item.code,
        "item_name": one.item.name,
        "lot": one.number,
        "supplier_lot": one.supplier_lot,
        "quantity": to_text(one.quantity, one.item.scale),
        "unit": symbol(one.item.unit),
        "at": one.at.isoformat(),
        "document": one.document,
    }


def _material(one: origins.Material) -> dict[str, str]:
    return {
        "item": one.item.code,
        "item_name": one.item.name,
        "lot": one.number,
        "came": to_text(one.came, one.item.scale),
        "unit": symbol(one.item.unit),
    }


# -- customers ----------------------------------------------------------------------------------------


def _customers(row: Drill) -> list[dict[str, Any]]:
    """Each customer with what it got, and whether it could be reached."""
    case = row.case
    reached = {one.customer_id: one for one in row.questions.all() if one.customer_id}
    answers: dict[int, Answer] = {}
    for answer in Answer.objects.filter(customer__case=case).order_by("pk").prefetch_related("lines"):
        answers[answer.customer_id] = answer
    rows = case.customers.select_related("partner").prefetch_related("deliveries__lot__item")
    return [
        _customer(one, reached.get(one.pk), answers.get(one.pk))
        for one in rows.order_by("partner__name", "pk")
    ]


def _customer(one: CaseCustomer, asked: DrillQuestion | None, answer: Answer | None) -> dict[str, Any]:
    lines = {line.lot_id: line for line in answer.lines.all()} if answer is not None else {}
    delivered = []
    for kept in sorted(one.deliveries.all(), key=lambda part: (part.lot.item.code, part.lot.number, part.pk)):
        item, line = kept.lot.item, lines.get(kept.lot_id)
        told = line.sold_on + max(line.found, line.destroyed + line.returning) if line is not None else None
        row = DeliveryRow(kept, kept.shipped, kept.returned)
        delivered.append(
            {
                "item": item.code,
                "lot": str(kept.lot),
                "unit": symbol(item.unit),
                "shipped": to_text(row.shipped, item.scale),
                "returned": to_text(row.returned, item.scale),
                "told": None if told is None else to_text(told, item.scale),
                "open": None if told is None else to_text(row.shipped - row.returned - told, item.scale),
                "documents": list(kept.documents),
            }
        )
    return {
        "code": one.partner.code,
        "name": one.partner.name,
        "contact": one.contact,
        "reached": asked.reached if asked is not None else "",
        "asked": asked is not None,
        "answered": answer is not None,
        "answered_at": answer.given_at.isoformat() if answer is not None else None,
        "made_up": answer.simulated if answer is not None else False,
        "deliveries": delivered,
    }


# -- people and findings ------------------------------------------------------------------------------


def question(one: DrillQuestion) -> dict[str, Any]:
    """Who was asked what, and what they said when."""
    return {
        "id": str(one.uid),
        "role": one.role,
        "question": one.question,
        "contact": one.contact,
        "name": one.name,
        "reached": one.reached,
        "answer": one.answer,
        "answered_at": one.answered_at.isoformat() if one.answered_at else None,
        "answered_by": one.answered_by,
    }


def finding(one: DrillFinding) -> dict[str, Any]:
    """What was found wrong, and what is done about it."""
    return {
        "id": str(one.uid),
        "text": one.text,
        "action": one.action,
        "owner": one.owner,
        "due_on": one.due_on.isoformat() if one.due_on else None,
        "written_by": one.written_by,
    }


def _log(row: Drill) -> dict[str, Any]:
    last = row.case.steps.order_by("-index").first()
    return {
        "steps": last.index if last is not None else 0,
        "head": last.digest if last is not None else "",
        "whole": reading.log_broken_at(row.case) is None,
    }


def differences(told: Iterable[dict[str, Any]]) -> Sequence[str]:
    """The differences of a result's lots, each in words."""
    return [
        f"{one['item']} {one['lot']}: {one['difference']} {one['unit']}, {one['words']}"
        f" ({drillrules.percent(one['ppm'])})"
        for one in told
        if one["words"]
    ]
