"""The notices of a case: keep what they say, look at each, send, remind, decide about what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lotbook.foundation.partners import queries as partners
from lotbook.insights.recall import letters, queries
from lotbook.insights.recall.actions import notifying, planning
from lotbook.insights.recall.models import Case
from lotbook.insights.recall.queries import hooks
from lotbook.insights.recall.queries import notices as reading
from lotbook.insights.recall.queries.recipients import recipients
from lotbook.insights.recall.views import cases
from lotbook.insights.recall.views.noticecard import TAB, PlanForm, languages_of, preview, shown
from lotbook.kernel import pdf
from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.screens import form_faults, render_form

Act = Callable[[HttpRequest, Case], str]


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'s' if count != 1 else ''}"


def _plan(request: HttpRequest, case: Case) -> str:
    plan = reading.plan_of(case) or reading.fresh_plan(case)
    form = PlanForm(request.POST, None, languages_of(plan, recipients(case, plan)))
    if not form.is_valid():
        raise Refused(form_faults(form))
    planning.keep_plan(case=case.uid, actor=actor(request), **form.values())
    return "Kept. Nothing was sent yet: look at the notices, then send them."


def _send(request: HttpRequest, case: Case) -> str:
    done = notifying.notify(case=case.uid, actor=actor(request), uid=_uid(request))
    missing = f" {_many(done.missing, 'customer')} cannot be reached." if done.missing else ""
    if not done.written:
        return f"Nothing was left to send.{missing}"
    return f"{_many(done.written, 'notice')} on the way; letters wait to be printed.{missing}"


def _remind(request: HttpRequest, case: Case) -> str:
    done = notifying.remind(case=case.uid, actor=actor(request), uid=_uid(request))
    return f"{_many(done.written, 'reminder')} on the way."


def _end(request: HttpRequest, case: Case) -> str:
    done = notifying.notify_end(case=case.uid, actor=actor(request), uid=_uid(request))
    return f"{_many(done.written, 'customer')} told that the case is over."


def _posted(request: HttpRequest, case: Case) -> str:
    chosen = request.POST.getlist("notice")
    done = notifying.mark_posted(case=case.uid, actor=actor(request), notices=chosen or None)
    return f"{_many(done, 'letter')} noted as posted."


def _channel(request: HttpRequest, case: Case) -> str:
    given = request.POST
    planning.choose_channel(
        case=case.uid, customer=given.get("customer", ""), channel=given.get("channel", ""),
        actor=actor(request),
    )  # fmt: skip
    return "Kept."


def _settle(request: HttpRequest, case: Case) -> str:
    given = request.POST
    one = reading.notice(given.get("notice", ""))
    if one.case_id != case.pk:
        raise Http404("The notice belongs to another case.")
    notifying.settle(
        notice=one.uid, what=given.get("what", ""), channel=given.get("channel", ""), actor=actor(request)
    )
    return "Done."


def _uid(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("uid", ""))
    except ValueError:
        cause = "the form has lost its number. Nothing was sent."
        raise Conflict(Fault("uid", cause, "Open the page again.", "required")) from None


ACTS: Mapping[str, Act] = {
    "plan": _plan, "send": _send, "remind": _remind, "end": _end, "posted": _posted, "channel": _channel,
    "settle": _settle,
}  # fmt: skip


@require_POST
@requires("recall.run")
def act(request: HttpRequest, uid: UUID, what: str) -> HttpResponse:
    """One act about the notices of a case."""
    if what not in ACTS:
        raise Http404(f"Notices have no act {what[:40]!r}.")
    try:
        said = ACTS[what](request, queries.case(uid))
    except Refused as refusal:
        if refusal.status == 404:
            raise
        return cases.again(request, uid, TAB, list(refusal.faults), refusal.status)
    messages.success(request, said)
    return HttpResponseRedirect(f"{reverse('recall:case', args=[uid])}?tab={TAB}")


@require_safe
@requires("recall.view")
def one(request: HttpRequest, uid: UUID, customer: UUID) -> HttpResponse:
    """What one customer is told: the notices there are, and what the next one would say."""
    case = queries.case(uid)
    row = reading.customer(case, customer)
    plan = reading.plan_of(case) or reading.fresh_plan(case)
    (found,) = recipients(case, plan, only=[row.pk])
    written = [
        (notice, shown(letters.facts_of(notice))) for notice in reading.notices(case).filter(customer=row)
    ]
    left = reading.due([found], reading.told(case))
    fresh = shown(preview(case, plan, found)) if left.count or left.missing or not written else None
    context = {"case": case, "customer": row, "recipient": found, "written": written, "fresh": fresh}
    return render(request, "recall/notice.html", context)


@require_safe
@requires("recall.view")
def letter(request: HttpRequest, uid: UUID, customer: UUID) -> HttpResponse:
    """The letter to a customer as PDF: of ``notice``, else what the next one would say, without a link."""
    case = queries.case(uid)
    row = reading.customer(case, customer)
    asked = request.GET.get("notice", "")
    if asked:
        notice = reading.notice(asked)
        if notice.customer_id != row.pk:
            raise Http404("The notice went to another customer.")
        return pdf.answer(letters.of_facts(letters.facts_of(notice)), f"{case.number}-{row.partner.code}")
    plan = reading.plan_of(case) or reading.fresh_plan(case)
    (found,) = recipients(case, plan, only=[row.pk])
    return pdf.answer(letters.of_facts(preview(case, plan, found)), f"{case.number}-{row.partner.code}")


@require_POST
@requires("recall.run")
def print_letters(request: HttpRequest, uid: UUID) -> HttpResponse:
    """All letters that wait to be posted, with their answer links, in one PDF."""
    case = queries.case(uid)
    waiting = letters.waiting(case)
    if not waiting:
        fault = Fault("", "no letter waits to be posted.", "Send the notices first.", "nothing")
        return cases.again(request, uid, TAB, [fault], 409)
    return pdf.answer(letters.of_waiting(case, waiting), f"{case.number}-letters", download=True)


@require_safe
@requires("partners.edit")
def hook_panel(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Where a customer takes notices as JSON: a panel of the partner's page."""
    partner = partners.partner(uid)
    return render(request, "recall/hook_panel.html", {"partner": partner, "hook": hooks.hook_of(partner)})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("partners.edit")
def hook(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Set where a customer takes notices as JSON, and show what signs them."""
    partner = partners.partner(uid)
    found = hooks.hook_of(partner)
    context = {
        "partner": partner,
        "hook": found,
        "secret": hooks.hook_secret(found) if found else "",
        "url": request.POST.get("url", "") if request.method == "POST" else found.url if found else "",
    }
    if request.method != "POST":
        return render(request, "recall/hook.html", context)
    try:
        planning.set_hook(
            partner=uid, url=request.POST.get("url", ""), new_secret="new_secret" in request.POST,
            actor=actor(request),
        )  # fmt: skip
    except Refused as refusal:
        return render_form(request, "recall/hook.html", context, refusal.faults, status=refusal.status)
    messages.success(request, "Kept.")
    return HttpResponseRedirect(reverse("recall:hook", args=[uid]))
