"""Who has to be told what, and how far the notices of a case are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from lotbook.foundation.partners import queries as partners
from lotbook.foundation.places.models import Place
from lotbook.insights.recall import rules
from lotbook.insights.recall.models import (
    Case,
    CaseCustomer,
    Channel,
    CustomerStatus,
    Notice,
    NoticeKind,
    NoticePlan,
    NoticeStatus,
    ToDo,
)
from lotbook.insights.recall.noticetexts import Facts, Goods
from lotbook.insights.recall.queries.recipients import Recipient, address_lines
from lotbook.kernel import clock
from lotbook.kernel.clock import written
from lotbook.kernel.errors import Fault, NotFound

GOING = (NoticeStatus.WAITING, NoticeStatus.SENDING)
ANSWERED = (CustomerStatus.ANSWERED, CustomerStatus.SETTLED)


# -- the plan ------------------------------------------------------------------------------------------


def plan_of(case: Case) -> NoticePlan | None:
    """What the notices of a case say, as somebody kept it."""
    return NoticePlan.objects.filter(case=case).first()


def fresh_plan(case: Case) -> NoticePlan:
    """A plan nobody has kept yet: who we are as the newest plan has it, else as our own location says."""
    last = NoticePlan.objects.order_by("-changed_at").first()
    plan = NoticePlan(
        case=case,
        todo=ToDo.HOLD if manner_of(case) == "withdrawal" else ToDo.RETURN,
        changed_at=clock.now(),
        changed_by="",
    )
    if last is not None:
        for name in ("company", "company_address", "contact_name", "contact_email", "contact_phone"):
            setattr(plan, name, getattr(last, name))
        for name in ("first_hours", "every_hours", "most", "escalate_to"):
            setattr(plan, name, getattr(last, name))
        return plan
    own = partners.own_locations().first()
    site = Place.objects.filter(kind="site").order_by("pk").first()
    plan.company = (own.business_name or own.name) if own else str(site.name or site) if site else ""
    plan.company_address = "\n".join(address_lines(own)) if own else ""
    plan.contact_phone = own.phone if own else ""
    return plan


def manner_of(case: Case) -> str:
    """Whether goods are called back or only taken out of trade: the decision says so."""
    return "withdrawal" if case.decision == "withdrawal" else "recall"


def has_link() -> bool:
    """Whether notices can carry an answer link: the book has to know its own address."""
    return bool(settings.BOOK_URL)


# -- what is to be written -------------------------------------------------------------------------------


@dataclass(slots=True)
class Told:
    """What a customer was told so far: by kind how many notices, which lots, when it first went out."""

    rounds: Counter[str] = field(default_factory=Counter)
    live: set[str] = field(default_factory=set)
    lots: set[str] = field(default_factory=set)
    sent_at: datetime | None = None
    reminded_at: datetime | None = None
    going: bool = False


def told(case: Case) -> dict[int, Told]:
    """What each customer was told so far, by its key: one statement."""
    found: dict[int, Told] = defaultdict(Told)
    rows = Notice.objects.filter(case=case).order_by("pk")
    for customer, kind, status, sent_at, asked_at, content in rows.values_list(
        "customer_id", "kind", "status", "sent_at", "asked_at", "content"
    ):
        one = found[customer]
        one.rounds[kind] += 1
        one.going = one.going or status in (*GOING, NoticeStatus.UNSURE)
        if status == NoticeStatus.DROPPED:
            continue
        one.live.add(kind)
        if kind == NoticeKind.REMINDER:
            one.reminded_at = max(one.reminded_at or asked_at, asked_at)
        if kind in (NoticeKind.FIRST, NoticeKind.MORE):
            one.lots |= {goods["lot"] for goods in content.get("goods", ())}
            if sent_at is not None:
                one.sent_at = min(one.sent_at or sent_at, sent_at)
    return found


def silent(case: Case, known: Mapping[int, Told]) -> list[int]:
    """Customers who were told, have nothing on its way and have not answered; keys, sorted."""
    rows = case.customers.exclude(status__in=ANSWERED).filter(answers=None)
    keys = rows.values_list("pk", flat=True).order_by("pk")
    return [key for key in keys if key in known and known[key].sent_at is not None and not known[key].going]


@dataclass(slots=True)
class Due:
    """What one press of *notify* would write: first notices, notices of more lots; whom nothing reaches."""

    first: list[Recipient] = field(default_factory=list)
    more: list[tuple[Recipient, tuple[Goods, ...]]] = field(default_factory=list)
    missing: list[Recipient] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many notices."""
        return len(self.first) + len(self.more)


def due(rows: Iterable[Recipient], known: Mapping[int, Told]) -> Due:
    """Whom to write to: who was not told yet, and who got lots that no notice named."""
    found = Due()
    for one in rows:
        before = known.get(one.customer.pk) or Told()
        fresh = tuple(goods for goods in one.goods if goods.lot not in before.lots)
        if not fresh:
            continue
        if not one.channel:
            found.missing.append(one)
        elif NoticeKind.FIRST in before.live:
            found.more.append((one, fresh))
        else:
            found.first.append(one)
    return found


