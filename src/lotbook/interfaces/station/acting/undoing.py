"""An act taken back: by a reversing event, or by the act of the room that takes it back."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from lotbook.interfaces.station.acting import shapes
from lotbook.interfaces.station.acting.frame import body_of
from lotbook.interfaces.station.acting.handling import Context, Done, Handler, only
from lotbook.interfaces.station.models import Act, State
from lotbook.kernel.errors import Conflict, Fault, NotFound, Refused
from lotbook.operations.quality import actions as quality
from lotbook.operations.shipping import actions as shipping
from lotbook.operations.transfers.actions import receiving as transfers
from lotbook.operations.transfers.models import ArrivalState, Transfer
from lotbook.operations.transfers.queries import documents
from lotbook.operations.warehouse.actions import units
from lotbook.traceability.ledger import actions as book
from lotbook.traceability.ledger.browsing import UNDO_WITHIN

REASON = "taken back on the device"

INSTEAD = {
    "count": "Count the place again with a new count.",
    "print": "Throw the label away.",
    "undo": "Do again what was taken back.",
}
"""Kinds that are not taken back → what to do instead."""


def _undo(context: Context, body: shapes.Undo) -> Done:
    """Take an act back. One that is not in the book, and never was, is settled instead."""
    found = Act.objects.select_for_update().filter(uid=body.act).first()
    if found is None:
        raise NotFound(Fault("act", "what should be taken back has not come.", "Wait for it.", "unknown"))
    _check_who(context, found)
    if found.state == State.SETTLED and not found.events:
        return Done()
    if found.state not in (State.APPLIED, State.SETTLED):
        Act.objects.filter(pk=found.pk).update(state=State.SETTLED, decided_at=context.act.arrived_at)
        found.resolutions.create(
            how="drop",
            reason=REASON,
            by=context.actor,
            resolved_at=context.act.arrived_at,
            state=State.SETTLED,
        )
        return Done(made={"dropped": str(found.uid)})
    if found.kind in INSTEAD:
        raise Refused(Fault("act", "this is not taken back.", INSTEAD[found.kind], "not_undone"))
    return _BACK.get(found.kind, _reverse)(context, found)


def _check_who(context: Context, found: Act) -> None:
    """Everybody takes back their own a moment later; after that, or another's, with the permission."""
    done_at, now = found.done_at or found.arrived_at, context.act.done_at or context.act.arrived_at
    own = found.by == context.act.by and abs(now - done_at) <= UNDO_WITHIN
    if not own and not context.may("ledger.reverse"):
        minutes = int(UNDO_WITHIN.total_seconds() // 60)
        cause = f"only whoever did it takes it back, within {minutes} minutes."
        raise Refused(Fault("act", cause, "Ask quality or a manager to take it back.", "too_late"))


def _reverse(context: Context, found: Act) -> Done:
    events: list[UUID] = []
    for name in found.events:
        receipt = book.reverse(
            UUID(name),
            actor=context.actor,
            reason=REASON,
            occurred_at=context.occurred_at,
            reversal_uid=context.own(name) if events else context.uid,
        )
        events.append(receipt.uid)
    if not events:
        raise Refused(Fault("act", "it made no event.", "Nothing is left to take back.", "no_event"))
    return Done(tuple(events))


def _unit_back(context: Context, found: Act) -> Done:
    place, body = found.before.get("place"), body_of(found)
    if not place:
        cause = "the unit stood nowhere before."
        raise Refused(Fault("act", cause, "Move it where it belongs.", "not_undone"))
    receipt = units.move_unit(
        unit=str(body["sscc"]),
        to=place,
        actor=context.actor,
        reason=REASON,
        occurred_at=context.occurred_at,
        uid=context.uid,
    )
    return Done((receipt.uid,))


def _pick_back(context: Context, found: Act) -> Done:
    order = found.before.get("order")
    if not order:
        cause = "a line of this pick list is not taken back here."
        raise Refused(Fault("act", cause, "Change the document in the office.", "not_undone"))
    shipping.put_back(
        order=order,
        pick=found.uid,
        actor=context.actor,
        reason=REASON,
        to=found.before.get("place", ""),
    )
    return Done()


def _hold_back(context: Context, found: Act) -> Done:
    holds = str(found.before.get("holds", "")).split()
    receipt = quality.release(holds=holds, reason=REASON, actor=context.actor, uid=context.uid)
    return Done((receipt.uid,))


def _load_back(context: Context, found: Act) -> Done:
    if body_of(found).get("document") != "transfer":
        return _reverse(context, found)
    row = _transfer(found)
    sent = row.picks.filter(sent_event__in=found.events).exists()
    if not sent or row.arrivals.filter(state__in=(ArrivalState.DONE, ArrivalState.PENDING)).exists():
        raise _gone_on(row, "Take back the receipt first.")
    return _transfer_back(context, row)


def _receipt_back(context: Context, found: Act) -> Done:
    row = _transfer(found)
    # The room takes back whatever came last: that has to be this receipt.
    last = row.arrivals.filter(state=ArrivalState.DONE).order_by("-pk").first()
    if last is None or str(last.act) not in found.events:
        raise _gone_on(row, "Look at the transfer, and take back there what came last.")
    return _transfer_back(context, row)


def _transfer(found: Act) -> Transfer:
    """The transfer of an act, locked: what came last stays the last."""
    row = documents.transfer(str(body_of(found)["id"]))
    return Transfer.objects.select_for_update().get(pk=row.pk)


def _gone_on(row: Transfer, remedy: str) -> Conflict:
    return Conflict(Fault("act", f"{row.number} has gone on since, or it is taken back.", remedy, "later"))


def _transfer_back(context: Context, row: Transfer) -> Done:
    transfers.take_back(transfer=row.uid, actor=context.actor, reason=REASON, uid=context.uid)
    return Done((context.uid,))


_BACK: dict[str, Callable[[Context, Act], Done]] = {
    "move_unit": _unit_back,
    "pick": _pick_back,
    "hold": _hold_back,
    "load": _load_back,
    "receive_transfer": _receipt_back,
}

HANDLERS = (Handler("undo", "Taken back", shapes.Undo, only("web.view"), _undo),)
