"""Notices on paper: one customer's letter, or all that wait to be posted in one file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lotbook.insights.recall import noticetexts
from lotbook.insights.recall.actions import answering
from lotbook.insights.recall.models import AnswerLink, Case, Channel, Notice, NoticeKind, NoticeStatus
from lotbook.insights.recall.noticetexts import Facts
from lotbook.insights.recall.queries import notices
from lotbook.kernel import pdf

TEMPLATE = Path(__file__).with_name("letter.typ")
SENDER = "lotbook"
PREVIEW = "…"
"""Stands in a preview where the answer link comes: nobody has one before the notice goes out."""


def link_for(one: Notice) -> str:
    """The answer link of a notice, made with its first use; "" where it has none."""
    if not one.content.get("has_link") or one.kind == NoticeKind.END or not notices.has_link():
        return ""
    known = AnswerLink.objects.filter(notice=one).first()
    if known is not None:
        return answering.url_of(known)
    return answering.make_link(one.customer, actor=SENDER, notice=one)[1]


def facts_of(one: Notice) -> Facts:
    """What a notice says, as it was written."""
    return noticetexts.facts_of(one.content)


def of_notice(one: Notice) -> bytes:
    """The letter of a notice, with its link."""
    return _rendered([(noticetexts.facts_of(one.content), link_for(one))], one.subject)


def of_facts(facts: Facts) -> bytes:
    """A letter that nobody got yet: a preview."""
    return _rendered([(facts, PREVIEW if facts.has_link else "")], noticetexts.subject(facts))


def waiting(case: Case) -> list[Notice]:
    """The letters of a case that wait to be printed and posted."""
    rows = notices.notices(case).filter(channel=Channel.LETTER, status=NoticeStatus.WAITING)
    return list(rows)


def of_waiting(case: Case, rows: Sequence[Notice]) -> bytes:
    """Letters in one file, each on pages of its own."""
    return _rendered([(noticetexts.facts_of(one.content), link_for(one)) for one in rows], case.number)


def _rendered(parts: Sequence[tuple[Facts, str]], title: str) -> bytes:
    letters = []
    for facts, link in parts:
        one = noticetexts.letter(facts, link)
        one["code"] = pdf.code(link, "qr", label="") if link not in ("", PREVIEW) else None
        letters.append(one)
    company = parts[0][0].company if parts else ""
    return pdf.render(TEMPLATE, {"title": title, "company": company, "letters": letters})
