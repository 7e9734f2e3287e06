"""Training on paper: the quick card, and practice scans made from the open book."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lotbook.interfaces.station.jobs import jobs
from lotbook.interfaces.station.queries import knowing, starting
from lotbook.interfaces.station.queries.pulse import pulse
from lotbook.interfaces.station.training import papers
from lotbook.interfaces.station.training.choosing import World, exercises
from lotbook.kernel import pdf
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.permissions import requires

PAPERS = tuple(pdf.PAPERS)


@require_safe
@requires("web.view")
def training(request: HttpRequest) -> HttpResponse:
    """What there is to print, per site."""
    return render(request, "station/training.html", {"sites": starting.sites(request)})


@require_safe
@requires("web.view")
def card(request: HttpRequest) -> HttpResponse:
    """The quick card, two pages."""
    made = papers.card(url=_url(request), by=request.user.get_username(), paper=_paper(request))
    return pdf.answer(made, "quick-card")


@require_safe
@requires("stock.view")
def practice(request: HttpRequest) -> HttpResponse:
    """The practice set of a site: what its book and the person's jobs have an exercise for."""
    now = pulse(request, request.GET.get("site", ""))
    world = World(knowing.book(now), jobs(request, now)["jobs"], now.today, _url(request))
    found = exercises(world)
    if not found:
        cause = f"{now.name} has no lots and no jobs to practise with."
        raise Refused(Fault("site", cause, "Choose another site, or practise in the demo book."))
    by = request.user.get_username()
    made = papers.practice(found, site=now.name, today=now.today, by=by, paper=_paper(request))
    return pdf.answer(made, f"practice-{now.code}")


def _paper(request: HttpRequest) -> str | None:
    asked = request.GET.get("paper", "")
    return asked if asked in PAPERS else None


def _url(request: HttpRequest) -> str:
    """Where the printed codes lead: as the book is set, else as it was called now; devices know both."""
    return settings.BOOK_URL or request.build_absolute_uri("/").rstrip("/")
