"""What this room shows on the pages of others: on Today, on a lot, on a partner."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from lotbook.foundation.partners import queries as partners
from lotbook.kernel.permissions import requires
from lotbook.operations.complaints import queries
from lotbook.operations.complaints.models import Complaint

WARNINGS_SHOWN = 5


@require_safe
@requires("complaints.view")
def today(request: HttpRequest) -> HttpResponse:
    """What waits, and what comes in numbers: a panel."""
    warned = queries.told(queries.warnings()[:WARNINGS_SHOWN])
    return render(request, "complaints/today.html", {"counts": queries.counts(), "warnings": warned})


@require_safe
@requires("complaints.view")
def lot_panel(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The complaints about a lot: a panel."""
    lot, rows = queries.of_lot(uid)
    enter = f"{reverse('complaints:new')}?{urlencode({'item': lot.item.code, 'lot': lot.number})}"
    every = f"{reverse('complaints:complaints')}?{urlencode({'lot': lot.uid})}"
    return render(request, "complaints/panel.html", _panel(rows, enter, every))


@require_safe
@requires("complaints.view")
def partner_panel(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The complaints of or through a customer: a panel."""
    found = partners.partner(uid)
    said = {"partner": found.code, "complainant": "customer"} if found.is_customer else {}
    enter = f"{reverse('complaints:new')}?{urlencode(said)}" if said else ""
    every = f"{reverse('complaints:complaints')}?{urlencode({'partner': found.code})}"
    return render(request, "complaints/panel.html", _panel(queries.of_partner(found), enter, every))


def _panel(rows: list[Complaint], enter: str, every: str) -> dict[str, Any]:
    return {"rows": [(row, queries.symptoms_in_words(row)) for row in rows], "enter": enter, "every": every}
