"""Drills as JSON: the same for the API and the command line."""

from __future__ import annotations

from typing import Any

from lotbook.insights.recall.models import Drill
from lotbook.insights.recall.queries import drills, results
from lotbook.kernel import clock as times


def row(one: Drill) -> dict[str, Any]:
    """A drill in a list."""
    clock = drills.clock_of(one)
    return {
        "id": one.case.uid,
        "number": one.case.number,
        "status": one.case.status,
        "lot": one.case.source,
        "choice": one.choice,
        "seed": one.seed,
        "drawn_from": one.drawn_from,
        "target_s": one.target_s,
        "seconds": clock.seconds,
        "running": clock.running,
        "in_time": clock.within,
        "answers": one.answers,
        "made_up": one.answers == "simulated",
        "started_at": one.case.opened_at,
        "started_by": one.case.opened_by,
        "balance_ppm": one.balance_ppm,
        "lots": one.lots,
        "suppliers": one.suppliers,
        "customers": one.customers,
        "differences": one.differences,
        "signed_at": one.signed_at,
        "signed_by": one.signed_by,
        "signature": one.signature,
    }


def drill(one: Drill) -> dict[str, Any]:
    """A drill with its questions and findings, and whether what was signed is whole."""
    found = drills.intact(one) if one.signed_at is not None else None
    return {
        **row(one),
        "population": one.drawn or None,
        "questions": [results.question(part) for part in one.questions.all()],
        "findings": [
            {
                **results.finding(part),
                "done_at": part.done_at,
                "done_by": part.done_by,
                "done_text": part.done_text,
            }
            for part in one.findings.all()
        ],
        "intact": None if found is None else found.whole,
    }


def result(one: Drill) -> dict[str, Any]:
    """What came of a drill: as it was signed, or as it stands."""
    if one.signed_at is not None:
        kept: dict[str, Any] = one.result
        return {"signed": True, "signature": one.signature, "result": kept}
    return {"signed": False, "signature": "", "result": results.result(one, at=times.now())}
