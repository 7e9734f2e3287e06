"""What customers answered, and what their own page shows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from django.db.models import Count

from lotbook.foundation.documents import queries as documents
from lotbook.foundation.documents.models import Attachment
from lotbook.insights.recall import noticetexts
from lotbook.insights.recall.models import Answer, AnswerLine, AnswerLink, Case, CaseCustomer, Notice
from lotbook.insights.recall.noticewords import LANGUAGES
from lotbook.insights.recall.queries import house
from lotbook.kernel import clock

FRESH = timedelta(days=1)
LINES_MAX = 300
"""Most lots a customer is asked about on one page; more are told by a file."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a notice told a customer, as its answer page repeats it in a language."""

    manner: str
    company: str
    number: str
    reasons: list[tuple[str, str]]
    steps: list[str]
    contact: str


@dataclass(slots=True)
class Said:
    """The answers of a customer, newest first, and what counts of each lot (by key)."""

    answers: list[Answer] = field(default_factory=list)
    lines: dict[int, AnswerLine] = field(default_factory=dict)
    files: list[Attachment] = field(default_factory=list)
    link: AnswerLink | None = None


def shown(link: AnswerLink, language: str) -> Shown:
    """What the notice of a link, or the customer's last one, says; where nothing was written, the least."""
    notice = link.notice or Notice.objects.filter(customer=link.customer).order_by("-pk").first()
    if notice is None:
        words, case = LANGUAGES[language], link.customer.case
        steps = [words.stop, words.onward]
        return Shown(case.kind, house.company(), case.number, [], steps, house.phone())
    facts = noticetexts.facts_of(notice.content)
    own = facts.own if facts.language == language else {}
    told = replace(facts, language=language, own=own)
    reasons, steps, contact = noticetexts.outline(told)
    return Shown(facts.manner, facts.company, facts.number, reasons, steps, contact)


def last(customer: CaseCustomer) -> Answer | None:
    """The newest answer of a customer."""
    return Answer.objects.filter(customer=customer).order_by("-pk").prefetch_related("recipients").first()


def counting(customers: Sequence[CaseCustomer]) -> dict[int, dict[int, AnswerLine]]:
    """What the newest answer that names a lot says of it, by customer and lot (keys): one statement."""
    found: dict[int, dict[int, AnswerLine]] = defaultdict(dict)
    rows = AnswerLine.objects.filter(answer__customer__in=[one.pk for one in customers])
    for line in rows.select_related("answer").order_by("answer"):
        found[line.answer.customer_id][line.lot_id] = line
    return found


def said(case: Case, customers: Sequence[CaseCustomer]) -> dict[int, Said]:
    """The answers of customers of a case, by customer (key): four statements, however many."""
    keys = [one.pk for one in customers]
    found: dict[int, Said] = defaultdict(Said)
    rows = Answer.objects.filter(customer__in=keys, customer__case=case).order_by("-pk")
    answers = list(rows.prefetch_related("recipients"))
    for answer in answers:
        found[answer.customer_id].answers.append(answer)
    for customer, lines in counting(customers).items():
        found[customer].lines = lines
    owners = {answer.uid: answer.customer_id for answer in answers}
    for file in documents.attachments_of("recall.answer", list(owners)):
        found[owners[file.subject]].files.append(file)
    for link in AnswerLink.objects.filter(customer__in=keys, revoked_at=None).order_by("pk"):
        found[link.customer_id].link = link
    return found


def waiting(case: Case) -> int:
    """How many customers were told and have not answered."""
    return case.customers.filter(status="told").count()


def fresh(cases: Iterable[Case]) -> dict[int, int]:
    """How many answers came through customers' own pages in the last day, by case (key): one statement."""
    since = clock.now() - FRESH
    rows = Answer.objects.filter(
        customer__case__in=[one.pk for one in cases], given_at__gte=since, taken_by=""
    )
    return dict(rows.values_list("customer__case").annotate(count=Count("pk")).order_by())
