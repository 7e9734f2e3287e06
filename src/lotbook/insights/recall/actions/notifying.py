"""Telling customers: notices are written here in one transaction, and sent by the worker after it.

Nothing is sent here. A drill gets no further than ``_real``; the table has no place for its rows either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from lotbook.foundation.approvals.rules import digest
from lotbook.insights.recall import noticetexts
from lotbook.insights.recall.actions import outward
from lotbook.insights.recall.actions.steps import locked, record
from lotbook.insights.recall.models import (
    Case,
    CaseStatus,
    Channel,
    Notice,
    NoticeKind,
    NoticePlan,
    NoticeStatus,
)
from lotbook.insights.recall.noticetexts import Facts
from lotbook.insights.recall.queries import notices as reading
from lotbook.insights.recall.queries.notices import Told
from lotbook.insights.recall.queries.recipients import Recipient, recipients
from lotbook.kernel import clock
from lotbook.kernel.errors import Conflict, Fault

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Notified:
    """What one press wrote, how many customers nothing reaches; ``again``: the form did its work before."""

    case: Case
    written: int
    missing: int = 0
    again: bool = False


@transaction.atomic
def notify(*, case: UUID | str, actor: str, uid: UUID | None = None) -> Notified:
    """Write to every customer not told yet, and of further lots to those who got some since.

    Doing it twice is doing it once: who was told is passed over, and the same ``uid`` of a form counts once.
    Customers whom nothing reaches are passed over and counted; mend the partner and press again. Raises
    Conflict for a drill, before the decision, and where only our own stock is blocked.
    """
    found = locked(case, "notify")
    _real(found)
    if uid is not None and _pressed(found, uid):
        return Notified(found, 0, again=True)
    plan = _plan(found)
    wanted = reading.due(recipients(found, plan), known := reading.told(found))
    letters = [
        (one, NoticeKind.FIRST, reading.facts(found, plan, one, NoticeKind.FIRST)) for one in wanted.first
    ]
    letters += [
        (one, NoticeKind.MORE, reading.facts(found, plan, one, NoticeKind.MORE, goods=goods))
        for one, goods in wanted.more
    ]
    made = _write(found, letters, known, actor=actor)
    if not made:
        return Notified(found, 0, len(wanted.missing))
    if found.status == CaseStatus.DECIDED:
        found.status = CaseStatus.NOTIFYING
        found.save(update_fields=["status"])
    _told(found, "customers notified", made, actor=actor, uid=uid, missing=len(wanted.missing))
    outward.tell(found, "notified", notices=len(made), missing=len(wanted.missing))
    return Notified(found, len(made), len(wanted.missing))


@transaction.atomic
def notify_end(*, case: UUID | str, actor: str, uid: UUID | None = None) -> Notified:
    """Tell everybody who was told that the case is over: closed, or called off. Once to each."""
    found = locked(case, "end_notice")
    _real(found)
    plan, known = _plan(found), reading.told(found)
    keys = [
        key for key, one in known.items() if NoticeKind.FIRST in one.live and NoticeKind.END not in one.live
    ]
    rows = recipients(found, plan, only=keys, all_lots=True)
    letters = [
        (one, NoticeKind.END, reading.facts(found, plan, one, NoticeKind.END, goods=_named(one, known)))
        for one in rows
        if one.channel
    ]
    made = _write(found, letters, known, actor=actor)
    if made:
        _told(found, "end told", made, actor=actor, uid=uid)
        outward.tell(found, "notified", notices=len(made), missing=len(rows) - len(letters))
    return Notified(found, len(made), len(rows) - len(letters))


@transaction.atomic
def remind(
    *, case: UUID | str, actor: str, uid: UUID | None = None, customers: Iterable[int] | None = None
) -> Notified:
    """Remind customers who were told and have not answered: all of them, or some by key.

    Who has a notice on its way is passed over; the same ``uid`` of a form counts once.
    """
    found = locked(case, "remind")
    _real(found)
    if uid is not None and _pressed(found, uid):
        return Notified(found, 0, again=True)
    plan, known = _plan(found), reading.told(found)
    silent = reading.silent(found, known)
    keys = silent if customers is None else sorted(set(silent) & set(customers))
    rows = recipients(found, plan, only=keys, all_lots=True)
    letters: list[tuple[Recipient, NoticeKind, Facts]] = []
    for one in rows:
        if one.channel:
            goods, at = _named(one, known), known[one.customer.pk].sent_at
            said = reading.facts(found, plan, one, NoticeKind.REMINDER, goods=goods, told_at=at)
            letters.append((one, NoticeKind.REMINDER, said))
    made = _write(found, letters, known, actor=actor)
    if made:
        _told(found, "customers reminded", made, actor=actor, uid=uid)
        outward.tell(found, "reminded", notices=len(made))
    return Notified(found, len(made), len(rows) - len(letters))


def _real(case: Case) -> None:
    if not outward.is_real(case):
        fault = Fault(
            "case", f"{case.number} is a drill: it tells nobody.", "Take answers down instead.", "drill"
        )
        raise Conflict(fault)
    if case.decision == "internal":
        cause = f"{case.number} only blocks what is still here: no customer is told."
        raise Conflict(Fault("case", cause, "Open a recall if goods have to come back.", "internal"))


def _pressed(case: Case, uid: UUID) -> bool:
    """Whether this form did its work before."""
    return case.steps.filter(data__form=str(uid)).exists()


def _plan(case: Case) -> NoticePlan:
    plan = reading.plan_of(case)
    if plan is None:
        cause = "it is not settled yet what the notices say. Nothing was sent."
        raise Conflict(Fault("case", cause, "Look at the notices and keep them first.", "no_plan"))
    return plan


def _named(one: Recipient, known: dict[int, Told]) -> list[noticetexts.Goods]:
    """What a customer was told of before."""
    return [goods for goods in one.goods if goods.lot in known[one.customer.pk].lots]


def _write(
    case: Case,
    letters: Sequence[tuple[Recipient, NoticeKind, Facts]],
    known: dict[int, Told],
    *,
    actor: str,
) -> list[Notice]:
    """Write notices as rows that wait for the worker, or for whoever posts letters."""
    now = clock.now()
    rows = []
    for one, kind, said in letters:
        before = known.get(one.customer.pk)
        row = _row(one, kind, said)
        row.case, row.drill, row.round = case, case.is_drill, before.rounds[kind] if before else 0
        row.due_at = row.asked_at = now
        row.asked_by = actor
        rows.append(row)
    return Notice.objects.bulk_create(rows, batch_size=AT_ONCE)


def _row(one: Recipient, kind: NoticeKind, said: Facts) -> Notice:
    subject, body, content = noticetexts.subject(said), noticetexts.body(said), said.content()
    return Notice(
        customer=one.customer, kind=kind, channel=one.channel, language=one.language,
        address=one.address_by(one.channel), subject=subject, body=body, content=content,
        digest=_digest(subject, body, content),
    )  # fmt: skip


def _digest(subject: str, body: str, content: Mapping[str, Any]) -> str:
    return digest({"subject": subject, "body": body, "content": content})


def _told(
    case: Case, verb: str, made: Sequence[Notice], *, actor: str, uid: UUID | None = None, missing: int = 0
) -> None:
    ways = {way: sum(1 for one in made if one.channel == way) for way in Channel.values}
    parts = [f"{count} by {Channel(way).label.lower()}" for way, count in ways.items() if count]
    text = f"{len(made)} notice{'s' if len(made) != 1 else ''}: {', '.join(parts)}"
    if missing:
        text += f"; {missing} customer{'s' if missing != 1 else ''} cannot be reached"
    # What was said to whom is proven by the digests, in the order the notices were written.
    data = {
        "notices": len(made),
        **ways,
        "missing": missing,
        "digest": digest({"notices": [one.digest for one in made]}),
    }
    record(case, verb, actor=actor, text=text, data=data | ({"form": str(uid)} if uid else {}))


# -- one notice ------------------------------------------------------------------------------------------

SETTLED = {
    "again": (NoticeStatus.UNSURE, NoticeStatus.FAILED),
    "arrived": (NoticeStatus.UNSURE, NoticeStatus.FAILED),
    "drop": (NoticeStatus.UNSURE, NoticeStatus.FAILED, NoticeStatus.WAITING),
    "instead": (NoticeStatus.UNSURE, NoticeStatus.FAILED, NoticeStatus.WAITING),
}
"""What a person may do with a notice, and how far it has to be for that."""


@transaction.atomic
def settle(*, notice: UUID | str, what: str, actor: str, channel: str = "") -> Notice:
    """Decide about a notice that did not go out, or of which nobody knows.

    ``again`` sends it again, to the address as it is now; ``arrived``: the customer has it; ``drop``: it
    shall not go out; ``instead``: the same by another ``channel``. Raises Conflict where it went further.
    """
    one = reading.notice(notice)
    case = locked(one.case.uid, "settle")
    if what not in SETTLED:
        cause = f"expected one of {', '.join(SETTLED)}, got {what[:20]!r}."
        raise Conflict(Fault("what", cause, "Choose one of them.", "unknown"))
    changes: dict[str, object] = {"problem": "", "claimed_at": None}
    now = clock.now()
    if what == "again":
        changes |= {"status": NoticeStatus.WAITING, "attempts": 0, "due_at": now}
        changes["address"] = _address(case, one, one.channel) or one.address
    elif what == "arrived":
        changes |= {"status": NoticeStatus.SENT, "sent_at": now}
    else:
        changes |= {"status": NoticeStatus.DROPPED, "problem": f"dropped by {actor.removeprefix('user:')}"}
    if not Notice.objects.filter(pk=one.pk, status__in=SETTLED[what]).update(**changes):
        one.refresh_from_db()
        state = one.get_status_display().lower()
        cause = f"the notice to {one.customer.partner} is {state}: nothing was changed."
        raise Conflict(Fault("notice", cause, "Look at the list again.", "status"))
    fresh = _instead(case, one, channel, now, actor) if what == "instead" else None
    if what == "arrived":
        told_customers(case, [one.customer_id])
    words = {"again": "sent again", "arrived": "has arrived", "drop": "dropped", "instead": "by another way"}
    text = f"{one.customer.partner}: {one.get_kind_display().lower()} {words[what]}"
    data = {"notice": str(one.uid), "what": what} | ({"fresh": str(fresh.uid)} if fresh else {})
    record(case, "notice settled", actor=actor, text=text, data=data)
    if what in ("again", "instead"):
        outward.tell(case, "notified", notices=1, missing=0)
    return fresh or reading.notice(one.uid)


def _address(case: Case, one: Notice, channel: str) -> str:
    rows = recipients(case, reading.plan_of(case), only=[one.customer_id])
    return rows[0].address_by(channel) if rows else ""


def _instead(case: Case, one: Notice, channel: str, now: datetime, actor: str) -> Notice:
    """The same notice by another way."""
    address = _address(case, one, channel) if channel in Channel.values else ""
    if not address or channel == one.channel:
        cause = f"no way {channel[:20]!r} to {one.customer.partner} is known, other than it took."
        raise Conflict(Fault("channel", cause, "Enter mail or address on the partner's page.", "unreachable"))
    before = Notice.objects.filter(customer=one.customer_id, kind=one.kind, channel=channel).count()
    content = dict(one.content)
    if channel == Channel.LETTER:
        content["address"] = address.split("\n")[1:]
    return Notice.objects.create(
        case=case, drill=case.is_drill, customer=one.customer, kind=one.kind, round=max(one.round, before),
        channel=channel, language=one.language, address=address, subject=one.subject, body=one.body,
        content=content, digest=_digest(one.subject, one.body, content),
        due_at=now, asked_at=now, asked_by=actor,
    )  # fmt: skip


@transaction.atomic
def mark_posted(*, case: UUID | str, actor: str, notices: Iterable[UUID | str] | None = None) -> int:
    """Note that letters were posted: those named, else every waiting one; gives how many."""
    found = locked(case, "settle")
    rows = Notice.objects.filter(case=found, channel=Channel.LETTER, status=NoticeStatus.WAITING)
    if notices is not None:
        rows = rows.filter(uid__in=[UUID(str(uid)) for uid in notices])
    posted = list(rows.values_list("pk", "customer_id", "uid"))
    if not posted:
        return 0
    Notice.objects.filter(pk__in=[pk for pk, _, _ in posted]).update(
        status=NoticeStatus.SENT, sent_at=clock.now(), problem=""
    )
    told_customers(found, [customer for _, customer, _ in posted])
    text = f"{len(posted)} letter{'s' if len(posted) != 1 else ''}"
    data = {"notices": [str(uid) for _, _, uid in posted]}
    record(found, "letters posted", actor=actor, text=text, data=data)
    return len(posted)


def told_customers(case: Case, customers: Sequence[int]) -> None:
    """Customers to whom something went out are told; what they answered stands."""
    case.customers.filter(pk__in=customers, status="open").update(status="told")
