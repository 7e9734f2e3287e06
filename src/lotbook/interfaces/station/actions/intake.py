"""A delivery of acts: first all of them are stored, then each is applied; every one gets its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from lotbook.interfaces.station.acting import frame as frames
from lotbook.interfaces.station.acting.frame import Frame
from lotbook.interfaces.station.actions import applying, contacts
from lotbook.interfaces.station.actions.contacts import Bearer, Believed
from lotbook.interfaces.station.models import Act, Need, State
from lotbook.kernel import clock
from lotbook.kernel.errors import Fault
from lotbook.kernel.problems import fault_out


@dataclass(frozen=True, slots=True)
class Taken:
    """One act of a delivery: the id it was sent under, its row, and whether it was there before."""

    sent: str
    act: Act
    repeated: bool


def take_in(*, device: UUID, acts: Sequence[Any], by: Bearer) -> tuple[list[Taken], int]:
    """Store and apply what a device delivers; gives a verdict each, in the order sent, and ``complete_to``.

    Nothing is refused as a whole: what is no act is stored as such. The same again, however often and
    from however many requests at once, is stored and applied once. Raises OperationalError when the
    database is busy: everything stored by then stays, and the same delivery again goes on from there.
    """
    now = clock.now()
    read = [frames.read(sent, device) for sent in acts]
    believed = Believed(by)
    if by.handheld is not None:
        contacts.note_holder(by.handheld, by.person)
    stored: dict[int, tuple[int, bool]] = {}
    # In one order of ids: two requests with the same acts wait for each other instead of deadlocking.
    with transaction.atomic():
        for index in sorted(range(len(read)), key=lambda at: (read[at].uid.bytes, read[at].digest, at)):
            stored[index] = _store(read[index], by, believed, now)
    for index in sorted(range(len(read)), key=lambda at: (read[at].n, at)):
        applying.apply(stored[index][0])
    found = Act.objects.in_bulk({key for key, _ in stored.values()})
    taken = [Taken(one.sent, found[stored[index][0]], stored[index][1]) for index, one in enumerate(read)]
    return taken, contacts.note_device(device, by, now)


def _store(one: Frame, by: Bearer, believed: Believed, now: datetime) -> tuple[int, bool]:
    """The key of the act's row, and whether it was there already."""
    found = Act.objects.filter(uid=one.uid).only("pk", "digest", "known", "state", "by").first()
    if found is None:
        try:
            with transaction.atomic():
                return _insert(one, one.uid, by, believed, now), False
        except IntegrityError:
            # Another request brought it at the same moment and has committed by now.
            found = Act.objects.get(uid=one.uid)
    if found.digest == one.digest:
        if not found.known and found.state == State.CONFLICT and believed(found.by):
            # Now somebody brings it who may: it is tried like a new one.
            Act.objects.filter(pk=found.pk, known=False).update(
                known=True, state=State.RECEIVED, brought_by=by.actor
            )
        return found.pk, True
    return _store_beside(one, found, by, believed, now)


def _store_beside(one: Frame, first: Act, by: Bearer, believed: Believed, now: datetime) -> tuple[int, bool]:
    """Other content under an id that is taken is kept beside, for people to look at."""
    own = uuid5(one.uid, one.digest)
    known = Act.objects.filter(uid=own).only("pk").first()
    if known is not None:
        return known.pk, True
    try:
        with transaction.atomic():
            return _insert(one, own, by, believed, now, beside=first), False
    except IntegrityError:
        return Act.objects.only("pk").get(uid=own).pk, True


def _insert(
    one: Frame, uid: UUID, by: Bearer, believed: Believed, now: datetime, *, beside: Act | None = None
) -> int:
    faults = list(one.faults)
    state = State.REFUSED if faults else State.RECEIVED
    if beside is not None and not faults:
        state = State.CONFLICT
        faults = [
            Fault(
                "id",
                "the server has another act under this id; the first one stands, and this one did nothing.",
                "Look at both. Apply this one too, or drop it.",
                "other_content",
            )
        ]
    act = Act.objects.create(
        uid=uid,
        device=one.device,
        n=one.n,
        kind=one.kind,
        site=one.site,
        by=one.by,
        done_at=one.done_at,
        as_of=one.as_of,
        raw=one.raw,
        digest=one.digest,
        beside=beside,
        arrived_at=now,
        brought_by=by.actor,
        handheld=by.device_name,
        known=bool(one.by) and believed(one.by),
        state=state,
        decided_at=None if state == State.RECEIVED else now,
        problems=[fault_out(fault) for fault in faults],
    )
    Need.objects.bulk_create(Need(act=act, needed=needed) for needed in one.after)
    return act.pk
