"""Convergence as JSON: the same for the command line and the API."""

from __future__ import annotations

from typing import Any

from lotbook.traceability.trace.convergence.rules import Cause, Convergence, Group, Lot

DIGITS = 6


def as_json(answer: Convergence) -> dict[str, Any]:
    """The answer as plain values; ``p`` and ``ratio`` as rounded numbers, lots by uid."""
    lots = [*answer.complaints, *answer.controls]
    return {
        "as_of": answer.as_of,
        "complaints": [lot(one) for one in answer.complaints],
        "controls": [lot(one) for one in answer.controls],
        "controls_chosen": answer.chosen,
        "comparable": answer.comparable,
        "compared": answer.compared,
        "least_p": rounded(answer.least_p),
        "warnings": answer.warnings,
        "causes": [_group(group, rank, lots) for rank, group in enumerate(answer.groups, start=1)],
    }


def lot(one: Lot) -> dict[str, Any]:
    """A lot of the question."""
    return {"id": one.uid, "item": one.item, "lot": one.number}


def _group(group: Group, rank: int, lots: list[Lot]) -> dict[str, Any]:
    return {
        "rank": rank,
        "hits": group.hits,
        "of": group.of,
        "control_hits": group.control_hits,
        "controls": group.controls,
        "expected": rounded(group.expected),
        "ratio": rounded(group.ratio),
        "p": rounded(group.p),
        "p_all": rounded(group.p_all),
        "verdict": group.verdict,
        "same": [_cause(one) for one in group.causes],
        "more": group.more,
        "hit": [lots[place].uid for place in sorted(group.descend) if place < group.of],
    }


def _cause(one: Cause) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "key": one.key,
        "name": one.label,
        "detail": one.detail,
        "steps": one.steps,
        "id": one.uid or None,
    }


def rounded(value: float) -> float:
    """A figure with six significant digits: what follows is noise."""
    return float(f"{value:.{DIGITS}g}")
