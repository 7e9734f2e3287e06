"""A case as JSON: the same for the API and the command line. Quantities are decimal text in base units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lotbook.insights.recall.models import Case, CaseExpense, CaseStep, EffectivenessCheck, Notice
from lotbook.insights.recall.queries import exposing, pages
from lotbook.insights.recall.queries.reconciling import Cost, CustomerRow, DeliveryRow, LotRow, Point
from lotbook.insights.recall.queries.scoping import Account
from lotbook.kernel.quantity import to_text

MICRO = 6


def case(found: Case) -> dict[str, Any]:
    """The case itself."""
    totals = pages.totals(found)
    return {
        "id": found.uid,
        "number": found.number,
        "kind": found.kind,
        "drill": found.is_drill,
        "status": found.status,
        "classification": found.classification,
        "reason": found.reason,
        "hazard": found.hazard,
        "source_kind": found.source_kind,
        "source": found.source,
        "reading": found.reading,
        "exposure": found.exposure,
        "suspects": found.suspects,
        "opened_at": found.opened_at,
        "opened_by": found.opened_by,
        "clock": pages.elapsed(found),
        "as_of": found.as_of,
        "scoped_at": found.scoped_at,
        "frozen_at": found.frozen_at,
        "frozen_sequence": found.frozen_sequence,
        "waits_for": found.waits_for,
        "approval": found.approval,
        "decision": found.decision if found.decided_at else "",
        "decision_text": found.decision_text if found.decided_at else "",
        "decided_at": found.decided_at,
        "decided_by": found.decided_by if found.decided_at else "",
        "closing": found.closing if found.ended_at else "",
        "ended_at": found.ended_at,
        "ended_by": found.ended_by if found.ended_at else "",
        "lots": totals.lots,
        "lots_held": totals.held,
        "lots_released": totals.released,
        "customers": totals.customers,
    }


def row(found: Case) -> dict[str, Any]:
    """The case in a list."""
    return {
        "id": found.uid,
        "number": found.number,
        "kind": found.kind,
        "status": found.status,
        "classification": found.classification,
        "reason": found.reason,
        "opened_at": found.opened_at,
        "opened_by": found.opened_by,
        "as_of": found.as_of,
        "ended_at": found.ended_at,
    }


def account(one: Account, scale: int) -> dict[str, str]:
    """An account of a lot."""
    return {name: to_text(value, scale) for name, value in one.as_fields().items()}


def lot(one: LotRow) -> dict[str, Any]:
    """An affected lot then and now."""
    item = one.lot.item
    return {
        "id": one.lot.uid,
        "item": item.code,
        "lot": one.lot.number,
        "unit": item.unit,
        "suspect": one.row.suspect,
        "added": one.row.added,
        "as_of": one.row.as_of,
        "then": account(one.then, item.scale),
        "now": account(one.now, item.scale),
        "changed": one.changed,
        "share": None if one.row.share_ppm is None else one.row.share_ppm / exposing.WHOLE,
        "share_bound": one.row.share_bound,
        "on_hold": one.held,
        "hold": one.row.hold,
        "released_at": one.row.released_at,
        "released_by": one.row.released_by,
        "release_reason": one.row.release_reason,
        "explanation": one.row.explanation,
    }


def customer(one: CustomerRow) -> dict[str, Any]:
    """A customer with what it got."""
    who = one.customer
    return {
        "id": who.uid,
        "partner": who.partner.code,
        "name": who.partner.name,
        "contact": who.contact,
        "language": who.language,
        "status": who.status,
        "suspect": [suspect(row) for row in exposing.of_rows(row.row for row in one.deliveries)],
        "deliveries": [delivery(row) for row in one.deliveries],
    }


def suspect(one: exposing.Suspect) -> dict[str, Any]:
    """How much of what a customer got is suspect."""
    return {
        "unit": one.unit,
        "quantity": to_text(one.quantity, one.scale),
        "suspect": to_text(one.suspect, one.scale),
        "known": one.known,
    }


def delivery(one: DeliveryRow) -> dict[str, Any]:
    """So much of a lot at a customer."""
    item = one.lot.item
    amounts = {
        "shipped": one.shipped, "returned": one.returned, "destroyed": one.row.destroyed,
        "sold_on": one.row.sold_on, "open": one.remaining,
    }  # fmt: skip
    return {
        "id": one.lot.uid,
        "item": item.code,
        "lot": one.lot.number,
        "unit": item.unit,
        **{name: to_text(value, item.scale) for name, value in amounts.items()},
        "suspect": None if one.row.suspect is None else to_text(one.row.suspect, item.scale),
        "documents": one.row.documents,
        "explanation": one.row.explanation,
    }


def point(one: Point) -> dict[str, str]:
    """Something that does not add up."""
    return {"field": one.field, "words": one.words, "explanation": one.explanation}


def cost(one: Cost) -> dict[str, str]:
    """What a case costs in one currency."""
    return {
        "currency": one.currency,
        "lost": to_text(one.lost, MICRO),
        "expenses": to_text(one.expenses, MICRO),
        "total": to_text(one.total, MICRO),
        "at_stake": to_text(one.at_stake, MICRO),
    }


def expense(one: CaseExpense) -> dict[str, Any]:
    """Money a case cost."""
    return {
        "id": one.uid,
        "text": one.text,
        "amount": to_text(one.amount_micro, MICRO),
        "currency": one.currency,
        "spent_on": one.spent_on,
        "entered_at": one.entered_at,
        "entered_by": one.entered_by,
    }


def step(one: CaseStep) -> dict[str, Any]:
    """A step of the log."""
    return {
        "index": one.index,
        "at": one.happened_at,
        "actor": one.actor,
        "verb": one.verb,
        "text": one.text,
        "reason": one.reason,
        "data": one.data,
        "previous": one.previous,
        "digest": one.digest,
    }


def notice(one: Notice) -> dict[str, Any]:
    """A notice as JSON."""
    link = getattr(one, "link", None)
    return {
        "id": one.uid, "customer": one.customer.uid, "name": one.customer.partner.name, "kind": one.kind,
        "round": one.round, "channel": one.channel, "address": one.address, "language": one.language,
        "status": one.status, "subject": one.subject, "text": one.body, "digest": one.digest,
        "attempts": one.attempts, "problem": one.problem, "asked_at": one.asked_at, "asked_by": one.asked_by,
        "sent_at": one.sent_at, "link_opened_at": link.opened_at if link else None,
    }  # fmt: skip


def whole(
    found: Case, lots: Sequence[LotRow], customers: Sequence[CustomerRow], steps: Sequence[CaseStep]
) -> dict[str, Any]:
    """The case with everything in it, as the command line prints it."""
    return {
        "case": case(found),
        "lots": [lot(one) for one in lots],
        "customers": [customer(one) for one in customers],
        "steps": [step(one) for one in steps],
    }


def check(one: EffectivenessCheck) -> dict[str, Any]:
    """An effectiveness check."""
    return {
        "id": one.uid, "customer": one.customer.uid, "name": one.customer.partner.name, "method": one.method,
        "outcome": one.outcome, "text": one.text, "planned_at": one.planned_at, "planned_by": one.planned_by,
        "done_at": one.done_at, "done_by": one.done_by,
    }  # fmt: skip
