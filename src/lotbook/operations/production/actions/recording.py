"""A run told as a whole, after it was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from lotbook.foundation.documents import actions as documents
from lotbook.foundation.places import queries as places
from lotbook.kernel.prepared import insert
from lotbook.operations.production import rules
from lotbook.operations.production.actions.closing import Closing, check_balanced, closing_event, mark_closed
from lotbook.operations.production.actions.drafting import (
    KIND,
    Made,
    Opening,
    check_inside,
    default_place,
    draft_of,
    drawn_up,
    lots_made,
    run_once,
    tell_opened,
)
from lotbook.operations.production.models import (
    Run,
)
from lotbook.operations.production.rules import Output
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger.lines import Line, Named, Reading, Taken
from lotbook.traceability.ledger.rules import Draft, Move


def record_run(
    *,
    item: Named,
    site: Named,
    inputs: Sequence[Line],
    outputs: Sequence[Output],
    actor: str,
    losses: Sequence[Line] = (),
    loss_reason: str = "",
    place: Named = "",
    number: str = "",
    planned_quantity: str = "",
    close: bool = True,
    difference_reason: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
    override: str = "",
) -> Run:
    """Write a whole run down at once: opened, fed, emptied and (``close``) closed, all or nothing.

    ``place`` is where inputs come from and outputs go, unless their lines say otherwise. Raises Refused
    naming ``inputs/<i>/…``, ``outputs/<i>/…``, ``losses/<i>/…``.
    """
    digest = words.asked(
        act="record_run", item=item, site=site, inputs=list(inputs), outputs=list(outputs),
        losses=list(losses), loss_reason=loss_reason, place=place, number=number,
        planned=planned_quantity, close=close,
        difference=difference_reason, occurred_at=occurred_at, override=override,
    )  # fmt: skip

    def act(own: UUID) -> Run:
        reading = Reading()
        opening = Opening(item, site, number, planned_quantity)
        vessel = drawn_up(reading, opening, own, digest=digest, occurred_at=occurred_at, actor=actor)
        whole = _whole(
            reading, vessel, inputs, outputs=outputs, losses=losses, loss_reason=loss_reason, place=place
        )
        drafts, at = _events_of(vessel, whole, override)
        closing = _closing_at_once(reading, vessel, whole, difference_reason) if close else None
        if closing is not None:
            drafts.append(closing_event(vessel, closing))
            at.append([])
            mark_closed(vessel, closing, "", actor)
        posted = words.post_together(drafts, actor=actor, at=at)
        # What the ledger says of the goods comes first.
        reading.done()
        insert(vessel)
        tell_opened(vessel, actor)
        if closing is not None:
            reason, event = closing.reason, posted[-1].uid
            documents.record(own, KIND, "closed", actor=actor, reason=reason, event=event)
        return vessel

    return run_once(uid, digest, act)


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything that went into and came out of a run written down at once."""

    taken: list[Taken]
    made: list[Made]
    lost: list[Taken]
    why_lost: str

    def balance(self, reading: Reading) -> rules.MassBalance:
        """Its mass balance."""

        def amount(row: Taken | Made, **part: int) -> rules.Amount:
            return rules.Amount(row.item.code, reading.units(row.item), **part)

        return rules.mass(
            [
                *(amount(row, used=row.quantity) for row in self.taken),
                *(amount(row, produced=row.quantity) for row in self.made),
                *(amount(row, lost=row.quantity) for row in self.lost),
            ]
        )


def _whole(
    reading: Reading,
    vessel: Run,
    inputs: Sequence[Line],
    *,
    outputs: Sequence[Output],
    losses: Sequence[Line],
    loss_reason: str,
    place: Named,
) -> Whole:
    """The lines of a whole run, understood."""
    default = default_place(reading, place, [*inputs, *outputs])
    taken = reading.all_taken(inputs, default, "inputs")
    made = lots_made(reading, outputs, default, today=vessel.opened_at.date(), prefix="outputs")
    lost = reading.all_taken(losses, vessel.place, "losses") if losses else []
    inside: dict[int, int] = {}
    for row in taken:
        inside[row.lot.pk] = inside.get(row.lot.pk, 0) + row.quantity
    check_inside(reading, lost, inside, "losses")
    why = reading.text("loss_reason", loss_reason, 2000, required=bool(losses), lines=True)
    reading.done()
    return Whole(taken, made, lost, why)


def _closing_at_once(reading: Reading, vessel: Run, whole: Whole, reason: str) -> Closing:
    why = reading.text("difference_reason", reason, 2000, lines=True)
    balance = whole.balance(reading)
    if not why:
        check_balanced(reading, balance, "difference_reason")
    return Closing(vessel.opened_at, why, uuid5(vessel.uid, "close"), balance, None)


def _events_of(vessel: Run, whole: Whole, override: str) -> tuple[list[Draft], list[list[str]]]:
    """The events of a whole run, and the line of each of their movements."""
    run = vessel.place_id

    def draft(kind: str, moves: list[Move], **more: Any) -> Draft:
        event = uuid5(vessel.uid, kind)
        return draft_of(kind, vessel, event, vessel.opened_at, vessel.asked, moves=moves, **more)

    drafts = [
        draft(
            "consume",
            [Move(row.lot.pk, row.place.pk, run, row.quantity) for row in whole.taken],
            override=override.strip(),
        ),
        draft("produce", [Move(row.ref, run, row.place.pk, row.quantity) for row in whole.made]),
    ]
    at = [[f"inputs/{index}" for index in range(len(whole.taken))], [row.where for row in whole.made]]
    if whole.lost:
        loss = places.loss().pk
        moves = [Move(row.lot.pk, run, loss, row.quantity) for row in whole.lost]
        drafts.append(draft("lose", moves, reason=whole.why_lost))
        at.append([f"losses/{index}" for index in range(len(moves))])
    return drafts, at
