"""The lists of a case as files: what, as of which sequence, for whom and when stands in each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from lotbook.insights.recall.models import Case
from lotbook.insights.recall.queries import checks, noticelines, notices, reading, reconciling
from lotbook.insights.recall.queries.exposing import WHOLE
from lotbook.insights.recall.queries.recipients import recipients
from lotbook.insights.recall.queries.reconciling import LotRow
from lotbook.kernel import clock, tables
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.permissions import actor
from lotbook.kernel.quantity import to_decimal
from lotbook.kernel.tables import Cell

ACCOUNT = ("came", "on_hand", "in_transit", "consumed", "shipped", "returned", "lost", "difference")
LOTS = (
    "item", "item name", "lot", "unit", "suspect", "suspect share", "share is a bound", "as of sequence",
    *(f"{name.replace('_', ' ')} {when}" for when in ("then", "now") for name in ACCOUNT),
    "on hold", "released at", "released by", "reason", "explanation", "id",
)  # fmt: skip
CUSTOMERS = (
    "customer", "contact", "language", "status", "item", "lot", "unit", "shipped", "returned", "destroyed",
    "sold on", "not accounted for", "suspect when scoped", "explanation", "documents",
)  # fmt: skip
LOG = ("step", "at", "by", "what", "text", "reason", "digest", "digest before")
CHECKS = ("customer", "contact", "how", "what it found", "note", "planned at", "by", "done at", "done by")
COSTS = ("on", "what", "amount", "currency", "entered at", "entered by")
NOTICES = (
    "customer", "notice", "round", "by", "to", "language", "state", "written at", "sent at", "attempts",
    "problem", "link opened", "answered", "subject", "digest", "id",
)  # fmt: skip
MICRO_DIGITS = 6


def about(request: HttpRequest, case: Case | None = None) -> list[tuple[str, Cell]]:
    """What a list is, who asked and when."""
    head: list[tuple[str, Cell]] = []
    if case is not None:
        head = [
            ("Case", case.number), ("Kind", case.get_kind_display()), ("Status", case.get_status_display()),
            ("Scope as of sequence", case.as_of),
        ]  # fmt: skip
    query = request.GET.copy()
    query.pop("format", None)
    return [*head, ("Filter", query.urlencode()), ("By", actor(request)), ("At", clock.now())]


def export(request: HttpRequest, case: Case, tab: str, kind: str) -> HttpResponseBase:
    """The list of a tab as a file. Raises Refused for one that is no list."""
    made = {
        "lots": (LOTS, _lots), "balance": (LOTS, _lots), "customers": (CUSTOMERS, _customers),
        "log": (LOG, _log), "costs": (COSTS, _costs), "notices": (NOTICES, _notices),
        "checks": (CHECKS, _checks),
    }.get(tab)  # fmt: skip
    if made is None:
        raise Refused(
            Fault("tab", f"{tab[:20]!r} is no list of a case.", "Choose lots, customers or log."), status=400
        )
    columns, rows = made
    return tables.export(rows(case), columns, kind, f"{case.number}-{tab}", about=about(request, case))


def _lots(case: Case) -> Iterator[Sequence[Cell]]:
    for one in reconciling.lots(case):
        yield _lot(one)


def _lot(one: LotRow) -> Sequence[Cell]:
    row, lot, item = one.row, one.lot, one.lot.item
    amounts = [
        to_decimal(getattr(side, name), item.scale) for side in (one.then, one.now) for name in ACCOUNT
    ]
    return (
        item.code, item.name, lot.number, item.unit, row.suspect,
        "" if row.share_ppm is None else f"{row.share_ppm / WHOLE:.6f}", row.share_bound, row.as_of,
        *amounts, one.held,
        row.released_at, row.released_by, row.release_reason, row.explanation, str(lot.uid),
    )  # fmt: skip


def _customers(case: Case) -> Iterator[Sequence[Cell]]:
    for customer in reconciling.customers(case):
        who = customer.customer
        for one in customer.deliveries:
            item, row = one.lot.item, one.row
            amounts = (one.shipped, one.returned, row.destroyed, row.sold_on, one.remaining)
            yield (
                who.partner.name, who.contact, who.language, who.get_status_display(), item.code,
                one.lot.number, item.unit, *(to_decimal(amount, item.scale) for amount in amounts),
                None if row.suspect is None else to_decimal(row.suspect, item.scale), row.explanation,
                ", ".join(row.documents),
            )  # fmt: skip


def _checks(case: Case) -> Iterator[Sequence[Cell]]:
    for one in checks.checks(case):
        yield (
            one.customer.partner.name, one.customer.contact, one.get_method_display(),
            one.get_outcome_display(), one.text, one.planned_at, one.planned_by, one.done_at, one.done_by,
        )  # fmt: skip


def _log(case: Case) -> Iterator[Sequence[Cell]]:
    for step in reading.log(case):
        yield (
            step.index, step.happened_at, step.actor, step.verb, step.text, step.reason, step.digest,
            step.previous,
        )  # fmt: skip


def _costs(case: Case) -> Iterator[Sequence[Cell]]:
    for one in case.expenses.all():
        amount = to_decimal(one.amount_micro, MICRO_DIGITS)
        yield one.spent_on, one.text, amount, one.currency, one.entered_at, one.entered_by


def _notices(case: Case) -> Iterator[Sequence[Cell]]:
    """A row for each notice, and one for each customer to whom none was written."""
    for one in noticelines.lines(case, recipients(case, notices.plan_of(case))):
        row, address = one.notice, one.address.replace("\n", ", ")
        if row is None:
            yield (
                one.customer.partner.name, "", None, one.way, address, one.language, "not written", None,
                None, None, "", False, one.is_answered, "", "", "",
            )  # fmt: skip
            continue
        yield (
            one.customer.partner.name, one.kind, row.round + 1, one.way, address, one.language, one.state,
            row.asked_at, row.sent_at, row.attempts, row.problem, one.opened, one.is_answered, row.subject,
            row.digest, str(row.uid),
        )  # fmt: skip
