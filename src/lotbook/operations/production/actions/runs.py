"""Runs: opened, fed, emptied and closed balanced; or written down as a whole afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.urls import reverse

from lotbook.foundation.approvals import actions as approvals
from lotbook.foundation.catalog.models import Item
from lotbook.foundation.catalog.rules import symbol
from lotbook.foundation.documents import actions as documents
from lotbook.foundation.places import actions as place_actions
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import sql
from lotbook.kernel.clock import written
from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.kernel.ids import new_uid
from lotbook.kernel.prepared import insert
from lotbook.kernel.quantity import to_text
from lotbook.operations.production import queries, rules
from lotbook.operations.production.actions import issuing
from lotbook.operations.production.models import (
    Order,
    OrderStatus,
    Recipe,
    RecipeStatus,
    Run,
    RunStatus,
)
from lotbook.operations.production.rules import Issue, Output
from lotbook.operations.production.rules import kilograms_text as kg
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger import queries as ledger
from lotbook.traceability.ledger.lines import Line, Named, Reading, Taken, moment_at, once, post_lines
from lotbook.traceability.ledger.rules import Draft, LotRef, Move, Receipt
from lotbook.traceability.lots import queries as lots
from lotbook.traceability.lots import rules as lot_rules
from lotbook.traceability.lots.models import LotKind

KIND = "production.run"
DATES = ("produced_on", "expires_on", "best_before_on")
ATTEMPTS = 20


@dataclass(slots=True)
class Made:
    """An output that was understood."""

    where: str
    item: Item
    ref: LotRef
    quantity: int
    place: Place


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
        run = _drawn_up(Reading(), words_of, own, digest=digest, occurred_at=occurred_at, actor=actor)
        insert(run)
        _tell_opened(run, actor)
        return run

    return _run_once(uid, digest, act)


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
        taken = reading.all_taken(plain, _default(reading, place, lines))
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
        made = _outputs(
            reading,
            outputs,
            _default(reading, place, outputs),
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
        _check_inside(reading, taken, _left(vessel), "lines")
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
        taken = reading.all_taken(lines, _default(reading, place, lines))
        _check_inside(reading, taken, _left(vessel), "lines")
        reading.done()
        draft = draft_of("unconsume", vessel, event, occurred_at, digest)
        return _post(
            draft, [Move(row.lot.pk, vessel.place_id, row.place.pk, row.quantity) for row in taken], actor
        )

    return once(uid, digest, act)


@transaction.atomic
def close_run(
    *,
    run: Named,
    actor: str,
    reason: str = "",
    yield_reason: str = "",
    override: str = "",
    occurred_at: datetime | None = None,
    uid: UUID | None = None,
) -> Run:
    """Close a run: net mass in = net mass out + loss, or the difference gets a name in ``reason``.

    A yield outside the recipe's limits stops it unless there is an ``override``, a reason (the caller
    checks ledger.override); or it needs a ``yield_reason`` and asks for an approval: while somebody has to
    decide, the run stays open (``waiting``) and takes nothing. The balance is kept in an event. The same
    ``uid`` closes once. Raises Refused when a difference has no reason, Conflict when the run is closed
    already.
    """
    vessel = _locked(queries.run(run or "").pk)
    if uid is not None and (vessel.waiting.get("uid") == str(uid) or ledger.known({uid})):
        return vessel
    vessel = open_run(run)
    shares = queries.shares(vessel)
    balance = queries.balance(shares)
    reading = Reading()
    why = reading.text("reason", reason, 2000, lines=True)
    at = moment_at(vessel.site, occurred_at)
    if not any(share.produced for share in shares) and not why:
        reading.fault(
            "reason", f"nothing has come out of {vessel.number} yet.", "Enter what it made, or say why."
        )
    elif not why:
        _check_balanced(reading, balance, "reason")
    made = sum(share.produced for share in shares if share.item.pk == vessel.item_id)
    yielded = rules.yield_hundredths(balance, made, vessel.planned_quantity)
    closing = Closing(at, why, uid, balance, yielded)
    plan = rules.Plan.from_json(vessel.snapshot)
    # A run that made nothing has no yield to judge: it was given up, and the reason says why.
    judged = plan is not None and any(share.produced for share in shares)
    wrong = rules.outside(yielded, plan.yield_lower, plan.yield_upper) if plan and judged else ""
    because = reading.text("yield_reason", yield_reason, 2000, lines=True)
    overridden = reading.text("override", override, 2000, lines=True)
    if plan is not None and wrong and plan.yield_rule == "stop" and not overridden:
        remedy = "Enter what is missing, or have it closed by somebody who may override, with a reason."
        reading.fault("yield_reason", f"{wrong}: the recipe stops here.", remedy, "not_free")
    if plan is not None and wrong and plan.yield_rule == "ask" and not because and not overridden:
        remedy = "Enter what is missing, or say why it is so."
        reading.fault("yield_reason", f"{wrong}.", remedy, "required")
    reading.done()
    if plan is not None and wrong and plan.yield_rule == "ask" and not overridden:
        return _ask_about_yield(vessel, closing, wrong, because, actor)
    return _close(vessel, closing, overridden or because, actor, overridden=bool(overridden and wrong))


@dataclass(frozen=True, slots=True)
class Closing:
    """What a run is closed with."""

    at: datetime
    reason: str
    uid: UUID | None
    balance: rules.MassBalance
    yielded: int | None


def _ask_about_yield(vessel: Run, closing: Closing, wrong: str, because: str, actor: str) -> Run:
    approval = approvals.ask(
        kind=queries.YIELD,
        subject=vessel.uid,
        title=f"{vessel.number}: {wrong}",
        url=reverse("production:run", args=[vessel.uid]),
        actor=actor,
        site=vessel.site_id,
        item_group=vessel.item.group,
        reason=because,
    )
    if approval.status == "approved":
        return _close(vessel, closing, because, actor)
    vessel.waiting = {
        "at": closing.at.isoformat(),
        "reason": closing.reason,
        "uid": str(closing.uid) if closing.uid else "",
        "yield_reason": because,
        "actor": actor,
    }
    vessel.save(update_fields=["waiting"])
    return vessel


@transaction.atomic
def yield_decided(*, run: UUID, approved: bool) -> Run | None:
    """Go on with a run whose yield was decided about: closed, or open again; None when none waits."""
    found = Run.objects.filter(uid=run).first()
    if found is None:
        return None
    vessel = _locked(found.pk)
    if vessel.status != RunStatus.OPEN or not vessel.waiting:
        return None
    asked = vessel.waiting
    vessel.waiting = {}
    if not approved:
        vessel.save(update_fields=["waiting"])
        documents.record(vessel.uid, KIND, "open again", actor="lotbook", text="its yield was not accepted")
        return vessel
    shares = queries.shares(vessel)
    balance = queries.balance(shares)
    made = sum(share.produced for share in shares if share.item.pk == vessel.item_id)
    closing = Closing(
        datetime.fromisoformat(asked["at"]),
        asked["reason"],
        UUID(asked["uid"]) if asked["uid"] else None,
        balance,
        rules.yield_hundredths(balance, made, vessel.planned_quantity),
    )
    return _close(vessel, closing, asked["yield_reason"], asked["actor"])


def _check_balanced(reading: Reading, balance: rules.MassBalance, field: str) -> None:
    if not balance.balanced:
        reading.fault(
            field,
            f"{kg(balance.consumed)} kg went in, {kg(balance.produced)} kg came out and {kg(balance.lost)} kg"
            f" were lost: a difference of {kg(balance.difference)} kg.",
            "Enter what is missing, or name the difference: say why.",
            "difference",
        )


def _close(vessel: Run, closing: Closing, because: str, actor: str, *, overridden: bool = False) -> Run:
    draft = _closing_event(vessel, closing, because, overridden=overridden)
    receipt = post_lines(draft, actor=actor, at=())
    _mark_closed(vessel, closing, because, actor)
    vessel.save()
    issuing.free(vessel.uid, actor=actor, reason="the run is closed")
    verb = "closed in spite of its yield" if overridden else "closed"
    documents.record(
        vessel.uid, KIND, verb, actor=actor, reason="; ".join(filter(None, (closing.reason, because))),
        event=receipt.uid,
    )  # fmt: skip
    return vessel


def _closing_event(vessel: Run, closing: Closing, because: str = "", *, overridden: bool = False) -> Draft:
    data: dict[str, Any] = {"closed": vessel.number, "mass_balance_kg": _balance_data(closing.balance)}
    if closing.yielded is not None and vessel.snapshot:
        data["yield_percent"] = rules.percent_text(closing.yielded)
    if because:
        data["yield_reason"] = because
    if overridden:
        data["overridden"] = True
    return Draft(
        kind="observe",
        occurred_at=closing.at,
        uid=closing.uid,
        place=vessel.place_id,
        document_kind="run",
        document_number=vessel.number,
        reason=closing.reason,
        data=data,
    )


def _mark_closed(vessel: Run, closing: Closing, because: str, actor: str) -> None:
    vessel.status, vessel.closed_at, vessel.closed_by = RunStatus.CLOSED, closing.at, actor
    vessel.difference_reason = "" if closing.balance.balanced else closing.reason
    vessel.yield_reason, vessel.waiting = because, {}


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
        vessel = _drawn_up(reading, opening, own, digest=digest, occurred_at=occurred_at, actor=actor)
        whole = _whole(
            reading, vessel, inputs, outputs=outputs, losses=losses, loss_reason=loss_reason, place=place
        )
        drafts, at = _events_of(vessel, whole, override)
        closing = _closing_at_once(reading, vessel, whole, difference_reason) if close else None
        if closing is not None:
            drafts.append(_closing_event(vessel, closing))
            at.append([])
            _mark_closed(vessel, closing, "", actor)
        posted = words.post_together(drafts, actor=actor, at=at)
        # What the ledger says of the goods comes first.
        reading.done()
        insert(vessel)
        _tell_opened(vessel, actor)
        if closing is not None:
            reason, event = closing.reason, posted[-1].uid
            documents.record(own, KIND, "closed", actor=actor, reason=reason, event=event)
        return vessel

    return _run_once(uid, digest, act)


# -- steps -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opening:
    """What a run is opened with, as ``start_run`` is told."""

    item: Named
    site: Named
    number: str = ""
    planned_quantity: str = ""
    unit: str = ""
    declared_yield: str = ""
    recipe: Named = ""
    order: Named = ""


def _drawn_up(
    reading: Reading, said: Opening, own: UUID, *, digest: str, occurred_at: datetime | None, actor: str
) -> Run:
    """An open run with its place, not kept yet."""
    asked_by = _order_for_run(said.order) if said.order else None
    item = asked_by.item if asked_by else None
    if said.item or item is None:
        item = reading.item("item", said.item or _item_of(said.recipe))
    where = asked_by.site if asked_by and not said.site else None
    where = where or reading.place("site", said.site, kinds=("site", "area"))
    planned = None
    if item is not None and said.planned_quantity.strip():
        planned = reading.quantity("planned", item, said.planned_quantity, said.unit)
    declared = reading.decimal("declared_yield", said.declared_yield, places=2, positive=True)
    if declared is not None and declared > 1000:
        reading.fault("declared_yield", f"expected at most 1000 percent, got {declared}.", "Check it.")
    at = moment_at(where, occurred_at)
    reading.faults += words.time_faults(at)
    wanted = reading.text("number", said.number, 60)
    used = _recipe_for_run(reading, asked_by, said.recipe, item)
    if asked_by is not None and item is not None and item.pk != asked_by.item_id:
        reading.fault("item", f"{asked_by.number} makes {asked_by.item.code}.", "Leave the item out.")
    if planned is None and asked_by is not None and not said.planned_quantity.strip():
        planned = queries.still_to_plan(asked_by)
        if planned <= 0:
            cause = f"runs for all of {asked_by.number} are there already."
            reading.fault("planned_quantity", cause, "Say how much more this run makes.", "required")
    if planned is None and used is not None:
        planned = used.base_quantity
    reading.faults = [_field(fault, "planned/quantity", "planned_quantity") for fault in reading.faults]
    reading.done()
    assert item is not None
    assert where is not None
    place = _run_place(wanted, at.date(), item, actor)
    expected = used.expected_yield if used is not None and declared is None else None
    return Run(
        uid=own,
        number=place.code,
        item=item,
        site=where,
        place=place,
        order=asked_by,
        recipe=used,
        snapshot=queries.plan(used, planned).to_json() if used is not None and planned else {},
        planned_quantity=planned,
        declared_yield=int(declared * 100) if declared is not None else expected,
        opened_at=at,
        opened_by=actor,
        asked=digest,
    )


def _tell_opened(run: Run, actor: str) -> None:
    text = f"by {run.recipe}" if run.recipe is not None else ""
    documents.record(run.uid, KIND, "opened", actor=actor, text=text)
    if run.order is not None:
        _order_begins(run.order, run, actor)


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
    default = _default(reading, place, [*inputs, *outputs])
    taken = reading.all_taken(inputs, default, "inputs")
    made = _outputs(reading, outputs, default, today=vessel.opened_at.date(), prefix="outputs")
    lost = reading.all_taken(losses, vessel.place, "losses") if losses else []
    inside: dict[int, int] = {}
    for row in taken:
        inside[row.lot.pk] = inside.get(row.lot.pk, 0) + row.quantity
    _check_inside(reading, lost, inside, "losses")
    why = reading.text("loss_reason", loss_reason, 2000, required=bool(losses), lines=True)
    reading.done()
    return Whole(taken, made, lost, why)


def _closing_at_once(reading: Reading, vessel: Run, whole: Whole, reason: str) -> Closing:
    why = reading.text("difference_reason", reason, 2000, lines=True)
    balance = whole.balance(reading)
    if not why:
        _check_balanced(reading, balance, "difference_reason")
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


def _locked(key: int) -> Run:
    rows = Run.objects.select_for_update(of=("self",)).select_related("item", "site", "place", "order")
    return rows.get(pk=key)


def open_run(name: Named) -> Run:
    """An open run under its row lock: nobody takes back the same goods twice, nor posts into a closed run."""
    vessel = _locked(queries.run(name or "").pk)
    if vessel.status != RunStatus.OPEN:
        raise Conflict(
            Fault("run", f"{vessel.number} is closed.", "Open a new run, or reverse its events.", "closed")
        )
    if vessel.waiting:
        cause = f"{vessel.number} waits for a decision on its yield."
        raise Conflict(Fault("run", cause, "See its page for who decides.", "waiting"))
    return vessel


def _item_of(recipe: Named) -> Named:
    return queries.recipe(recipe).item.uid if recipe else ""


def _order_for_run(name: Named) -> Order:
    found = queries.order(name or "")
    rows = Order.objects.select_for_update(of=("self",)).select_related("item", "site", "recipe__item")
    order = rows.get(pk=found.pk)
    if order.status not in (OrderStatus.RELEASED, OrderStatus.IN_PROGRESS):
        remedy = "Release it first." if order.status == OrderStatus.PLANNED else "Make another order."
        cause = f"{order.number} is {order.get_status_display().lower()}."
        raise Conflict(Fault("order", cause, remedy, "not_released"))
    return order


def _recipe_for_run(reading: Reading, order: Order | None, name: Named, item: Item | None) -> Recipe | None:
    if order is not None and not name:
        return order.recipe
    if not name:
        return None
    found = queries.recipe(name)
    if found.status != RecipeStatus.ACTIVE:
        reading.fault("recipe", f"{found} is {found.status}.", "Choose an active version.")
    elif item is not None and found.item_id != item.pk:
        reading.fault("recipe", f"{found} makes {found.item.code}.", "Choose a recipe of this item.")
    return found


def _order_begins(order: Order, run: Run, actor: str) -> None:
    if order.status == OrderStatus.RELEASED:
        order.status = OrderStatus.IN_PROGRESS
        order.save(update_fields=["status"])
    text = f"{run.number}, {to_text(run.planned_quantity or 0, run.item.scale)} {symbol(run.item.unit)}"
    documents.record(order.uid, "production.order", "run opened", actor=actor, text=text)


def _run_once(uid: UUID | None, digest: str, act: Callable[[UUID], Run]) -> Run:
    """Make a run in one transaction, or give the one that the same form made before."""
    known = _made_before(uid, digest)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return act(uid or new_uid())
    except (IntegrityError, Conflict):
        # The same form sent twice at the same moment: the other one is in the book now.
        known = _made_before(uid, digest)
        if known is None:
            raise
        return known


def _made_before(uid: UUID | None, digest: str) -> Run | None:
    known = Run.objects.filter(uid=uid).first() if uid is not None else None
    if known is not None and known.asked != digest:
        cause = "this form was sent before, with other content; the first one stands."
        raise Conflict(Fault("uid", cause, "Open a fresh form.", "other_content"))
    return known


def _run_place(number: str, day: date, item: Item, actor: str) -> Place:
    name = f"Run of {item.name}"[:200]
    if number:
        try:
            return place_actions.create_run_place(code=number, name=name, actor=actor)
        except Refused as refusal:
            kind = Conflict if isinstance(refusal, Conflict) else Refused
            raise kind([_field(fault, "code", "number") for fault in refusal.faults]) from None
    stem = f"RUN-{day:%y%m%d}-"
    first = sql.rows("SELECT count(*) FROM production_run WHERE number LIKE %s", [f"{stem}%"])[0][0] + 1
    for attempt in range(ATTEMPTS):
        try:
            return place_actions.create_run_place(code=f"{stem}{first + attempt}", name=name, actor=actor)
        except Conflict:
            continue
    raise Conflict(Fault("number", f"no free number after {stem}{first}.", "Type one.", "taken"))


def _field(fault: Fault, old: str, new: str) -> Fault:
    return Fault(new if fault.field == old else fault.field, fault.cause, fault.remedy, fault.code)


def _default(reading: Reading, place: Named, lines: Sequence[Line | Issue | Output]) -> Place | None:
    """The act's own place: needed where a line does not say its own."""
    if place or any(not line.place for line in lines):
        return reading.place("place", place)
    return None


