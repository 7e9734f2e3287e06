"""What the lot page shows of reservations."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from lotbook.kernel.permissions import requires
from lotbook.traceability.allocation import queries
from lotbook.traceability.lots import queries as lots


@require_safe
@requires("stock.view")
def reserved_panel(request: HttpRequest, uid: UUID) -> HttpResponse:
    """For which documents a lot is reserved, where, and how much of it."""
    lot = lots.lot(uid)
    claims = queries.of_lot(lot.pk)
    rows = [{"claim": claim, "url": document_url(claim.purpose, claim.document)} for claim in claims]
    total = sum(claim.quantity for claim in claims)
    return render(request, "allocation/reserved.html", {"lot": lot, "rows": rows, "total": total})


def document_url(purpose: str, document: UUID) -> str:
    """The document's page, where its room calls it as its kind says (``shipping.order``); else empty."""
    try:
        return reverse(purpose.replace(".", ":", 1), kwargs={"uid": document})
    except NoReverseMatch:
        return ""
