"""Customers' answers: the links they answer through, what they say, and what of it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from lotbook.foundation.approvals.rules import digest
from lotbook.foundation.catalog import queries as catalog
from lotbook.foundation.documents import actions as documents
from lotbook.foundation.documents.queries import attachments_of
from lotbook.insights.recall.actions import outward
from lotbook.insights.recall.actions.steps import locked, record
from lotbook.insights.recall.models import (
    Answer,
    AnswerLine,
    AnswerLink,
    Case,
    CaseCustomer,
    CaseDelivery,
    CustomerStatus,
    NextRecipient,
    Notice,
)
from lotbook.insights.recall.queries import links, reconciling
from lotbook.insights.recall.queries.links import url_of
from lotbook.kernel import clock
from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Conflict, Fault, NotFound, Refused
from lotbook.kernel.ids import new_uid

DAYS_MAX = 730
ANSWERS_MAX = 50
"""Most answers through one link."""
LINK_BYTES_MAX, LINK_FILES_MAX = 60 * 1024 * 1024, 60
"""Most that is kept of files through one link."""
RECIPIENTS_MAX = 100
QUANTITIES = ("found", "sold_on", "destroyed", "returning")
KEPT = 10**15

__all__ = ["answer", "make_link", "revoke_link", "take_down", "url_of"]


# -- links --------------------------------------------------------------------------------------------


def make_link(
    customer: CaseCustomer, *, actor: str, notice: Notice | None = None, days: int | None = None
) -> tuple[AnswerLink, str]:
    """A new link for a customer, and its address; good for so many days (LOTBOOK_ANSWER_DAYS).

    A drill writes to nobody: raises Conflict.
    """
    if not outward.is_real(customer.case):
        raise Conflict(Fault("case", f"{customer.case.number} is a drill: nobody is written to.", ""))
    now = clock.now()
    uid = new_uid()
    made = AnswerLink.objects.create(
        uid=uid, customer=customer, notice=notice, token_hash=links.hash_of(links.token_of(uid)),
        made_at=now, made_by=actor, expires_at=now + timedelta(days=days or settings.ANSWER_DAYS),
    )  # fmt: skip
    return made, url_of(made)


@transaction.atomic
def renew_link(
    *, case: UUID | str, customer: UUID | str, actor: str, days: int | None = None
) -> tuple[AnswerLink, str]:
    """A fresh link for a customer who lost theirs; those from before are closed."""
    found = locked(case, "answer")
    row = _customer(found, customer)
    check = Check()
    good_for = check.whole("days", days, 1, DAYS_MAX)
    check.done()
    _revoke(row)
    made, url = make_link(row, actor=actor, days=good_for)
    record(found, "link made", actor=actor, text=str(row.partner), data={"link": str(made.uid)})
    return made, url


@transaction.atomic
def revoke_link(*, case: UUID | str, customer: UUID | str, actor: str, reason: str = "") -> int:
    """Close a customer's links, as when one went to the wrong person; gives how many were open."""
    found = locked(case, "answer")
    row = _customer(found, customer)
    check = Check()
    why = check.text("reason", reason, 2000)
    check.done()
    closed = _revoke(row)
    if closed:
        record(found, "links closed", actor=actor, text=str(row.partner), reason=why)
    return closed


def _revoke(customer: CaseCustomer) -> int:
    return customer.links.filter(revoked_at=None).update(revoked_at=clock.now())


def open_link(link: AnswerLink) -> None:
    """Remember that a link was opened, the first time it is."""
    if link.opened_at is None:
        AnswerLink.objects.filter(pk=link.pk, opened_at=None).update(opened_at=clock.now())


# -- answers ------------------------------------------------------------------------------------------


@transaction.atomic
def answer(
    *,
    link: AnswerLink,
    uid: UUID,
    lines: Sequence[Mapping[str, str]],
    name: str,
    contact: str = "",
    text: str = "",
    nothing_left: bool = False,
    recipients: Sequence[Mapping[str, str]] = (),
    files: Sequence[tuple[str, bytes]] = (),
) -> Answer:
    """Keep what a customer says through its link; the same ``uid`` counts once.

    Raises Refused naming ``lines/<i>/<field>``, ``recipients/<i>/name`` or ``files/<i>``, and Conflict
    when the link or the case is over, or ``uid`` belongs to an answer of somebody else.
    """
    case = locked(link.customer.case.uid)
    if (known := Answer.objects.filter(uid=uid).first()) is not None:
        if known.customer_id == link.customer_id:
            return known
        raise Conflict(Fault("uid", "this form was sent already.", "Open the page again.", "other_content"))
    _need_open(case, link)
    row = _customer(case, link.customer.uid)
    who = f"customer:{row.partner.code}"
    made = _keep(
        case, row, who=who, lines=lines, name=name, contact=contact, text=text, nothing_left=nothing_left,
        recipients=recipients, uid=uid, link=link,
    )  # fmt: skip
    if files:
        _need_room(link, files)
        documents.attach(kind="recall.answer", subject=made.uid, files=files, actor=who)
    return made