def draft_of(kind: str, run: Run, event: UUID, at: datetime | None, digest: str, **more: Any) -> Draft:
    """An event of a run, still without its movements."""
    return Draft(
        kind=kind,
        occurred_at=moment_at(run.site, at),
        uid=event,
        place=run.site_id,
        document_kind="run",
        document_number=run.number,
        data={"asked": digest},
        **more,
    )


def _post(draft: Draft, moves: list[Move], actor: str) -> Receipt:
    return post_lines(replace(draft, moves=moves), actor=actor, at=[f"lines/{i}" for i in range(len(moves))])


def _left(run: Run) -> dict[int, int]:
    return {share.lot.pk: share.left for share in browsing.run_shares(run.place)}


def expires_by(run: Run) -> date | None:
    """The day no output may outlive, where the recipe says so: the earliest expiry of what is in the run."""
    if not run.snapshot.get("limits_expiry"):
        return None
    known = [share.lot.expires_on for share in queries.shares(run) if share.used and share.lot.expires_on]
    return min(known, default=None)


def _check_inside(reading: Reading, rows: Sequence[Taken], left: Mapping[int, int], prefix: str) -> None:
    """Only what went in can come back unused or be lost inside: runs have no balances that would say no."""
    if reading.faults:
        return
    remaining = dict(left)
    for index, row in enumerate(rows):
        have = remaining.get(row.lot.pk, 0)
        if row.quantity > have:
            item = row.item
            reading.fault(
                f"{prefix}/{index}/quantity",
                f"the run holds {to_text(have, item.scale)} {item.unit} of {item.code} lot"
                f" {row.lot.number or '(untracked)'}, not {to_text(row.quantity, item.scale)}.",
                "Check the lot and the amount.",
                "too_little",
            )
        remaining[row.lot.pk] = have - row.quantity


