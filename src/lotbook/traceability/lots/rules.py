"""Pure decisions about lots: the one expiry rule, and the status derived from holds and dates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

STATUSES = ("recalled", "rejected", "hold", "expired", "quarantine", "released")
"""Every status a lot can have, the gravest first."""


def expired(expires_on: date | None, today: date) -> bool:
    """Whether a lot is past its expiry on ``today`` (the site's own date).

    The expiry day is inclusive: a lot that expires on 3 March may still be used on 3 March. This is the
    only place that decides it.
    """
    return expires_on is not None and today > expires_on


def status(held_kinds: Iterable[str], expires_on: date | None, today: date) -> str:
    """The status of a lot from the kinds of its open holds and its expiry.

    Recalled > rejected > hold > expired > quarantine > released; *expired* is never stored.
    """
    kinds = set(held_kinds)
    if "recall" in kinds:
        return "recalled"
    if "rejection" in kinds:
        return "rejected"
    if kinds - {"quarantine"}:
        return "hold"
    if expired(expires_on, today):
        return "expired"
    if kinds:
        return "quarantine"
    return "released"
