"""Exposure in words: what a reading assumes, what is to be said of an answer, and lots by their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lotbook.kernel import sql
from lotbook.traceability.trace import engine
from lotbook.traceability.trace.exposure.queries import Exposure

READINGS = {"reach": "Everything that may be affected", "replay": "By the times of the events"}
CHOICES = {**READINGS, "both": "Both side by side"}
ASSUMES = {
    "reach": "Nothing is assumed of times: whatever a run made has something of whatever went into it. A recall "
    "takes this one; a wrong clock cannot make it smaller.",
    "replay": "The times of events are taken as true, and every lot at a place and every run as always perfectly "
    "mixed. It says where to look first; which lots are recalled it does not decide.",
}


@dataclass(frozen=True, slots=True)
class NamedLot:
    """A lot as lists show it."""

    uid: str
    item: str
    item_name: str
    number: str


def lots(keys: Sequence[int]) -> dict[int, NamedLot]:
    """Lots by key: one statement."""
    if not keys:
        return {}
    rows = sql.rows(
        f"SELECT l.id, l.uid, i.code, i.name, l.number FROM {engine.listed()} k"
        " JOIN lots_lot l ON l.id = k.key JOIN catalog_item i ON i.id = l.item_id",
        [engine.keys(list(keys))],
    )
    return {row[0]: NamedLot(str(sql.to_uid(row[1])), *row[2:]) for row in rows}


def share(value: float, bound: bool = False) -> str:
    """A share as people read it; small ones are not hidden, and no part reads as all.

    >>> share(1.0), share(0.34), share(0.5, True), share(0.00002), share(0.0), share(0.9999)
    ('all of it', '34 %', 'at most 50 %', 'less than 0.1 %', 'none', '99.9 %')
    """
    if value <= 0:
        return "none"
    if value < 0.001:
        return "less than 0.1 %"
    if value >= 1 - 1e-9:
        return "at most all of it" if bound else "all of it"
    text = f"{min(value * 100, 99.9):.1f}".removesuffix(".0")
    return f"at most {text} %" if bound else f"{text} %"


def remarks(answer: Exposure) -> list[str]:
    """What has to be said of an answer: its assumption, what was not measured, times that contradict."""
    found = [ASSUMES[answer.reading]]
    if bounds := int(answer.bounds.sum()):
        many = f"{bounds:,} lots have" if bounds > 1 else "One lot has"
        found.append(
            f"{many} something on the way that was not measured (pieces without a net weight, inputs without a "
            "quantity): the share is told as “at most”, the true one is this or less."
        )
    if answer.contradictions:
        times = f"{answer.contradictions:,} times" if answer.contradictions > 1 else "Once"
        found.append(
            f"{times} more left a place than had come by then: the times contradict each other there, and what is "
            "missing got the share of the other reading."
        )
    if not answer.settled:
        found.append("Circles of rework did not come to rest: the shares in them are not exact.")
    return found
