"""An act applied to the book, once: or into the inbox, with what speaks against it in words."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction
from pydantic import BaseModel, ValidationError

from lotbook.foundation.accounts import queries as accounts
from lotbook.foundation.accounts.models import User
from lotbook.interfaces.station import lateness
from lotbook.interfaces.station.acting.frame import body_of
from lotbook.interfaces.station.acting.handling import Context, Done, Handler
from lotbook.interfaces.station.acting.registry import HANDLERS
from lotbook.interfaces.station.models import DONE, Act, Need, State
from lotbook.kernel import clock, outbox
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.permissions import through
from lotbook.kernel.problems import fault_out, faults_of_validation
from lotbook.traceability.ledger.rules import EARLIEST, FUTURE_ALLOWED

logger = logging.getLogger(__name__)

LATE, CONFLICT = "station.late", "station.conflict"
TRIES = 3
"""How often an act is tried when the database is busy, before the device is asked to come again."""


class Contradiction(Exception):
    """Speaks against an act; the state it gets."""

    def __init__(self, faults: Iterable[Fault], state: State = State.CONFLICT) -> None:
        self.faults = list(faults)
        self.state = state
        super().__init__("; ".join(map(str, self.faults)))


def apply(key: int) -> None:
    """Apply a stored act that is not decided yet, and then those that waited for it."""
    waiting = [key]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop(0)
        uid = _apply_one(one)
        if uid is not None:
            waiting += [two for two in waiting_for(uid) if two not in seen]
            seen.add(one)


def _apply_one(key: int) -> UUID | None:
    """Apply one; gives its uid when others need not wait for it any more.

    Tried again when it was told to wait: what it waits for may have been decided between its look and its
    commit, and whoever decided that did not see it waiting yet.
    """
    act = _decided(key)
    if act.state == State.WAITING and not missing(act):
        return _apply_one(key)
    if act.state in DONE and act.kind == "undo":
        # What it took back before it was in the book has become settled, too.
        for dropped in filter(None, [act.made.get("dropped")]):
            for two in waiting_for(UUID(dropped)):
                apply(two)
    return act.uid if act.state in DONE else None


def _decided(key: int) -> Act:
    """The act, decided in a transaction of its own; tried again when the database is busy."""
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                act = Act.objects.select_for_update().get(pk=key)
                if act.state in (State.RECEIVED, State.WAITING):
                    _decide(act)
                return act
        except OperationalError:
            if attempt == TRIES:
                raise
            logger.info("station: the database was busy for act %s, trying again", key)
    raise AssertionError("unreachable")


def _decide(act: Act) -> None:
    if missing(act):
        act.state = State.WAITING
        act.save(update_fields=["state"])
        return
    actor, scopes = _actor(act)
    settle_as(act, actor=actor, scopes=scopes)


def _actor(act: Act) -> tuple[str, frozenset[str] | None]:
    """Who acts, as events record it: whoever did it, or the program that brought it, within its scopes."""
    scheme, _, prefix = act.brought_by.partition(":")
    if scheme != "key":
        return f"user:{act.by}", None
    return act.brought_by, frozenset(accounts.key(prefix).scopes)


def missing(act: Act) -> bool:
    """Whether something has not come or is not decided that must be in the book before."""
    needed = set(act.needs.values_list("needed", flat=True))
    if not needed:
        return False
    rows = dict(Act.objects.filter(uid__in=needed).values_list("uid", "state"))
    if act.kind == "undo":
        # What is to be taken back only has to be here: in the book it is reversed, elsewhere settled.
        target = body_of(act).get("act")
        needed = {uid for uid in needed if str(uid) != target or rows.get(uid) in (None, State.RECEIVED)}
    return any(rows.get(uid) not in DONE for uid in needed)


def waiting_for(uid: UUID) -> list[int]:
    """The keys of the acts that wait for this one, each device's in its order."""
    rows = Need.objects.filter(needed=uid, act__state=State.WAITING)
    return list(rows.order_by("act__device", "act__n", "act").values_list("act", flat=True))