def facts(
    case: Case,
    plan: NoticePlan,
    one: Recipient,
    kind: str,
    *,
    goods: Sequence[Goods] | None = None,
    told_at: datetime | None = None,
    number: str = "",
) -> Facts:
    """All that a notice to one customer says."""
    own = {
        name: plan.texts.get(one.language, {}).get(name) or plan.texts.get("en", {}).get(name, "")
        for name in ("subject", "reason", "hazard", "todo")
    }
    return Facts(
        kind=kind, manner=manner_of(case), language=one.language, number=number or case.number,
        customer=one.partner.name, address=one.address, on=written(clock.now()), company=plan.company,
        company_address=tuple(plan.company_address.splitlines()),
        contact={"name": plan.contact_name, "email": plan.contact_email, "phone": plan.contact_phone},
        reason=case.reason, hazard=case.hazard, classification=case.classification, todo=plan.todo,
        goods=tuple(one.goods if goods is None else goods), has_link=has_link(), own=own,
        told_on=written(told_at), over=case.status if case.is_over else "",
    )  # fmt: skip


# -- the notices -----------------------------------------------------------------------------------------


def notices(case: Case) -> QuerySet[Notice]:
    """The notices of a case, oldest first, with their customers and links."""
    return Notice.objects.filter(case=case).select_related("customer__partner", "link").order_by("pk")


def notice(uid: UUID | str) -> Notice:
    """A notice with its customer and case; raises NotFound."""
    rows = Notice.objects.select_related("customer__partner", "case", "link")
    try:
        found = rows.filter(uid=UUID(str(uid))).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound(
            Fault("notice", f"there is no notice {str(uid)[:60]}.", "Look in the case.", "unknown")
        )
    return found


def customer(case: Case, uid: UUID | str) -> CaseCustomer:
    """A customer of a case; raises NotFound."""
    try:
        found = case.customers.select_related("partner").filter(uid=UUID(str(uid))).first()
    except ValueError:
        found = None
    if found is None:
        cause = f"{case.number} has no customer {str(uid)[:60]}."
        raise NotFound(Fault("customer", cause, "Choose it in the list.", "unknown"))
    return found


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the notices of a case are; ``first`` is from the decision to the first one, in words."""

    counts: Mapping[str, int]
    customers: int
    reached: int
    answered: int
    letters: int
    troubled: int
    first: str
    silent: int

    @property
    def total(self) -> int:
        """All notices that were written."""
        return sum(self.counts.values())


def progress(case: Case, plan: NoticePlan | None) -> Progress:
    """The notices of a case in numbers."""
    counts: Counter[str] = Counter()
    letters, reached = 0, set()
    first: datetime | None = None
    for status, channel, sent_at, one in Notice.objects.filter(case=case).values_list(
        "status", "channel", "sent_at", "customer_id"
    ):
        counts[status] += 1
        letters += channel == Channel.LETTER and status == NoticeStatus.WAITING
        if status == NoticeStatus.SENT:
            reached.add(one)
            first = min(first or sent_at, sent_at) if sent_at else first
    statuses = Counter(case.customers.values_list("status", flat=True))
    since = (
        rules.clock_words(max(int((first - case.decided_at).total_seconds()), 0))
        if first and case.decided_at
        else ""
    )
    silent = 0
    if plan is not None and plan.escalated:
        silent = case.customers.filter(uid__in=plan.escalated).exclude(status__in=ANSWERED).count()
    return Progress(
        dict(counts), sum(statuses.values()), len(reached), sum(statuses[name] for name in ANSWERED), letters,
        counts[NoticeStatus.FAILED] + counts[NoticeStatus.UNSURE], since, silent,
    )  # fmt: skip


def troubles(cases: Iterable[Case]) -> dict[int, str]:
    """What of the notices of open cases needs somebody, in words, by the case's key: two statements."""
    keys = [case.pk for case in cases]
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    wrong = Notice.objects.filter(case__in=keys, status__in=[NoticeStatus.FAILED, NoticeStatus.UNSURE])
    for case, status in wrong.values_list("case_id", "status"):
        counts[case][status] += 1
    named: dict[int, set[str]] = {
        case: set(escalated)
        for case, escalated in NoticePlan.objects.filter(case__in=keys)
        .exclude(escalated_at=None)
        .values_list("case_id", "escalated")
    }
    if named:
        rows = CaseCustomer.objects.filter(case__in=named.keys()).exclude(status__in=ANSWERED)
        for case, uid in rows.values_list("case_id", "uid"):
            counts[case]["silent"] += str(uid) in named[case]
    words = (
        (NoticeStatus.FAILED, "not sent"), (NoticeStatus.UNSURE, "perhaps sent"), ("silent", "do not answer"),
    )  # fmt: skip
    return {
        case: ", ".join(f"{found[name]} {word}" for name, word in words if found[name])
        for case, found in counts.items()
        if any(found.values())
    }