def _need_open(case: Case, link: AnswerLink) -> None:
    fresh = AnswerLink.objects.get(pk=link.pk)
    if case.is_over or fresh.revoked_at is not None or fresh.expires_at <= clock.now():
        cause = "this page is closed. Your answer was not kept."
        raise Conflict(Fault("", cause, "Call us, please.", "closed"))
    if fresh.answers.count() >= ANSWERS_MAX:
        cause = "too many answers came through this page. This one was not kept."
        raise Conflict(Fault("", cause, "Call us, please.", "too_many"))


def _need_room(link: AnswerLink, files: Sequence[tuple[str, bytes]]) -> None:
    """Whoever has one link shall not fill the book through it."""
    before = attachments_of("recall.answer", list(link.answers.values_list("uid", flat=True)))
    kept = sum(one.file.size for one in before)
    if (
        kept + sum(len(body) for _, body in files) > LINK_BYTES_MAX
        or len(before) + len(files) > LINK_FILES_MAX
    ):
        cause = "this page has taken as many files as it may. Nothing was kept."
        raise Refused(Fault("files", cause, "Call us, please.", "too_many"))


@transaction.atomic
def take_down(
    *,
    case: UUID | str,
    customer: UUID | str,
    lines: Sequence[Mapping[str, str]],
    actor: str,
    name: str = "",
    contact: str = "",
    text: str = "",
    nothing_left: bool = False,
    recipients: Sequence[Mapping[str, str]] = (),
    simulated: bool = False,
    uid: UUID | None = None,
) -> Answer:
    """Write down what a customer says on the phone; the same ``uid`` counts once.

    ``lines``: ``lot`` (uid) with ``found``, ``sold_on``, ``destroyed``, ``returning`` as decimal text in the
    item's base unit. ``simulated`` marks what a drill makes up, and is refused in a real case.
    """
    found = locked(case, "answer")
    if uid is not None and (known := Answer.objects.filter(uid=uid, customer__case=found).first()):
        return known
    if simulated and outward.is_real(found):
        cause = f"{found.number} is a real case: nothing is made up in it."
        raise Conflict(Fault("simulated", cause, "Take down what the customer says.", "real"))
    row = _customer(found, customer)
    return _keep(
        found, row, who=actor, lines=lines, name=name, contact=contact, text=text, nothing_left=nothing_left,
        recipients=recipients, uid=uid or new_uid(), simulated=simulated,
    )  # fmt: skip


def _keep(
    case: Case,
    customer: CaseCustomer,
    *,
    who: str,
    lines: Sequence[Mapping[str, str]],
    name: str,
    contact: str,
    text: str,
    nothing_left: bool,
    recipients: Sequence[Mapping[str, str]],
    uid: UUID,
    link: AnswerLink | None = None,
    simulated: bool = False,
) -> Answer:
    check = Check()
    deliveries = _deliveries(customer)
    said = _lines(check, lines, deliveries)
    next_ones = _recipients(check, recipients)
    values: dict[str, Any] = {
        "name": check.text("name", name, 200, required=link is not None),
        "contact": check.text("contact", contact, 200),
        "text": check.text("text", text, 4000, lines=True),
        "nothing_left": nothing_left,
    }
    if not said and not values["text"] and not nothing_left:
        check.fault(
            "lines", "nothing was filled in.", "Say how much is left, or that there is none.", "empty"
        )
    check.done()
    content = {
        "customer": str(customer.uid), **values, "recipients": next_ones,
        "lines": [{"lot": str(lot), **amounts} for lot, amounts in said.items()],
    }  # fmt: skip
    made = Answer.objects.create(
        uid=uid, customer=customer, link=link, given_at=clock.now(),
        taken_by="" if link is not None else who, simulated=simulated, digest=digest(content), **values,
    )  # fmt: skip
    AnswerLine.objects.bulk_create(
        [AnswerLine(answer=made, lot_id=deliveries[lot].lot_id, **said[lot]) for lot in said]
    )
    NextRecipient.objects.bulk_create([NextRecipient(answer=made, **one) for one in next_ones])
    _count(case, customer, said, deliveries, nothing_left=nothing_left)
    shown = f"{customer.partner}: {_many(len(said), 'lot')}"
    if next_ones:
        shown += f", sold on to {_many(len(next_ones), 'recipient')}"
    told = {"answer": str(made.uid), "digest": made.digest, "simulated": simulated}
    verb = "answer made up" if simulated else "answered"
    record(case, verb, actor=who, text=shown, reason=values["text"][:2000], data=told)
    outward.tell(case, "answered", customer=str(customer.uid), answer=str(made.uid))
    return made


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'s' if count != 1 else ''}"


