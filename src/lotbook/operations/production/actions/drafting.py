"""What every act on a run needs: the run opened and locked, its events drawn up, its lots dated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from lotbook.foundation.catalog.models import Item
from lotbook.foundation.catalog.rules import symbol
from lotbook.foundation.documents import actions as documents
from lotbook.foundation.places import actions as place_actions
from lotbook.foundation.places.models import Place
from lotbook.kernel import sql
from lotbook.kernel.clock import written
from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.kernel.ids import new_uid
from lotbook.kernel.quantity import to_text
from lotbook.operations.production import queries
from lotbook.operations.production.models import (
    Order,
    OrderStatus,
    Recipe,
    RecipeStatus,
    Run,
    RunStatus,
)
from lotbook.operations.production.rules import Issue, Output
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger import lines as words
from lotbook.traceability.ledger.lines import Line, Named, Reading, Taken, moment_at
from lotbook.traceability.ledger.rules import Draft, LotRef
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


def drawn_up(
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


def tell_opened(run: Run, actor: str) -> None:
    """Write down that a run was opened."""
    text = f"by {run.recipe}" if run.recipe is not None else ""
    documents.record(run.uid, KIND, "opened", actor=actor, text=text)
    if run.order is not None:
        _order_begins(run.order, run, actor)


def locked_run(key: int) -> Run:
    """The run, locked until the act is done."""
    rows = Run.objects.select_for_update(of=("self",)).select_related("item", "site", "place", "order")
    return rows.get(pk=key)


def open_run(name: Named) -> Run:
    """An open run under its row lock: nobody takes back the same goods twice, nor posts into a closed run."""
    vessel = locked_run(queries.run(name or "").pk)
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


def run_once(uid: UUID | None, digest: str, act: Callable[[UUID], Run]) -> Run:
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


def default_place(reading: Reading, place: Named, lines: Sequence[Line | Issue | Output]) -> Place | None:
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


def left(run: Run) -> dict[int, int]:
    """What went into a run and is in it still, by lot."""
    return {share.lot.pk: share.left for share in browsing.run_shares(run.place)}


def expires_by(run: Run) -> date | None:
    """The day no output may outlive, where the recipe says so: the earliest expiry of what is in the run."""
    if not run.snapshot.get("limits_expiry"):
        return None
    known = [share.lot.expires_on for share in queries.shares(run) if share.used and share.lot.expires_on]
    return min(known, default=None)


def check_inside(reading: Reading, rows: Sequence[Taken], left: Mapping[int, int], prefix: str) -> None:
    """Faults where more is taken back out of a run than went into it."""
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
                f"the run holds {to_text(have, item.scale)} {symbol(item.unit)} of {item.code} lot"
                f" {row.lot.number or '(untracked)'}, not {to_text(row.quantity, item.scale)}.",
                "Check the lot and the amount.",
                "too_little",
            )
        remaining[row.lot.pk] = have - row.quantity


def lots_made(
    reading: Reading,
    outputs: Sequence[Output],
    default: Place | None,
    *,
    today: date,
    prefix: str,
    latest: date | None = None,
) -> list[Made]:
    """The lots that outputs name, each with its place and quantity; new ones are numbered and dated."""
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
