"""Reservations for orders: one, many in the order of their priority, a chosen lot, given back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from lotbook.foundation.catalog.rules import symbol
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.quantity import to_text
from lotbook.operations.shipping import queries, rules
from lotbook.operations.shipping.actions import standing
from lotbook.operations.shipping.models import Order, OrderLine, Pick
from lotbook.traceability.allocation import actions as allocation
from lotbook.traceability.allocation import queries as allocations
from lotbook.traceability.allocation.rules import Answer, Demand
from lotbook.traceability.ledger.lines import Named, Reading
from lotbook.traceability.lots.models import Lot


@transaction.atomic
def allocate(*, order: Named, actor: str) -> Order:
    """Reserve what an order still lacks, by the rules of its customer and items."""
    return allocate_many(orders=[order], actor=actor)[0]


@transaction.atomic
def allocate_many(*, orders: Sequence[Named], actor: str) -> list[Order]:
    """Reserve for many orders in one call: by priority, then by the day they are wanted on.

    What cannot be reserved stays open, with the reason on the line. Raises Conflict for drafts and ended
    orders.
    """
    locked = standing.lock_many(orders)
    standing.live(locked)
    ordered = sorted(locked, key=lambda one: (one.priority, one.wanted_on or date.max, one.pk))
    lines = queries.lines(ordered)
    _join(ordered, lines, actor)
    wanted: list[tuple[Order, OrderLine]] = []
    demands: list[Demand] = []
    for order in ordered:
        asks = queries.asks(order, lines[order.pk])
        for line in lines[order.pk]:
            if missing := line.open - line.allocated:
                wanted.append((order, line))
                demands.append(demand(order, line, asks[line.number], missing))
    answers = allocation.allocate(demands, actor=actor) if demands else []
    for (_, line), answer in zip(wanted, answers, strict=True):
        line.shortage, line.problem = answer.why_not if answer.missing else "", ""
    OrderLine.objects.bulk_update([line for _, line in wanted], ["shortage", "problem"])
    standing.refresh(ordered)
    for order in ordered:
        _told(
            order,
            [(line, answer) for (one, line), answer in zip(wanted, answers, strict=True) if one is order],
            actor,
        )
    return locked


def _join(orders: Sequence[Order], lines: Mapping[int, list[OrderLine]], actor: str) -> None:
    """Where all has to come from one lot, what is reserved is looked for anew with the rest."""
    for order in orders:
        asks = queries.asks(order, lines[order.pk])
        for line in lines[order.pk]:
            part = 0 < line.allocated < line.open
            if part and asks[line.number].one_lot and not line.picked:
                allocation.free(document=order.uid, line=line.number, actor=actor, reason="looked for anew")
                line.allocated = 0


def demand(order: Order, line: OrderLine, ask: rules.Ask, quantity: int) -> Demand:
    """What a line asks of the stock at the order's site."""
    asked = Demand(
        item=line.item_id,
        quantity=quantity,
        place=order.site_id,
        purpose=standing.KIND,
        document=order.uid,
        number=order.number,
        line=line.number,
        strategy=ask.strategy,
        min_days=ask.minimum_days,
        one_lot=ask.one_lot,
        not_before=ask.not_before,
    )
    return replace(asked, strategy="chosen", lots=(line.lot_id,)) if line.lot_id else asked


def _told(order: Order, answers: Sequence[tuple[OrderLine, Answer]], actor: str) -> None:
    short = [line for line, answer in answers if answer.missing]
    if answers:
        text = f"{len(answers) - len(short)} of {len(answers)} lines in full"
        reason = "; ".join(f"line {line.number}: {line.shortage}" for line in short)
        standing.note(order, "allocated", actor=actor, text=text, reason=reason)


@transaction.atomic
def choose_lot(*, order: Named, line: int, lot: str, actor: str, reason: str = "") -> Order:
    """Reserve one lot for what a line still lacks of picks, instead of what is suggested.

    Another lot than the rules suggest needs a reason, which is kept. A lot that is held, expired, somewhere
    else or not enough is refused, and what was reserved stays.
    """
    found = standing.lock(order)
    standing.live([found])
    lines = queries.lines([found])[found.pk]
    one = next((row for row in lines if row.number == line), None)
    reading = Reading()
    if one is None:
        reading.fault("line", f"{found.number} has no line {line}.", "Look at the order again.", "unknown")
    why = reading.text("reason", reason, 2000, lines=True)
    reading.done()
    assert one is not None
    chosen = scanned(reading, "lot", one, lot)
    reading.done()
    assert chosen is not None
    kept = {pick.claim for pick in Pick.objects.filter(line=one, done_at=None)}
    loose = [claim.id for claim in queries.claims(found) if claim.line == line and claim.id not in kept]
    if loose:
        allocation.free(document=found.uid, claims=loose, actor=actor, reason="another lot was chosen")
    ask = queries.asks(found, lines)[line]
    asked = demand(found, one, ask, one.open - one.picked)
    _reasoned(asked, chosen, why)
    answer = reserve_lot(asked, chosen, actor=actor, field="lot")
    one.problem = one.shortage = ""
    one.save(update_fields=["problem", "shortage"])
    standing.refresh([found])
    text = f"line {line}: {answer} of {chosen.number}"
    standing.note(found, "lot chosen", actor=actor, text=text, reason=why)
    return found


