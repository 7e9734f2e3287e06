"""The texts of a case for authorities and the press: a draft to edit, versions, PDF, plain text."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from lotbook.insights.recall import actions, casetexts, queries
from lotbook.insights.recall.queries import texts
from lotbook.insights.recall.reports import texts as papers
from lotbook.insights.recall.views import cases
from lotbook.insights.recall.views.textcard import TAB, TextForm
from lotbook.kernel import pdf
from lotbook.kernel.errors import Refused
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.screens import form_faults


@require_POST
@requires("recall.run")
def keep(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Keep a text as its next version."""
    form = TextForm(request.POST)
    if not form.is_valid():
        return cases.again(request, uid, TAB, form_faults(form), 422)
    try:
        made = actions.keep_text(case=uid, **form.cleaned_data, actor=actor(request))
    except Refused as refusal:
        if refusal.status == 404:
            raise
        return cases.again(request, uid, TAB, list(refusal.faults), refusal.status)
    lacks = casetexts.missing(f"{made.title}\n{made.body}")
    left = f" {lacks} facts are still to be filled." if lacks else ""
    messages.success(request, f"Kept as version {made.version}. Nothing was sent.{left}")
    here = reverse("recall:case", args=[uid])
    return HttpResponseRedirect(f"{here}?tab={TAB}&kind={made.kind}&language={made.language}")


@require_safe
@requires("recall.view")
def text(request: HttpRequest, uid: UUID) -> HttpResponse:
    """A text as PDF, or as plain text (``plain``) to copy."""
    case = queries.case(uid)
    asked = request.GET
    found = texts.shown(
        case, asked.get("kind", ""), asked.get("language", ""), fresh="fresh" in asked,
        version=asked.get("version", ""),
    )  # fmt: skip
    name = f"{case.number}-{found.kind}-{found.language}"
    if "plain" in asked:
        mark = "DRILL\n\n" if case.is_drill else ""
        answer = HttpResponse(
            f"{mark}{found.title}\n\n{found.body}\n", content_type="text/plain; charset=utf-8"
        )
        answer["Content-Disposition"] = f'inline; filename="{name}.txt"'
        return answer
    return pdf.answer(papers.paper(case, found, by=actor(request), paper=asked.get("paper") or None), name)
