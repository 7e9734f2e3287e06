"""What the page of a case shows of its drill."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from lotbook.insights.recall import drillforms, drillrules
from lotbook.insights.recall.models import Case, Reached
from lotbook.insights.recall.queries import drills


def context(request: HttpRequest, case: Case) -> dict[str, Any]:
    """The drill of a case with its forms; empty for a case that is none."""
    card = drills.card(case, draw_again=request.GET.get("draw") == "again")
    if card is None:
        return {}
    return {
        "drill": card,
        "drill_percent": drillrules.percent(card.drill.balance_ppm),
        "reached": [one for one in Reached.choices if one[0]],
        "sign_form": drillforms.SignForm(),
        "finding_form": drillforms.FindingForm(),
        "question_form": drillforms.QuestionForm(),
    }