def settle_as(
    act: Act,
    *,
    actor: str,
    override: str = "",
    person: User | None = None,
    scopes: frozenset[str] | None = None,
) -> None:
    """Do what a locked act says, as ``actor``, and write what came of it into its row.

    ``person``: somebody who resolves a contradiction takes it upon themselves; else whoever did it.
    ``scopes``: what the program's key may, when it is one.
    """
    now = clock.now()
    resolving = person is not None
    act.events, act.made, act.before, act.problems = [], {}, {}, []
    try:
        handler = handler_of(act)
        body = read_body(act, handler)
        lots = handler.lots(body)
        who = person or _person(act)
        when = _moment(act)
        context = Context(act, act.uid, when, actor, who, override, scopes)
        act.late = act.late or lateness.words(act, lots)
        done = _do(handler, context, body)
    except Contradiction as against:
        act.state = against.state
        act.problems = [fault_out(fault) for fault in against.faults]
    except Refused as refusal:
        act.state = State.CONFLICT
        act.problems = [fault_out(fault) for fault in refusal.faults]
    else:
        act.state = State.SETTLED if resolving else State.APPLIED
        act.events = [str(uid) for uid in done.events]
        act.made, act.before = dict(done.made), dict(done.before)
    act.decided_at = now
    act.save()
    _tell(act, resolving)


def _do(handler: Handler, context: Context, body: BaseModel) -> Done:
    """Run a handler in a savepoint: what it wrote is there whole, or nothing of it."""
    try:
        context.need(handler.permission(body))
        if context.override:
            context.need("ledger.override")
        with through(device_name(context.act)), transaction.atomic():
            return handler.act(context, body)
    except (Refused, OperationalError):
        raise
    except Exception as problem:
        # A fault of ours must not hold up a device, nor lose what it brought.
        logger.exception("station: act %s (%s) failed", context.act.uid, context.act.kind)
        cause = f"the server failed at it ({type(problem).__name__}); nothing of it was saved."
        remedy = "Try again later; if it fails again, do it in the office and tell us."
        raise Contradiction([Fault("", cause, remedy, "failed")]) from problem


def device_name(act: Act) -> str:
    """The device as events name it: the shared handheld, else the beginning of the device's own id."""
    return act.handheld or f"station {str(act.device)[:8]}"


def handler_of(act: Act) -> Handler:
    """Who does acts of this kind; raises Contradiction (refused) when nobody does."""
    handler = HANDLERS.get(act.kind)
    if handler is None:
        cause = f"there is no act of kind {act.kind!r}."
        remedy = "Do it by hand, then drop it. Load the station anew if this device was not for long."
        raise Contradiction([Fault("kind", cause, remedy, "unknown_kind")], State.REFUSED)
    return handler


def read_body(act: Act, handler: Handler) -> BaseModel:
    """What the act says, by its kind; raises Contradiction (refused) when it does not say it."""
    try:
        return handler.body.model_validate(body_of(act))
    except ValidationError as problem:
        faults = faults_of_validation([dict(error) for error in problem.errors(include_url=False)])
        raise Contradiction([fault.under("body") for fault in faults], State.REFUSED) from None


def _person(act: Act) -> User:
    """Whoever did it, as far as the server believes that; raises Contradiction otherwise."""
    if not act.known:
        cause = f"it says that {act.by[:60]} did it, and {act.brought_by.partition(':')[2]} brought it."
        remedy = f"{act.by[:60]} logs in on that device and sends it, or somebody takes it upon themselves."
        raise Contradiction([Fault("by", cause, remedy, "who")])
    person = User.objects.filter(username=act.by).first()
    if person is None or not person.is_active:
        cause = f"{act.by[:60]} has no access any more."
        raise Contradiction([Fault("by", cause, "Somebody who may takes it upon themselves.", "inactive")])
    return person


def _moment(act: Act) -> datetime:
    """When it was done: the device's claim, unless it cannot be true."""
    claimed = act.done_at
    if claimed is None or not EARLIEST <= claimed <= act.arrived_at + FUTURE_ALLOWED - timedelta(hours=1):
        return act.arrived_at
    return claimed if claimed.tzinfo is not None else claimed.replace(tzinfo=UTC)


def _tell(act: Act, resolving: bool) -> None:
    told: dict[str, Any] = {"act": str(act.uid), "kind": act.kind, "by": act.by, "state": act.state}
    if act.late and not resolving:
        outbox.emit(LATE, {**told, "late": act.late})
    if act.state in (State.CONFLICT, State.REFUSED) and not resolving:
        outbox.emit(CONFLICT, {**told, "problems": act.problems[:5]})
