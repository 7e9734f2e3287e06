"""Papers of cases as PDF: the drill's report, the case's report."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from lotbook.insights.recall import queries
from lotbook.insights.recall.queries import drills
from lotbook.insights.recall.reports import closing
from lotbook.insights.recall.reports import drills as drill_papers
from lotbook.kernel import pdf
from lotbook.kernel.permissions import actor, requires


@require_safe
@requires("recall.view")
def report(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The report of a drill, or of a case: interim until it is over."""
    case = queries.case(uid)
    paper = request.GET.get("paper") or None
    row = drills.of_case(case)
    if row is not None and (row.signed_at is not None or not case.is_over):
        body = drill_papers.paper(row, paper=paper, by=actor(request))
    else:
        body = closing.paper(case, paper=paper, by=actor(request))
    return pdf.answer(body, f"{case.number}-report", download="download" in request.GET)