def _outputs(
    reading: Reading,
    outputs: Sequence[Output],
    default: Place | None,
    *,
    today: date,
    prefix: str,
    latest: date | None = None,
) -> list[Made]:
    reading.some(outputs, prefix)
    reading.look_ahead([(output.item, output.lot) for output in outputs[: words.LINES_MAX]])
    made = []
    for index, output in enumerate(outputs[: words.LINES_MAX]):
        where = f"{prefix}/{index}"
        item = reading.item(f"{where}/item", output.item)
        place = reading.place(f"{where}/place", output.place) if output.place else default
        facts = _facts(reading, where, output)
        if item is None:
            continue
        number = reading.text(f"{where}/lot", output.lot, 500)
        one = item.tracking == "serial" and not output.quantity
        quantity = 10**item.scale if one else reading.quantity(where, item, output.quantity, output.unit)
        kind = words.KIND_OF[item.tracking]
        if kind is LotKind.BULK and number:
            reading.fault(f"{where}/lot", f"{item.code} is not tracked by lot.", "Leave the lot out.")
        if kind is LotKind.SERIAL and not number:
            cause = f"{item.code} is tracked by serial, none is given."
            reading.fault(f"{where}/lot", cause, "Give its serial.", "required")
        if quantity is None or place is None or reading.faults:
            continue
        if kind is LotKind.LOT and not number:
            number = reading.next_number(where, item, on=today, place=place)
        if latest and facts.get("expires_on", latest) > latest:
            cause = f"an input expires {written(latest)}, and the recipe lets nothing made of it keep longer."
            reading.fault(f"{where}/expires_on", cause, "Give that day at the latest, or leave it out.")
        if kind is LotKind.BULK:
            facts = {}
        elif not reading.knows(item, number, int(kind)):
            # A lot the book knows (a second filling of the same batch) keeps its dates.
            facts = fresh(item, facts, today, latest)
        made.append(Made(where, item, LotRef(item.pk, number, int(kind), facts), quantity, place))
    return made


