"""Opening a case, saying what is suspected, taking the scope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from lotbook.foundation.documents import actions as documents
from lotbook.foundation.partners.models import Partner
from lotbook.insights.recall import drillrules, rules
from lotbook.insights.recall.actions import outward
from lotbook.insights.recall.actions.steps import locked, record
from lotbook.insights.recall.models import (
    Case,
    CaseCustomer,
    CaseDelivery,
    CaseKind,
    CaseLot,
    CaseStatus,
    Choice,
    Drill,
)
from lotbook.insights.recall.queries import exposing, scoping
from lotbook.insights.recall.queries.exposing import Exposed
from lotbook.kernel import clock
from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Conflict, Fault
from lotbook.kernel.ids import new_uid

PREFIX = "RC"
AT_ONCE = 1_000
"""Rows of one INSERT."""


@transaction.atomic
def open_case(
    *,
    kind: str,
    reason: str,
    actor: str,
    classification: str = "",
    hazard: str = "",
    suspects: Mapping[str, Any] | None = None,
    source_kind: str = "",
    source: str = "",
    reading: str = "reach",
    complaint: UUID | None = None,
    uid: UUID | None = None,
) -> Case:
    """Open a case with status *suspicion*; the same ``uid`` opens once. A ``complaint`` is linked to it.

    ``suspects`` is the JSON of ``trace.suspects``; it may come later. Raises Refused naming the field, and
    Conflict when ``uid`` opened another case.
    """
    check = Check()
    values: dict[str, Any] = {
        "kind": check.choice("kind", kind, CaseKind.values),
        "reason": check.text("reason", reason, 2000, required=True, lines=True),
        "classification": check.text("classification", classification, 60),
        "hazard": check.text("hazard", hazard, 2000, lines=True),
        "source_kind": check.choice("source_kind", source_kind, ["", *rules.SOURCES]),
        "source": check.text("source", source, 200),
        "reading": check.choice("reading", reading, rules.READINGS),
    }
    check.done()
    values["suspects"] = scoping.checked(suspects or {})
    if uid is not None and (known := Case.objects.filter(uid=uid).first()) is not None:
        if all(getattr(known, name) == value for name, value in values.items()):
            return known
        cause = f"this form opened {known.number} before, with other content; the first one stands."
        raise Conflict(Fault("uid", cause, "Open a fresh form for another case.", "other_content"))
    now = clock.now()
    case = Case.objects.create(
        uid=uid or new_uid(), number=documents.next_number(PREFIX, on=now), opened_at=now, opened_by=actor,
        **values,
    )  # fmt: skip
    origin = f"from {rules.SOURCES[case.source_kind]} {case.source}".strip() if case.source_kind else ""
    data = {"kind": case.kind, "classification": case.classification, "suspects": case.suspects}
    record(case, "opened", actor=actor, text=origin, reason=case.reason, data=data)
    if case.is_drill:
        Drill.objects.create(case=case, choice=Choice.CHOSEN, target_s=drillrules.TARGET_USUAL_S)
    if complaint is not None:
        outward.link_complaint(case, complaint, actor=actor)
    outward.tell(case, "opened")
    return case


@transaction.atomic
def set_suspects(*, case: UUID | str, suspects: Mapping[str, Any], actor: str, reason: str = "") -> Case:
    """Say anew what is suspected. A scope taken before does not fit any more: it has to be taken again."""
    found = locked(case, "suspects")
    check = Check()
    why = check.text("reason", reason, 2000, lines=True)
    check.done()
    found.suspects, found.status = scoping.checked(suspects), CaseStatus.SUSPICION
    found.save(update_fields=["suspects", "status"])
    record(found, "suspects set", actor=actor, reason=why, data={"suspects": found.suspects})
    return found


@transaction.atomic
def take_scope(*, case: UUID | str, actor: str, as_of: int | None = None) -> Case:
    """Freeze the scope at a sequence of the ledger: affected lots with their accounts, and who got them.

    With each goes which share of it stems from the suspects, by the case's reading, as of that sequence.
    Until lots are frozen it may be taken again, which replaces it. Raises Refused where nothing is suspected.
    """
    found = locked(case, "scope")
    scope = scoping.scope(found.suspects, as_of=as_of)
    CaseDelivery.objects.filter(customer__case=found).delete()
    found.customers.all().delete()
    found.lots.all().delete()
    exposed = exposing.exposed(found.suspects, as_of=scope.as_of, reading=found.reading)
    keep_lots(found, scope, exposed)
    keep_deliveries(found, scope, exposed)
    found.as_of, found.scoped_at, found.status = scope.as_of, clock.now(), CaseStatus.SCOPED
    found.exposure = dict(exposed.about)
    found.save(update_fields=["as_of", "scoped_at", "status", "exposure"])
    customers = found.customers.count()
    counts = {"as_of": scope.as_of, "lots": len(scope.lots), "customers": customers}
    text = f"{_many(len(scope.lots), 'lot')}, {_many(customers, 'customer')}, as of sequence {scope.as_of}"
    record(found, "scope taken", actor=actor, text=text, data=counts)
    outward.tell(found, "scoped", **counts)
    return found


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'s' if count != 1 else ''}"


def keep_lots(case: Case, scope: scoping.Scope, exposed: Exposed, *, added: bool = False) -> list[CaseLot]:
    """Keep affected lots with their accounts and shares."""
    unknown = (None, False)
    rows = [
        CaseLot(
            case=case, lot_id=one.lot, drill=case.is_drill, suspect=one.lot in scope.seeds, added=added,
            as_of=scope.as_of, share_ppm=share, share_bound=bound, **one.account.as_fields(),
        )
        for one in scope.lots
        for share, bound in [exposed.shares.get(one.lot, unknown)]
    ]  # fmt: skip
    return CaseLot.objects.bulk_create(rows, batch_size=AT_ONCE)


def _contact(partner: Partner) -> str:
    return " · ".join(filter(None, (partner.email, partner.phone)))


def keep_deliveries(case: Case, scope: scoping.Scope, exposed: Exposed) -> None:
    """Keep who got which affected lot, how much of it is suspect; customers known keep their status."""
    wanted = {one.partner for one in scope.deliveries}
    known = {row.partner_id: row for row in case.customers.all()}
    fresh = Partner.objects.filter(pk__in=wanted - known.keys()).order_by("pk")
    made = [
        CaseCustomer(
            case=case, partner=one, language=one.language, contact=_contact(one)
        )
        for one in fresh
    ]  # fmt: skip
    CaseCustomer.objects.bulk_create(made, batch_size=AT_ONCE)
    customers = {row.partner_id: row for row in case.customers.all()}
    rows = [
        CaseDelivery(
            customer=customers[one.partner], lot_id=one.lot, shipped=one.shipped, returned=one.returned,
            documents=list(one.documents), suspect=exposed.suspect(one),
        )
        for one in scope.deliveries
    ]  # fmt: skip
    CaseDelivery.objects.bulk_create(rows, batch_size=AT_ONCE, ignore_conflicts=True)