def _reasoned(asked: Demand, chosen: Lot, why: str) -> None:
    """Whoever leaves the lot that is suggested says why."""
    (best,) = allocations.suggest([asked])
    first = best.portions[0] if best.portions else None
    if first is None or first.lot == chosen.pk or why:
        return
    suggested = Lot.objects.get(pk=first.lot)
    raise Refused(
        Fault(
            "reason",
            f"{suggested.number} is suggested: {first.why or 'it goes first'}.",
            f"Take it, or say why {chosen.number}.",
            "other_lot",
        )
    )


def reserve_lot(asked: Demand, lot: Lot, *, actor: str, field: str, place: int | None = None) -> str:
    """Reserve all of a demand from one lot, whatever the rules would prefer; gives the quantity as text.

    Whoever chooses a lot answers for its dates with the reason; held and expired lots stay refused.
    """
    (answer,) = allocation.allocate([only(asked, lot, place)], actor=actor)
    if answer.missing:
        raise Refused(
            Fault(field, answer.why_not or f"{lot.number} is not free.", "Take another lot.", "not_free")
        )
    return to_text(asked.quantity, lot.item.scale)


def only(asked: Demand, lot: Lot, place: int | None = None) -> Demand:
    """The same demand, for one lot alone and in full."""
    return replace(
        asked, strategy="chosen", lots=(lot.pk,), min_days=0, not_before=None, one_lot=False, whole=True,
        place=place or asked.place,
    )  # fmt: skip


def scanned(reading: Reading, field: str, line: OrderLine, text: str) -> Lot | None:
    """The lot of a line's item somebody typed or scanned: its number, uid, or a code that holds it."""
    wanted = reading.text(field, text, 500, required=True)
    if not wanted or storable(wanted):
        return None
    rows = Lot.objects.select_related("item").filter(item=line.item_id)
    found = rows.filter(number=wanted).first()
    if found is None:
        try:
            found = rows.filter(uid=UUID(wanted)).first()
        except ValueError:
            found = _coded(wanted, line)
    if found is None:
        reading.fault(
            field, f"{line.item.code} has no lot {wanted[:60]!r}.", "Scan the label of the goods.", "unknown"
        )
    return found


def _coded(text: str, line: OrderLine) -> Lot | None:
    """The lot a GS1 code names."""
    return next((lot for lot in queries.coded_lots(text) if lot.item_id == line.item_id), None)


@transaction.atomic
def free(*, order: Named, actor: str, reason: str, line: int | None = None) -> Order:
    """Give back what is reserved for an order, or for one line of it."""
    found = standing.lock(order)
    standing.live([found])
    reading = Reading()
    why = reading.text("reason", reason, 2000, required=True, lines=True)
    reading.done()
    allocation.free(document=found.uid, line=line, actor=actor, reason=why)
    standing.refresh([found])
    text = f"line {line}" if line is not None else ""
    standing.note(found, "freed", actor=actor, text=text, reason=why)
    return found


@transaction.atomic
def broken(payload: Mapping[str, Any]) -> None:
    """A reservation of an order ended because its lot was held, or counted short: say so, once."""
    order = Order.objects.filter(uid=payload["document"]).select_for_update(of=("self",)).first()
    line = OrderLine.objects.filter(order=order, number=payload["line"]).select_related("item").first()
    if order is None or line is None or order.status in rules.ENDED:
        return
    lot = Lot.objects.get(pk=payload["lot"])
    amount = to_text(int(payload["quantity"]), line.item.scale)
    because = str(payload.get("because") or "the lot was put on hold")
    told = f"{lot.number}: {because}; {amount} {symbol(line.item.unit)} are no longer reserved."
    if told not in line.problem:
        line.problem = " ".join(part for part in (line.problem, told) if part)
        line.save(update_fields=["problem"])
        standing.note(
            order, "allocation broken", actor=str(payload.get("actor") or "lotbook"), text=told,
            reason=str(payload.get("reason") or ""),
        )  # fmt: skip
    standing.refresh([order])