def _deliveries(customer: CaseCustomer) -> dict[UUID, CaseDelivery]:
    rows = customer.deliveries.select_related("lot__item")
    return {row.lot.uid: row for row in rows}


def _lines(
    check: Check, lines: Sequence[Mapping[str, str]], deliveries: Mapping[UUID, CaseDelivery]
) -> dict[UUID, dict[str, int]]:
    """What is said of each lot in smallest units; lots of which nothing is said are left out."""
    said: dict[UUID, dict[str, int]] = {}
    for index, line in enumerate(lines):
        try:
            row = deliveries.get(UUID(str(line.get("lot", ""))))
        except ValueError:
            row = None
        if row is None:
            cause = "this lot was not delivered to this customer."
            check.fault(f"lines/{index}/lot", cause, "Open the page again.", "unknown")
            continue
        texts = {name: str(line.get(name) or "").strip() for name in QUANTITIES}
        if any(texts.values()):
            said[row.lot.uid] = {
                name: _quantity(check, f"lines/{index}/{name}", text, row) for name, text in texts.items()
            }
    return said


def _quantity(check: Check, field: str, text: str, row: CaseDelivery) -> int:
    """Decimal text, with a point or a comma, in the item's smallest unit; empty is zero."""
    if not text:
        return 0
    plain = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
    item = row.lot.item
    try:
        found = catalog.units_of(item).convert(plain, item.unit, where=field)
    except Refused as refusal:
        check.faults += refusal.faults
        return 0
    if not 0 <= found <= KEPT:
        check.fault(field, f"expected a quantity of at least zero, got {text[:40]}.", "Check the amount.")
        return 0
    return found


def _recipients(check: Check, recipients: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    if len(recipients) > RECIPIENTS_MAX:
        cause = f"{len(recipients)} recipients, at most {RECIPIENTS_MAX} fit."
        check.fault("recipients", cause, "Send the list as a file.", "too_many")
        return []
    found = []
    for index, one in enumerate(recipients):
        row = {
            "name": check.text(f"recipients/{index}/name", one.get("name") or "", 200),
            "contact": check.text(f"recipients/{index}/contact", one.get("contact") or "", 300),
            "quantity": check.text(f"recipients/{index}/quantity", one.get("quantity") or "", 60),
        }
        if any(row.values()):
            if not row["name"]:
                check.fault(f"recipients/{index}/name", "is empty.", "Say who it is.", "required")
            found.append(row)
    return found


def _count(
    case: Case,
    customer: CaseCustomer,
    said: Mapping[UUID, Mapping[str, int]],
    deliveries: Mapping[UUID, CaseDelivery],
    *,
    nothing_left: bool,
) -> None:
    """Let the newest word count: what was destroyed and sold on; whoever has accounted for all is settled.

    Who has nothing left and says no more has sold the rest on, or used it.
    """
    gone = {uid: row for uid, row in deliveries.items() if nothing_left and uid not in said}
    now = {one.lot.uid: one for one in reconciling.deliveries_of(customer)} if gone else {}
    for uid, amounts in said.items():
        row = deliveries[uid]
        row.destroyed, row.sold_on = amounts["destroyed"], amounts["sold_on"]
    for uid, row in gone.items():
        row.sold_on = max(now[uid].shipped - now[uid].returned - row.destroyed, 0)
    changed = [deliveries[uid] for uid in said] + list(gone.values())
    CaseDelivery.objects.bulk_update(changed, ["destroyed", "sold_on"], batch_size=200)
    left = any(one.remaining and not one.row.explanation for one in reconciling.deliveries_of(customer))
    status = CustomerStatus.ANSWERED if left else CustomerStatus.SETTLED
    case.customers.filter(pk=customer.pk).update(status=status)


def _customer(case: Case, name: UUID | str) -> CaseCustomer:
    try:
        found = case.customers.select_related("partner").filter(uid=UUID(str(name))).first()
    except ValueError:
        found = None
    if found is None:
        cause = f"{case.number} has no customer {str(name)[:60]}."
        raise NotFound(Fault("customer", cause, "Choose it in the list.", "unknown"))
    found.case = case
    return found
