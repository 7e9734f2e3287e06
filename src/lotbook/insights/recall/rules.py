"""What may be done in a case at which point, how its log is chained, and what a recall may decide. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lotbook.foundation.approvals.rules import digest

DECISIONS: Mapping[str, str] = {
    "recall": "Call the goods back from customers",
    "withdrawal": "Take the goods out of trade",
    "internal": "Block only what we still have",
}
"""What may be decided; that nothing is wrong after all is calling the case off."""

CLASSES: Mapping[str, str] = {
    "I": "Class I: may cause serious harm or death",
    "II": "Class II: may cause temporary harm",
    "III": "Class III: is not likely to cause harm",
}
"""Classes of 21 CFR 7.3(m); own words may stand in their place."""

SOURCES: Mapping[str, str] = {
    "lot": "a lot",
    "complaint": "a complaint",
    "inspection": "a failed inspection",
    "trace": "a trace",
}
READINGS: Mapping[str, str] = {
    "reach": "Everything that may be affected (conservative)",
    "replay": "By the times of the events (assumes mixing and true times)",
}

LEVELS: Mapping[str, tuple[int, str]] = {
    "A": (100, "Level A: all customers"),
    "B": (0, "Level B: a share of your own, between A and C"),
    "C": (10, "Level C: 10 % of the customers"),
    "D": (2, "Level D: 2 % of the customers"),
    "E": (0, "Level E: no checks"),
}
"""Levels of effectiveness checks (21 CFR 7.42(b)(3)): which part of the customers, in per cent."""

ORDER = ("suspicion", "scoped", "frozen", "decided", "notifying", "reconciling", "closed")
"""The statuses of a case in their order; it may be called off from each but the last."""

MAY: Mapping[str, frozenset[str]] = {
    "suspects": frozenset({"suspicion", "scoped"}),
    "scope": frozenset({"suspicion", "scoped"}),
    "freeze": frozenset({"scoped", "frozen", "decided", "notifying", "reconciling"}),
    "release": frozenset({"frozen", "decided", "notifying", "reconciling"}),
    "decide": frozenset({"frozen"}),
    "notify": frozenset({"decided", "notifying", "reconciling"}),
    "remind": frozenset({"notifying", "reconciling"}),
    "end_notice": frozenset({"closed", "called_off"}),
    "settle": frozenset({"decided", "notifying", "reconciling", "closed", "called_off"}),
    "answer": frozenset({"decided", "notifying", "reconciling"}),
    "check": frozenset({"decided", "notifying", "reconciling"}),
    "reconcile": frozenset({"decided", "notifying"}),
    "account": frozenset({"decided", "notifying", "reconciling"}),
    "close": frozenset({"reconciling"}),
    "expense": frozenset(ORDER) - {"closed"},
    "note": frozenset(ORDER) - {"closed"},
    "text": frozenset(ORDER) - {"closed"},
    "call_off": frozenset(ORDER) - {"closed"},
}
"""In which statuses each act fits."""

NEXT: Mapping[str, tuple[str, str]] = {
    "suspicion": ("scope", "Take the scope"),
    "scoped": ("freeze", "Freeze every affected lot"),
    "frozen": ("decide", "Decide"),
    "decided": ("notify", "Tell the customers"),
    "notifying": ("reconcile", "Start reconciling"),
    "reconciling": ("close", "Close the case"),
}
"""The one act that comes next in each status, and what its button says."""


def next_of(status: str, *, decision: str = "", drill: bool = False) -> tuple[str, str]:
    """The one act that comes next in a case, and what its button says; two empty texts where it is over.

    Nobody is told where only our own stock is blocked. A drill is signed instead.

    >>> next_of("decided", decision="recall")[0], next_of("decided", decision="internal")[0]
    ('notify', 'reconcile')
    """
    if drill and status in ("decided", "reconciling"):
        return "sign", "Sign the drill"
    if status == "decided" and (drill or decision == "internal"):
        return NEXT["notifying"]
    return NEXT.get(status, ("", ""))


def fits(act: str, status: str) -> bool:
    """Whether an act fits a case of this status.

    >>> fits("freeze", "suspicion"), fits("freeze", "scoped")
    (False, True)
    """
    return status in MAY[act]


def step_content(
    *,
    case: str,
    index: int,
    happened_at: datetime,
    actor: str,
    verb: str,
    text: str,
    reason: str,
    data: Mapping[str, Any],
    previous: str,
) -> dict[str, Any]:
    """What the digest of a step covers."""
    return {
        "case": case, "index": index, "happened_at": happened_at.isoformat(), "actor": actor, "verb": verb,
        "text": text, "reason": reason, "data": data, "previous": previous,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Link:
    """A step as the check of the chain looks at it."""

    content: Mapping[str, Any]
    index: int
    previous: str
    digest: str


def first_broken(links: Iterable[Link]) -> int | None:
    """The index of the first step that was changed, added or taken out; None: the log is whole.

    >>> one = {"index": 1}
    >>> first_broken([Link(one, 1, "", digest(one))])
    >>> first_broken([Link({"index": 2}, 1, "", digest(one))])
    1
    """
    before = ""
    for place, link in enumerate(links, start=1):
        if link.index != place or link.previous != before or digest(link.content) != link.digest:
            return place
        before = link.digest
    return None


def clock_words(seconds: int) -> str:
    """Time since opening, in words.

    >>> clock_words(59), clock_words(4 * 3600 + 120), clock_words(3 * 86400 + 7200)
    ('less than a minute', '4 h 2 min', '3 days 2 h')
    """
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        return f"{days} day{'s' if days != 1 else ''} {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min" if minutes else "less than a minute"


def remaining(shipped: int, returned: int, destroyed: int, sold_on: int) -> int:
    """What of a delivery nobody has accounted for yet; negative where more was told than was sent.

    >>> remaining(100, 40, 50, 0), remaining(10, 10, 5, 0)
    (10, -5)
    """
    return shipped - returned - destroyed - sold_on
