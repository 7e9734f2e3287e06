"""The page on which a customer answers without an account, behind the secret address of its notice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from lotbook.insights.recall.actions import answering
from lotbook.insights.recall.answernumbers import plain
from lotbook.insights.recall.answerwords import ANSWER_LANGUAGES, AnswerWords
from lotbook.insights.recall.models import Answer, AnswerLine, AnswerLink
from lotbook.insights.recall.noticewords import language_of
from lotbook.insights.recall.queries import answers, links, reconciling
from lotbook.insights.recall.queries.reconciling import DeliveryRow
from lotbook.kernel import clock
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.ids import new_uid
from lotbook.kernel.permissions import public
from lotbook.kernel.quantity import to_text

BODY_MAX = 21 * 1024 * 1024
"""What is read of a request at all, in bytes: files of 20 MB and the form around them."""
TRIES, WAIT_S = 30, 600
"""So many unknown addresses in so many seconds, then nothing is looked up for whoever tries them."""
ROWS, ROWS_MAX, ROWS_MORE = 3, 60, 5
"""Rows for the next recipients."""
NEVER_GOT = "Says it never received the goods."
"""What the book keeps of an answer by which somebody never received them: nothing is counted, we look."""
POINT_LANGUAGES = ("en",)
"""Languages that write decimals with a point; the others write a comma."""


@dataclass(frozen=True, slots=True)
class Line:
    """A lot the customer got, and what was or is said of it, as text."""

    index: int
    row: DeliveryRow
    values: Mapping[str, str]


@csrf_exempt  # only until the length is known: what answers is protected again
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """The customer's page: the goods it got, and the form that asks what became of them."""
    link = links.link_of(token)
    if link is None:
        return _unknown(request)
    language = _language(request, link)
    if request.method == "POST" and int(request.META.get("CONTENT_LENGTH") or 0) > BODY_MAX:
        # Before anything of it is read: not even the sign against forged requests.
        words = ANSWER_LANGUAGES[language]
        return _said(request, language, words.faults, words.too_large, status=413)
    return _private(_protected(request, token, link, language))


