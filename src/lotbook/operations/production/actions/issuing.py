"""What goes into a run by its recipe: where a line needs a reason, and what is reserved for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from lotbook.foundation.catalog.rules import symbol
from lotbook.foundation.documents import actions as documents
from lotbook.kernel.errors import Conflict, Fault
from lotbook.kernel.quantity import to_text
from lotbook.operations.production import queries, rules
from lotbook.operations.production.models import Order, OrderStatus, Run
from lotbook.traceability.allocation import actions as allocation
from lotbook.traceability.allocation import queries as allocated
from lotbook.traceability.allocation.rules import Answer, Demand
from lotbook.traceability.ledger.lines import Named, Reading, Taken
from lotbook.traceability.ledger.rules import Move
from lotbook.traceability.lots.models import Lot


def judged(run: Run, taken: Sequence[Taken], reasons: Sequence[str], reading: Reading) -> dict[str, Any]:
    """What the event says about lines that are not as planned; a line that needs a reason is a fault.

    Gives {"issues": [{"item", "lot", "what": […], "reason"}]}, nothing when all is as planned.
    """
    plan = rules.Plan.from_json(run.snapshot)
    if plan is None:
        return {}
    notes = _notes(run, plan, taken)
    told = []
    for index, (row, what, reason) in enumerate(zip(taken, notes, reasons, strict=True)):
        why = reading.text(f"lines/{index}/reason", reason, 500)
        if what and not why:
            cause = f"{' and '.join(what)}."
            reading.fault(f"lines/{index}/reason", cause, "Say why, or take what is suggested.", "reason")
        elif what or why:
            told.append({"item": row.item.code, "lot": row.lot.number, "what": what, "reason": why})
    return {"issues": told} if told else {}


def _notes(run: Run, plan: rules.Plan, taken: Sequence[Taken]) -> list[list[str]]:
    """What is not as planned about each line, in words."""
    shares = queries.shares(run)
    used: dict[int, int] = {}
    scales: dict[int, int] = {}
    for share in shares:
        used[share.item.pk] = used.get(share.item.pk, 0) + share.used
        scales[share.item.pk] = share.item.scale
    outputs = {line.item for line in plan.outputs}
    suggested = queries.suggested_lots(run, shares)
    by_lot: dict[int, int] = {}
    for row in taken:
        by_lot[row.lot.pk] = by_lot.get(row.lot.pk, 0) + row.quantity
    found: list[list[str]] = []
    for row in taken:
        what: list[str] = []
        found.append(what)
        scales[row.item.pk] = row.item.scale
        used[row.item.pk] = used.get(row.item.pk, 0) + row.quantity
        planned = plan.line_for(row.item.pk)
        if planned is None:
            rework = "is put back in as rework" if row.item.pk in outputs else f"is not in {plan.recipe}"
            what.append(f"{row.item.code} {rework}")
            continue
        line, stands_in = planned
        if stands_in is not None:
            what.append(f"{row.item.code} stands in for {line.code}")
        need = next(n for n in rules.needs(plan, used, scales) if n.line.position == line.position)
        if need.over:
            over = to_text(need.went_in - need.line.quantity, line.scale)
            what.append(f"{over} {symbol(line.unit)} of {line.code} more than the recipe needs go in")
        if stands_in is None and _passed_over(row, by_lot, suggested.get(row.item.pk)):
            first = suggested[row.item.pk].text
            what.append(f"lot {row.lot.number or row.item.code} is not what is suggested ({first})")
    return found


def _passed_over(row: Taken, by_lot: dict[int, int], suggested: queries.Suggested | None) -> bool:
    """Whether a line takes of a lot what should be taken of another one first."""
    if suggested is None or by_lot[row.lot.pk] <= suggested.portions.get(row.lot.pk, 0):
        return False
    return any(
        by_lot.get(lot, 0) < quantity for lot, quantity in suggested.portions.items() if lot != row.lot.pk
    )


# -- reservations ----------------------------------------------------------------------------------


def moves_of(run: Run, taken: Sequence[Taken]) -> tuple[list[Move], list[int]]:
    """The movements of lines into a run, and the line of each: first what is reserved for it."""
    kept: dict[tuple[int, int], list[list[int]]] = {}
    for claim in queries.claims_for(run) if run.snapshot else ():
        kept.setdefault((claim.lot_id, claim.place_id), []).append([claim.id, claim.quantity])
    moves, at = [], []
    for index, row in enumerate(taken):
        left = row.quantity
        for part in kept.get((row.lot.pk, row.place.pk), ()):
            much = min(left, part[1])
            if much:
                moves.append(Move(row.lot.pk, row.place.pk, run.place_id, much, claim=part[0]))
                at.append(index)
                part[1] -= much
                left -= much
        if left:
            moves.append(Move(row.lot.pk, row.place.pk, run.place_id, left))
            at.append(index)
    return moves, at


@transaction.atomic
def reserve_order(*, order: Named, actor: str) -> list[Answer]:
    """Reserve what an order still needs and has not reserved yet, by earliest expiry, as far as there is any.

    Raises Conflict when the order is done or cancelled. The answers stand in the order of the recipe's
    inputs that still needed something; ``missing`` says what could not be reserved.
    """
    found = queries.order(order or "")
    locked = Order.objects.select_for_update(of=("self",)).select_related("item", "recipe", "site")
    one = locked.get(pk=found.pk)
    if one.status in (OrderStatus.DONE, OrderStatus.CANCELLED):
        cause = f"{one.number} is {one.get_status_display().lower()}."
        raise Conflict(Fault("order", cause, "", "status"))
    left = queries.still_to_plan(one)
    if left <= 0:
        cause = f"runs for all of {one.number} are there already."
        raise Conflict(Fault("order", cause, "Reserve for the run.", "planned"))
    return _reserve(
        queries.plan(one.recipe, left),
        {},
        one.uid,
        number=one.number,
        purpose=queries.ORDER,
        site=one.site_id,
        actor=actor,
    )


@transaction.atomic
def reserve_run(*, run: Named, actor: str) -> list[Answer]:
    """Reserve what a run still needs and neither it nor its order has reserved; as ``reserve_order``."""
    found = queries.run(run or "")
    one = Run.objects.select_for_update(of=("self",)).select_related("site", "order").get(pk=found.pk)
    plan = rules.Plan.from_json(one.snapshot)
    if one.status != "open" or plan is None:
        cause = f"{one.number} is closed." if plan else f"{one.number} has no recipe."
        raise Conflict(Fault("run", cause, "Choose an open run with a recipe.", "status"))
    went_in = {need.line.position: need.went_in for need in queries.needs(plan, queries.shares(one))}
    kept: dict[int, int] = {}
    if one.order is not None:
        for claim in allocated.claims(one.order.uid):
            kept[claim.line] = kept.get(claim.line, 0) + claim.quantity
    had = {position: went_in.get(position, 0) + kept.get(position, 0) for position in {*went_in, *kept}}
    return _reserve(plan, had, one.uid, number=one.number, purpose=queries.RUN, site=one.site_id, actor=actor)


def _reserve(
    plan: rules.Plan, had: dict[int, int], uid: UUID, *, number: str, purpose: str, site: int, actor: str
) -> list[Answer]:
    kept = dict(had)
    for claim in allocated.claims(uid):
        kept[claim.line] = kept.get(claim.line, 0) + claim.quantity
    where = queries.site_key(site)
    demands = [
        Demand(
            line.item, line.quantity - kept.get(line.position, 0), where, purpose, uid, line.position,
            number=number,
        )
        for line in plan.inputs
        if not line.optional and line.quantity > kept.get(line.position, 0)
    ]  # fmt: skip
    answers = allocation.allocate(demands, actor=actor)
    by_position = {line.position: line for line in plan.inputs}
    said = []
    for demand, answer in zip(demands, answers, strict=True):
        line = by_position[demand.line]
        given = to_text(demand.quantity - answer.missing, line.scale)
        short = f", {to_text(answer.missing, line.scale)} missing" if answer.missing else ""
        said.append(f"{line.code} {given} {symbol(line.unit)}{short}")
    documents.record(uid, purpose, "reserved", actor=actor, text="; ".join(said) or "nothing left to reserve")
    return answers


@transaction.atomic
def free_reserved(*, document: UUID, kind: str, actor: str, reason: str = "") -> int:
    """Give back what is still reserved for a run (``production.run``) or an order (``production.order``)."""
    freed = free(document, actor=actor, reason=reason or "given back")
    if freed:
        documents.record(document, kind, "reservation given back", actor=actor, reason=reason)
    return freed


def free(document: UUID, *, actor: str, reason: str) -> int:
    """Give back what is still reserved for a run or an order."""
    return allocation.free(document=document, actor=actor, reason=reason)


@transaction.atomic
def broken(*, document: UUID, purpose: str, lot: int, because: str = "", reason: str = "") -> None:
    """Say in a document's timeline that a reservation of it fell, because the lot may not be used."""
    is_run = purpose == queries.RUN and Run.objects.filter(uid=document).exists()
    if is_run or (purpose == queries.ORDER and Order.objects.filter(uid=document).exists()):
        number = Lot.objects.filter(pk=lot).values_list("number", flat=True).first() or "(untracked)"
        text = f"lot {number}: {because or 'it may no longer be used'}; reserve again"
        documents.record(document, purpose, "reservation lost", actor="lotbook", text=text, reason=reason)
