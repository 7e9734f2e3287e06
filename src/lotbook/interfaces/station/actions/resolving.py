"""A contradiction resolved by somebody: tried again, allowed, changed, or dropped; it is kept for ever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from lotbook.interfaces.station.acting.frame import canonical
from lotbook.interfaces.station.acting.registry import HANDLERS
from lotbook.interfaces.station.actions import applying
from lotbook.interfaces.station.actions.applying import Contradiction
from lotbook.interfaces.station.actions.contacts import Bearer
from lotbook.interfaces.station.models import OPEN, Act, Resolution, State
from lotbook.kernel import clock
from lotbook.kernel.errors import Conflict, Fault, NotAllowed, NotFound, Refused
from lotbook.kernel.permissions import PERMISSIONS

HOWS = ("again", "override", "change", "drop")
REASON_MAX = 2000


def resolve(
    *, uid: UUID, how: str, by: Bearer, reason: str = "", body: Mapping[str, Any] | None = None
) -> Act:
    """Resolve the contradiction of an act; gives the act as it is then.

    Whoever resolves it does it: the event is theirs, unless they did it themselves in the first place.
    ``override`` and ``drop`` need a reason, ``change`` a body. What the book still refuses stays in the
    inbox with the new problems. Raises Refused, NotFound, NotAllowed; Conflict when nothing is left to do.
    """
    with transaction.atomic():
        act = Act.objects.select_for_update().filter(uid=uid).first()
        if act is None:
            raise NotFound(Fault("id", "there is no such act.", "Look at the inbox again.", "unknown"))
        why = _check(act, how, by, reason, body)
        if how == "drop":
            act.state, act.decided_at = State.SETTLED, clock.now()
            act.save(update_fields=["state", "decided_at"])
        else:
            if how == "change":
                act.body = canonical(body)
            override = why if how == "override" else ""
            applying.settle_as(act, actor=by.actor, override=override, person=by.person, scopes=by.scopes)
        Resolution.objects.create(
            act=act,
            how=how,
            reason=why,
            body=canonical(body) if how == "change" else "",
            by=by.actor,
            resolved_at=clock.now(),
            state=act.state,
        )
    if act.state == State.SETTLED:
        for key in applying.waiting_for(act.uid):
            applying.apply(key)
    act.refresh_from_db()
    return act


def _check(act: Act, how: str, by: Bearer, reason: str, body: Mapping[str, Any] | None) -> str:
    """Whether this can be done by them; gives the reason, trimmed."""
    if act.state not in OPEN and act.state != State.WAITING:
        word = State(act.state).label.lower()
        raise Conflict(Fault("how", f"it is decided already: {word}.", "Nothing is left to do.", "decided"))
    faults = []
    why = reason.strip()
    if how not in HOWS:
        faults.append(Fault("how", f"expected one of {', '.join(HOWS)}, got {how[:20]!r}.", "Choose one."))
    if len(why) > REASON_MAX:
        faults.append(Fault("reason", f"at most {REASON_MAX} characters.", "Shorten it."))
    if how in ("override", "drop") and not why:
        faults.append(Fault("reason", "the reason is missing.", "Say why.", "required"))
    if how == "change" and not body:
        faults.append(Fault("body", "what it should be is missing.", "Say what was really done.", "required"))
    if faults:
        raise Refused(faults)
    need(act, how, by)
    return why


def need(act: Act, how: str, by: Bearer) -> None:
    """Refuse (403) who may not resolve this act this way."""
    permission = permission_for(act, how)
    own = by.person.username == act.by
    if how == "drop" and own:
        return
    may = by.person.may(permission) and (by.scopes is None or permission in by.scopes)
    if not may:
        cause = f"this needs the permission “{PERMISSIONS[permission]}”."
        raise NotAllowed(Fault("how", cause, "Ask somebody who may.", "not_allowed"))


def permission_for(act: Act, how: str) -> str:
    """What one needs to resolve an act this way: its kind's own permission, mostly."""
    if how == "override":
        return "ledger.override"
    handler = HANDLERS.get(act.kind)
    if handler is None:
        return "ledger.reverse"
    try:
        return handler.permission(applying.read_body(act, handler))
    except Contradiction:
        return "ledger.reverse" if how == "drop" else "web.view"
