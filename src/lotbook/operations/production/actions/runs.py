"""A run from its start through what goes in and comes out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from lotbook.foundation.places import queries as places
from lotbook.kernel.prepared import insert
from lotbook.operations.production.actions import issuing
from lotbook.operations.production.actions.drafting import (
    Opening,
    check_inside,
    default_place,
    draft_of,
    drawn_up,
    expires_by,
    left,
    lots_made,
    open_run,
    run_once,
    tell_opened,
)
from lotbook.operations.production.models import (
    Run,
)
from lotbook.operations.production.rules import Issue, Output
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger.lines import Line, Named, Reading, once, post_lines
from lotbook.traceability.ledger.rules import Draft, Move, Receipt


def start_run(
    *,
    actor: str,
    item: Named = "",
    site: Named = "",
    number: str = "",
    planned_quantity: str = "",
    unit: str = "",
    declared_yield: str = "",
    recipe: Named = "",
    order: Named = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Run:
    """Open a run that makes ``item`` at ``site`` (a site or area of ours).

    With a ``recipe`` (code or uid) the run keeps it as it stands, for the planned quantity (left out: the
    recipe's own). With an ``order`` item, recipe, site and what is still to be made are the order's.
    ``number`` is given or made (RUN-270303-1). ``planned_quantity`` is decimal text in ``unit``,
    ``declared_yield`` percent of net mass as decimal text. The same ``uid`` opens one run. Raises Refused
    with every fault, Conflict when the number is taken or the order is not released.
    """
    digest = words.asked(
        act="start_run", item=item, site=site, number=number, planned=planned_quantity, unit=unit,
        declared=declared_yield, recipe=recipe, order=order, occurred_at=occurred_at,
    )  # fmt: skip

    def act(own: UUID) -> Run:
        words_of = Opening(item, site, number, planned_quantity, unit, declared_yield, recipe, order)
        run = drawn_up(Reading(), words_of, own, digest=digest, occurred_at=occurred_at, actor=actor)
        insert(run)
        tell_opened(run, actor)
        return run

    return run_once(uid, digest, act)


def consume(
    *,
    run: Named,
    lines: Sequence[Line | Issue],
    actor: str,
    place: Named = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
    override: str = "",
) -> Receipt:
    """Put lots into a run, taken from each line's own place, else from ``place``.

    In a run with a recipe a line needs a ``reason`` (``rules.Issue``) where another lot than the suggested
    one is taken, another item stands in, rework goes in, or more goes in than the recipe allows; the
    reasons are kept with the event. Held or expired lots need ``override``, a reason (the caller checks
    ledger.override); what the run makes of held lots is held too. Raises Refused naming
    ``lines/<i>/<field>``.
    """
    digest = words.asked(
        act="consume", run=run, lines=list(lines), place=place, occurred_at=occurred_at, override=override
    )

    def act(event: UUID) -> Receipt:
        vessel = open_run(run)
        reading = Reading()
        plain = [Line(one.item, one.lot, one.quantity, one.unit, one.place) for one in lines]
        taken = reading.all_taken(plain, default_place(reading, place, lines))
        told: dict[str, Any] = {}
        if not reading.faults and vessel.snapshot:
            reasons = [getattr(one, "reason", "") for one in lines]
            told = issuing.judged(vessel, taken, reasons, reading)
        reading.done()
        draft = draft_of("consume", vessel, event, occurred_at, digest, override=override.strip())
        draft = replace(draft, data={**draft.data, **told})
        moves, at = issuing.moves_of(vessel, taken)
        return words.post_lines(replace(draft, moves=moves), actor=actor, at=[f"lines/{i}" for i in at])

    return once(uid, digest, act)


def produce(
    *,
    run: Named,
    outputs: Sequence[Output],
    actor: str,
    place: Named = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Receipt:
    """Take what a run made, by-products included, to each output's own place, else to ``place``.

    A lot without number gets one by the numbering rule; it was produced that day and expires by the
    item's shelf life unless said otherwise. Raises Refused naming ``lines/<i>/<field>``.
    """
    digest = words.asked(act="produce", run=run, outputs=list(outputs), place=place, occurred_at=occurred_at)

    def act(event: UUID) -> Receipt:
        vessel = open_run(run)
        reading = Reading()
        draft = draft_of("produce", vessel, event, occurred_at, digest)
        made = lots_made(
            reading,
            outputs,
            default_place(reading, place, outputs),
            today=draft.occurred_at.date(),
            prefix="lines",
            latest=expires_by(vessel),
        )
        reading.done()
        moves = [Move(row.ref, vessel.place_id, row.place.pk, row.quantity) for row in made]
        return _post(draft, moves, actor)

    return once(uid, digest, act)


def lose(
    *,
    run: Named,
    lines: Sequence[Line],
    reason: str,
    actor: str,
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Receipt:
    """Declare what was lost inside a run, of lots that went into it. Raises Refused naming the lines."""
    digest = words.asked(act="lose", run=run, lines=list(lines), reason=reason, occurred_at=occurred_at)

    def act(event: UUID) -> Receipt:
        vessel = open_run(run)
        reading = Reading()
        why = reading.text("reason", reason, 2000, required=True, lines=True)
        taken = reading.all_taken(lines, vessel.place)
        check_inside(reading, taken, left(vessel), "lines")
        reading.done()
        loss = places.loss().pk
        draft = draft_of("lose", vessel, event, occurred_at, digest, reason=why)
        return _post(draft, [Move(row.lot.pk, vessel.place_id, loss, row.quantity) for row in taken], actor)

    return once(uid, digest, act)


def return_unused(
    *,
    run: Named,
    lines: Sequence[Line],
    actor: str,
    place: Named = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Receipt:
    """Take back what went into a run and was not used. Raises Refused naming ``lines/<i>/<field>``."""
    digest = words.asked(
        act="return_unused", run=run, lines=list(lines), place=place, occurred_at=occurred_at
    )

    def act(event: UUID) -> Receipt:
        vessel = open_run(run)
        reading = Reading()
        taken = reading.all_taken(lines, default_place(reading, place, lines))
        check_inside(reading, taken, left(vessel), "lines")
        reading.done()
        draft = draft_of("unconsume", vessel, event, occurred_at, digest)
        return _post(
            draft, [Move(row.lot.pk, vessel.place_id, row.place.pk, row.quantity) for row in taken], actor
        )

    return once(uid, digest, act)


def _post(draft: Draft, moves: list[Move], actor: str) -> Receipt:
    return post_lines(replace(draft, moves=moves), actor=actor, at=[f"lines/{i}" for i in range(len(moves))])
