"""What a device did: its acts come in, and contradictions are resolved."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.middleware.csrf import get_token

from lotbook.interfaces.station import actions, judging
from lotbook.interfaces.station.api.acts_shapes import (
    StationDelivery,
    StationInbox,
    StationResolution,
    StationVerdict,
    StationVerdicts,
)
from lotbook.interfaces.station.api.shapes import router
from lotbook.interfaces.station.models import Act, State
from lotbook.interfaces.station.queries import acts as queries
from lotbook.kernel.permissions import requires


@router.post("/station/acts", response=StationVerdicts)
@requires("web.view")
def deliver(request: HttpRequest, delivery: StationDelivery) -> dict[str, Any]:
    """Take in what a device did.

    At most 100 acts; each gets its own verdict, in the order sent, and none holds up another. The same act
    again, also after a lost answer, is applied once. What each kind of act needs is asked of whoever did it.
    """
    taken, complete_to = actions.take_in(
        device=delivery.device, acts=delivery.acts, by=actions.bearer(request)
    )
    verdicts = [verdict(one.act, sent=one.sent, repeated=one.repeated) for one in taken]
    return {"verdicts": verdicts, "complete_to": complete_to}


@router.get("/station/inbox", response=StationInbox)
@requires("web.view")
def inbox(request: HttpRequest) -> dict[str, Any]:
    """List what contradicts the book, of this person and of the shared handheld they hold."""
    # A page kept for offline has no token in it: the cookie comes with this answer.
    get_token(request)
    by = actions.bearer(request)
    rows = queries.inbox_of(login=by.person.username, actor=by.actor, handheld=by.device_name)
    return {
        "conflicts": [
            {**verdict(act), "act": judging.said(act), "arrived": act.arrived_at.isoformat()}
            for act in rows[: queries.INBOX_MAX]
        ]
    }


@router.post("/station/inbox/{uid}", response=StationVerdict)
@requires("web.view")
def resolve(request: HttpRequest, uid: UUID, resolution: StationResolution) -> dict[str, Any]:
    """Resolve a contradiction: again, override, change or drop. What is still refused stays in the inbox."""
    act = actions.resolve(
        uid=uid,
        how=resolution.how,
        by=actions.bearer(request),
        reason=resolution.reason,
        body=resolution.body,
    )
    return verdict(act)


def verdict(act: Act, *, sent: str = "", repeated: bool = False) -> dict[str, Any]:
    """What became of an act, as the device reads it."""
    return {
        "id": sent or str(act.uid),
        # Stored and not decided only while another request is at it: ask again.
        "state": State.WAITING if act.state == State.RECEIVED else act.state,
        "repeated": repeated,
        "events": act.events,
        "made": act.made,
        "problems": act.problems,
        "choices": judging.choices(act),
        "late": act.late,
    }