def _private(response: HttpResponse) -> HttpResponse:
    """No search engine keeps the page; its address leaves for no other site by Django's Referrer-Policy."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@csrf_protect
def _protected(request: HttpRequest, token: str, link: AnswerLink, language: str) -> HttpResponse:
    case = link.customer.case
    if case.is_over or link.revoked_at is not None or link.expires_at <= clock.now():
        words = ANSWER_LANGUAGES[language]
        return _said(request, language, words.closed, words.closed_text, status=410, link=link)
    answering.open_link(link)
    if request.method == "POST":
        return _send(request, token, link, language)
    if "sent" in request.GET and (last := answers.last(link.customer)) is not None:
        return _thanks(request, link, language, last)
    return _form(request, link, language)


def _language(request: HttpRequest, link: AnswerLink) -> str:
    asked = request.GET.get("lang", "")
    written = link.notice.language if link.notice else link.customer.language
    return asked if asked in ANSWER_LANGUAGES else language_of(written)


def _unknown(request: HttpRequest) -> HttpResponse:
    """The same for every unknown address; who tries many has to wait, whoever has a good one never."""
    asked = request.headers.get("Accept-Language", "")[:2].lower()
    language = asked if asked in ANSWER_LANGUAGES else "en"
    words = ANSWER_LANGUAGES[language]
    key = f"recall-answer:{get_adapter().get_client_ip(request)}"
    cache.add(key, 0, WAIT_S)
    try:
        tries = cache.incr(key)
    except ValueError:  # it ran out between the two
        tries = 1
    if tries > TRIES:
        return _said(request, language, words.slow, words.slow_text, status=429)
    return _said(request, language, words.unknown, words.unknown_text, status=404)


def _said(
    request: HttpRequest,
    language: str,
    title: str,
    text: str,
    *,
    status: int,
    link: AnswerLink | None = None,
) -> HttpResponse:
    told = answers.shown(link, language) if link is not None else None
    context = {"words": ANSWER_LANGUAGES[language], "lang": language, "title": title, "text": text}
    page = render(request, "recall/answer_said.html", {**context, "told": told}, status=status)
    return _private(page)


def _thanks(request: HttpRequest, link: AnswerLink, language: str, last: Answer) -> HttpResponse:
    words = ANSWER_LANGUAGES[language]
    rows = reconciling.deliveries_of(link.customer)
    told = answers.counting([link.customer]).get(link.customer_id, {})
    count = sum(1 for one in rows if _untold(one, told.get(one.row.lot_id)) and not one.row.explanation)
    when = f"{clock.written(last.given_at)} {last.given_at:%H:%M} UTC"
    context = {
        "words": words, "lang": language, "told": answers.shown(link, language),
        "lines": [one for one in _lines(link, language, None) if any(one.values.values())],
        "kept": words.kept.format(when=when, reference=str(last.uid)[-8:]),
        "next": words.still_open.format(count=count) if count else words.settled,
        "again": f"{request.path}?lang={language}",
    }  # fmt: skip
    return render(request, "recall/answer_thanks.html", context)


def _untold(row: DeliveryRow, said: AnswerLine | None) -> bool:
    """Whether the customer has not said of all it got what became of it; what it still has is told, too."""
    return row.remaining > (said.found + said.returning if said is not None else 0)


# -- the form -----------------------------------------------------------------------------------------


def _form(
    request: HttpRequest,
    link: AnswerLink,
    language: str,
    faults: list[Fault] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    words = ANSWER_LANGUAGES[language]
    sent = request.POST if request.method == "POST" else None
    last = answers.last(link.customer)
    customer = link.customer
    told = answers.shown(link, language)
    said = {name: sent.get(name, "") if sent is not None else "" for name in ("name", "contact", "text")}
    if sent is None and last is not None:
        said |= {"name": last.name, "contact": last.contact}
    context = {
        "words": words, "lang": language, "languages": ANSWER_LANGUAGES, "told": told, "said": said,
        "lead": words.lead.format(company=told.company, customer=customer.partner.name),
        "lines": _lines(link, language, sent), "recipients": _recipients(sent),
        "uid": sent.get("uid", "") if sent is not None else new_uid(),
        "nothing_left": bool(sent.get("nothing_left")) if sent is not None else False,
        "never_got": bool(sent.get("never_got")) if sent is not None else False,
        "before": words.said_before.format(when=clock.written(last.given_at)) if last else "",
        "faults": faults or [], "faults_title": words.faults,
        "fault_by_field": {fault.field: fault.cause for fault in reversed(faults or [])},
        "call": words.call.format(contact=told.contact) if told.contact else "",
    }  # fmt: skip
    return render(request, "recall/answer.html", context, status=status)


def _lines(link: AnswerLink, language: str, sent: Mapping[str, str] | None) -> list[Line]:
    rows = reconciling.deliveries_of(link.customer)[: answers.LINES_MAX]
    before = answers.counting([link.customer]).get(link.customer_id, {})
    found = []
    for index, row in enumerate(rows):
        if sent is not None:
            values = {name: sent.get(f"{name}-{index}", "") for name in answering.QUANTITIES}
        else:
            line, scale = before.get(row.row.lot_id), row.lot.item.scale
            amounts = {name: getattr(line, name) if line else 0 for name in answering.QUANTITIES}
            values = {
                name: _written(value, scale, language) if value else "" for name, value in amounts.items()
            }
        found.append(Line(index, row, values))
    return found


def _written(value: int, scale: int, language: str) -> str:
    text = to_text(value, scale)
    return text if language in POINT_LANGUAGES else text.replace(".", ",")


def _recipients(sent: Mapping[str, str] | None) -> list[dict[str, str]]:
    count = ROWS
    if sent is not None:
        given = sent.get("rows", "")
        count = int(given) if given.isascii() and given.isdigit() and len(given) < 4 else ROWS
        count = min(max(count + (ROWS_MORE if "more" in sent else 0), ROWS), ROWS_MAX)
    return [
        {name: (sent or {}).get(f"{name}-{index}", "") for name in ("who", "reach", "much")}
        for index in range(count)
    ]


def _send(request: HttpRequest, token: str, link: AnswerLink, language: str) -> HttpResponse:
    sent = request.POST
    if "more" in sent:
        return _form(request, link, language)
    try:
        uid = UUID(sent.get("uid", ""))
    except ValueError:
        uid = new_uid()
    lines = [
        {"lot": sent.get(f"lot-{index}", "")}
        | {name: plain(sent.get(f"{name}-{index}", ""), language) for name in answering.QUANTITIES}
        for index in range(answers.LINES_MAX)
        if f"lot-{index}" in sent
    ]
    recipients = [
        {"name": one["who"], "contact": one["reach"], "quantity": one["much"]} for one in _recipients(sent)
    ]
    files = [(one.name or "file", one.read()) for one in request.FILES.getlist("files")]
    never_got = bool(sent.get("never_got"))
    text = " ".join((NEVER_GOT, sent.get("text", ""))).strip() if never_got else sent.get("text", "")
    nothing_left = bool(sent.get("nothing_left")) and not never_got
    try:
        answering.answer(
            link=link, uid=uid, lines=lines, name=sent.get("name", ""), contact=sent.get("contact", ""),
            text=text, nothing_left=nothing_left, recipients=recipients, files=files,
        )  # fmt: skip
    except Refused as refusal:
        words = ANSWER_LANGUAGES[language]
        if any(fault.code == "closed" for fault in refusal.faults):
            return _said(request, language, words.closed, words.closed_text, status=410, link=link)
        faults = [_in_words(fault, words) for fault in refusal.faults]
        if files and not any(fault.field == "files" for fault in faults):
            # A browser never fills a choice of files in again.
            faults.append(Fault("files", words.files_again))
        return _form(request, link, language, faults, status=refusal.status)
    return HttpResponseRedirect(f"{reverse('recall:answer', args=[token])}?sent=1&lang={language}")


def _in_words(fault: Fault, words: AnswerWords) -> Fault:
    """A refusal in the customer's language, at the field of the page."""
    parts = fault.field.split("/")
    if parts[0] == "lines" and len(parts) == 3:
        text = words.bad_other if fault.code == "unknown" else words.bad_quantity
        return Fault(f"{parts[2]}-{parts[1]}", text)
    if parts[0] == "recipients" and len(parts) == 3:
        return Fault(f"who-{parts[1]}", words.bad_recipient)
    if parts[0] == "files":
        many = len(parts) == 1 and fault.code == "too_many"
        return Fault("files", words.too_many if many else words.bad_file.format(files_hint=words.files_hint))
    text = {"lines": words.bad_empty, "name": words.bad_name}.get(parts[0], words.bad_other)
    return Fault({"lines": "nothing_left"}.get(parts[0], parts[0]), text)
