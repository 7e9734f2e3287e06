"""Holds put on lots and on what was made from them, and released again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from lotbook.kernel.errors import Conflict, Fault
from lotbook.kernel.ids import new_uid
from lotbook.operations.quality import queries
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger.lines import Line, Reading, moment_at, once, post_lines, post_together
from lotbook.traceability.ledger.rules import Draft, PutHold, Receipt
from lotbook.traceability.lots.models import Hold, HoldKind, Lot
from lotbook.traceability.trace import queries as trace

EVERYTHING = 2**63 - 2
"""As of every event that can be seen: a hold must not wait for what other writers have not decided."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a hold did: its event, the holds on the lots named, and those on what was made from them."""

    receipt: Receipt
    holds: tuple[UUID, ...]
    derived: tuple[UUID, ...]


def hold(
    *,
    lots: Sequence[Line],
    kind: str,
    reason: str,
    actor: str,
    descendants: bool = True,
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Held:
    """Put a hold of ``kind`` (see HoldKind) on ``lots``; only their ``item`` and ``lot`` are read.

    With ``descendants`` also on everything made from them, at any depth, that we still have: each such
    hold names the one it stems from, and is released with it. What is made from held lots later is held
    by the ledger. All in one transaction; the same ``uid`` holds once. Raises Refused naming
    ``lots/<i>/<field>``.
    """
    digest = words.asked(
        act="hold",
        lots=list(lots),
        kind=kind,
        reason=reason,
        descendants=descendants,
        occurred_at=occurred_at,
    )

    def act(event: UUID) -> Receipt:
        reading = Reading()
        named = _named(reading, lots)
        sort = reading.choice("kind", kind, HoldKind.values)
        why = reading.text("reason", reason, 2000, required=True, lines=True)
        reading.done()
        at = moment_at(None, occurred_at)
        holds = [PutHold(lot.pk, sort, uuid5(event, f"hold {lot.uid}")) for lot in named]
        draft = Draft("hold", at, uid=event, holds=holds, reason=why, data={"asked": digest})
        receipt = post_lines(draft, actor=actor, at=())
        if descendants:
            made = _derived(event, named, holds, why, at)
            if made:
                post_together(made, actor=actor, at=[()] * len(made))
        return receipt

    receipt = once(uid, digest, act)
    placed = Hold.objects.filter(placed_sequence=receipt.sequence).values_list("uid", flat=True)
    own = tuple(placed.order_by("pk"))
    stemming = Hold.objects.filter(source__uid__in=own).values_list("uid", flat=True)
    return Held(receipt, own, tuple(stemming.order_by("pk")))


@transaction.atomic
def release(
    *,
    holds: Sequence[UUID | str],
    reason: str,
    actor: str,
    cascade: bool = True,
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Receipt:
    """Release open holds by their uids; with ``cascade`` also those that stem from them, at any depth.

    A lot is free when none of its holds is left. Raises Refused naming ``holds/<i>``, Conflict when one
    was released before.
    """
    digest = words.asked(
        act="release", holds=sorted(map(str, holds)), reason=reason, cascade=cascade, occurred_at=occurred_at
    )

    def act(event: UUID) -> Receipt:
        reading = Reading()
        why = reading.text("reason", reason, 2000, required=True, lines=True)
        found = _open_holds(reading, holds)
        reading.done()
        if cascade:
            found = queries.with_stemming(found)
        draft = Draft(
            "release",
            moment_at(None, occurred_at),
            uid=event,
            releases=[one.uid for one in found],
            reason=why,
            data={"asked": digest},
        )
        return post_lines(draft, actor=actor, at=())

    return once(uid or new_uid(), digest, act)


def _named(reading: Reading, lots: Sequence[Line]) -> list[Lot]:
    reading.some(lots, "lots")
    found: dict[int, Lot] = {}
    for index, line in enumerate(lots[: words.LINES_MAX]):
        lot = reading.lot(f"lots/{index}", line.item, line.lot)
        if lot is not None:
            found[lot.pk] = lot
    return list(found.values())


def _derived(
    event: UUID, named: Sequence[Lot], holds: Sequence[PutHold], why: str, at: datetime
) -> list[Draft]:
    """A hold event for each named lot from which something was made that we still have."""
    drafts = []
    for lot, source in zip(named, holds, strict=True):
        made = sorted(browsing.ours(trace.affected([lot.pk], as_of=EVERYTHING)))
        if not made:
            continue
        own = uuid5(event, f"made from {lot.uid}")
        drafts.append(
            Draft(
                "hold",
                at,
                uid=own,
                holds=[PutHold(key, source.kind, uuid5(own, f"hold {key}"), source.uid) for key in made],
                reason=f"made from lot {lot.number or lot.item.code} on hold: {why}"[:2000],
            )
        )
    return drafts


def _open_holds(reading: Reading, holds: Sequence[UUID | str]) -> list[Hold]:
    if not holds:
        reading.fault("holds", "no hold is chosen.", "Choose at least one.", "required")
    found: dict[int, Hold] = {}
    released = []
    for index, name in enumerate(holds[: words.LINES_MAX]):
        one = queries.by_uid(name)
        if one is None:
            reading.fault(
                f"holds/{index}", f"there is no hold {str(name)[:60]}.", "Look it up in the list.", "unknown"
            )
        elif one.released_sequence is not None:
            when = f"{one.released_at:%Y-%m-%d}"
            cause = f"the hold on {one.lot.number} was released on {when} by {one.released_by}."
            released.append(Fault(f"holds/{index}", cause, "Nothing is left to do.", "released"))
        else:
            found[one.pk] = one
    if released and not reading.faults:
        raise Conflict(released)
    reading.faults += released
    return list(found.values())
