"""What an act is to whoever looks at it: its kind in words, what it says, what can be done about it."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from lotbook.interfaces.station.acting.frame import body_of
from lotbook.interfaces.station.acting.registry import HANDLERS
from lotbook.interfaces.station.models import OPEN, Act, State


def label(kind: str) -> str:
    """A kind of act in words."""
    handler = HANDLERS.get(kind)
    return handler.label if handler is not None else "Unknown act"


def readable(act: Act) -> bool:
    """Whether the act says all that its kind says."""
    handler = HANDLERS.get(act.kind)
    if handler is None:
        return False
    try:
        handler.body.model_validate(body_of(act))
    except ValidationError:
        return False
    return True


def choices(act: Act) -> list[dict[str, str]]:
    """What can be done about an act in the inbox, in words; who may is asked when it is done."""
    if act.state not in OPEN and act.state != State.WAITING:
        return []
    found = []
    handler = HANDLERS.get(act.kind)
    if handler is not None and readable(act):
        waits = act.state == State.WAITING
        found.append({"how": "again", "label": "Do it without waiting" if waits else "Try again as it is"})
        if handler.overrides:
            found.append({"how": "override", "label": "Do it all the same, with a reason"})
    if handler is not None and act.kind != "undo":
        found.append({"how": "change", "label": "Say what was really done"})
    found.append({"how": "drop", "label": "Drop it, with a reason"})
    return found


def said(act: Act) -> dict[str, Any]:
    """The act as the device sent it, as far as it can be read."""
    told = json.loads(act.raw)
    return told if isinstance(told, dict) else {"found": told}