def _facts(reading: Reading, where: str, output: Output) -> dict[str, date]:
    read = {name: reading.day(f"{where}/{name}", getattr(output, name)) for name in DATES}
    told = {name: day for name, day in read.items() if day is not None}
    reading.faults += [fault.under(where) for fault in lot_rules.date_faults(told)]
    return told


def dated(
    item: Item, number: str, kind: int, *, told: dict[str, date], today: date, latest: date | None = None
) -> dict[str, date]:
    """What the lot is told: a lot the book knows (a second filling of the same batch) keeps its dates.

    By its shelf life it expires ``latest`` at the latest.
    """
    if number and any(lot.kind == kind for lot in lots.numbered([item.pk], [number])):
        return told
    return fresh(item, told, today, latest)


def fresh(item: Item, told: dict[str, date], today: date, latest: date | None) -> dict[str, date]:
    """What a lot the book does not know is told: made that day, expiring by its shelf life."""
    produced_on = told.get("produced_on", today)
    expires_on = told.get("expires_on") or words.expiry(item, produced_on)
    if latest and (expires_on is None or expires_on > latest):
        expires_on = latest
    return {**told, "produced_on": produced_on} | ({"expires_on": expires_on} if expires_on else {})


def _balance_data(balance: rules.MassBalance) -> dict[str, Any]:
    return {
        "in": kg(balance.consumed),
        "out": kg(balance.produced),
        "lost": kg(balance.lost),
        "difference": kg(balance.difference),
        "not_weighed": list(balance.unweighed),
    }
