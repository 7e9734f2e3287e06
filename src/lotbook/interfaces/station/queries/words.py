"""What a device is told of a lot: its status and the reason in words, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from lotbook.kernel.clock import written
from lotbook.kernel.quantity import to_text
from lotbook.traceability.ledger.onsite import LotHere
from lotbook.traceability.lots import rules
from lotbook.traceability.lots.models import HoldKind

_KINDS = {
    "recalled": {HoldKind.RECALL},
    "rejected": {HoldKind.REJECTION},
    "quarantine": {HoldKind.QUARANTINE},
}
_WORDS = {"recalled": "Recalled", "rejected": "Rejected", "quarantine": "In quarantine"}


def why(status: str, holds: Iterable[tuple[str, str]], expires_on: date | None) -> str:
    """Why a lot may not be used, in words; empty when it may.

    >>> why("hold", [("quality", "Laboratory asked")], None)
    'On hold (quality): Laboratory asked'
    >>> why("expired", [], date(2027, 3, 3))
    'Expired 03 MAR 2027'
    """
    if status == "released":
        return ""
    if status == "expired":
        return f"Expired {written(expires_on)}"
    said: dict[str, str] = {}
    for kind, reason in holds:
        if status == "hold":
            if kind in (*_KINDS["recalled"], *_KINDS["rejected"], *_KINDS["quarantine"]):
                continue
            said.setdefault(_said(f"On hold ({HoldKind(kind).label.lower()})", reason), "")
        elif kind in _KINDS[status]:
            said.setdefault(_said(_WORDS[status], reason), "")
    return "; ".join(said)


def _said(what: str, reason: str) -> str:
    return f"{what}: {reason}" if reason else what


def lot_shape(one: LotHere, today: date) -> dict[str, Any]:
    """A lot as the protocol has it, judged on the site's day."""
    status = rules.status((kind for kind, _ in one.holds), one.expires_on, today)
    return {
        "id": str(one.uid),
        "item": one.item,
        "number": one.number,
        "status": status,
        "why": why(status, one.holds, one.expires_on),
        "expires_on": one.expires_on.isoformat() if one.expires_on else None,
        "at": [
            {
                "place": at.place,
                "on_hand": to_text(at.on_hand, one.scale),
                "reserved": to_text(at.reserved, one.scale),
            }
            for at in one.at
        ],
    }
