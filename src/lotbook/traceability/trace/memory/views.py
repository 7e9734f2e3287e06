"""What if, as a page: suspects put in and left out, and what would be affected then beside what is now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from lotbook.foundation.catalog.rules import symbol
from lotbook.kernel.errors import Refused
from lotbook.kernel.permissions import requires
from lotbook.traceability.trace import suspects
from lotbook.traceability.trace.memory import building, present, queries
from lotbook.traceability.trace.memory.building import Building
from lotbook.traceability.trace.scope import asked as asking
from lotbook.traceability.trace.scope import lines
from lotbook.traceability.trace.scope.asked import Asked
from lotbook.traceability.trace.scope.lines import Named
from lotbook.traceability.trace.scope.queries import decided
from lotbook.traceability.trace.scope.views import refused, shown
from lotbook.traceability.trace.suspects import Suspects

TEMPLATE = "trace/what_if.html"
SAME_SHOWN = 100
"""Items and customers on the page; those that differ come first."""


@require_safe
@requires("trace.view")
def page(request: HttpRequest) -> HttpResponseBase:
    """Suspects, what is left out (``x``) and put in (``a``): all of it in the address."""
    try:
        asked = asking.read(request, reverse("trace:what_if"), keep=("a", "x"))
        _put_in(asked)
        asked.direction = "forward"
        if not asked.suspects:
            return shown(request, TEMPLATE, asked, {})
        added = lines.named(asked.read(asked.others.get("a", []))) if asked.others.get("a") else []
        left_out = _left_out(asked)
        if not asked.faults and not _settled(asked, request, added, left_out):
            return HttpResponseRedirect(_there(asked, added, left_out))
        kept = [one for one in asked.named if one.line not in left_out]
        after = [*kept, *(one for one in added if one.line not in {two.line for two in kept})]
        return _answered(request, asked, added, left_out, after)
    except Refused as refusal:
        return refused(request, TEMPLATE, refusal)


def _put_in(asked: Asked) -> None:
    """The first suspect is what the question is about; what is added to it later is the "what if"."""
    line = asked.add.line
    if line and len(asked.lines) > 1 and asked.lines[-1] == line:
        asked.lines.pop()
        asked.others["a"] = [*asked.others.get("a", []), line]


def _left_out(asked: Asked) -> list[str]:
    given = asked.others.get("x", [])
    return [one.line for one in asked.named if one.line in given]


def _there(asked: Asked, added: Sequence[Named], left_out: Sequence[str]) -> str:
    return asked.address(a=[one.line for one in added] or None, x=list(left_out) or None)


def _settled(asked: Asked, request: HttpRequest, added: Sequence[Named], left_out: Sequence[str]) -> bool:
    same = request.GET.getlist("a") == [one.line for one in added]
    return same and request.GET.getlist("x") == list(left_out) and asking.settled(asked, request)


def _answered(
    request: HttpRequest, asked: Asked, added: list[Named], left_out: list[str], after: list[Named]
) -> HttpResponse:
    wanted = lines.read([one.line for one in after]) if after else Suspects()
    context: dict[str, Any] = {
        **_chips(asked, added, left_out),
        "recall": asked.recall(after) if wanted else "",
        "compare": _compare(asked, after),
        "nothing_left": not wanted,
    }
    if not asked.faults:
        context |= _answer(asked, wanted)
    return shown(request, TEMPLATE, asked, context)


def _answer(asked: Asked, after: Suspects) -> dict[str, Any]:
    as_of = decided(asked.as_of)
    try:
        wait: Building | None = building.waiting(as_of)
    except Refused as refusal:
        return {"unbuilt": refusal.faults}
    if wait is not None:
        return {"wait": wait}
    before = suspects.seeds(asked.suspects, as_of=as_of)
    # A change of the suspects must not be another moment's answer: both sides are of one sequence.
    told = present.as_json(queries.what_if(before, suspects.seeds(after, as_of=as_of), as_of=as_of))
    return {
        "told": told,
        "items": told["items"][:SAME_SHOWN],
        "customers": told["customers"][:SAME_SHOWN],
        "sides": _sides(told),
        "megabytes": round(told["memory"]["bytes"] / 1_000_000, 1),
        "milliseconds": round(told["seconds"] * 1000),
        "repeat": asked.address(as_of=told["as_of"]),
        "present": asked.address(as_of=None),
    }


def _sides(told: dict[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Lines of the comparison: what, and of each side in words."""
    sides = (told["before"], told["after"])

    def words(rows: list[dict[str, str]], unit: str, part: str) -> str:
        named = [(row[part], symbol(row[unit]) if unit == "unit" else row[unit]) for row in rows]
        return ", ".join(f"{amount} {name}" for amount, name in named) or "–"

    return [
        ("Affected lots", [(str(one["lots"]), "") for one in sides]),
        ("Customers", [(str(one["customers"]), "") for one in sides]),
        ("At our places", [(words(one["quantities"], "unit", "on_hand"), "") for one in sides]),
        ("At customers", [(words(one["quantities"], "unit", "shipped"), "") for one in sides]),
        ("Standard cost here", [(words(one["costs"], "currency", "on_hand"), "") for one in sides]),
        ("Standard cost at customers", [(words(one["costs"], "currency", "shipped"), "") for one in sides]),
    ]


def _chips(asked: Asked, added: list[Named], left_out: list[str]) -> dict[str, Any]:
    mine = [one.line for one in added]
    return {
        "base": [
            (
                one,
                one.line in left_out,
                asked.address(
                    x=[line for line in left_out if line != one.line] or None
                    if one.line in left_out
                    else [*left_out, one.line]
                ),
            )
            for one in asked.named
        ],
        "added": [
            (one, asked.address(a=[line for line in mine if line != one.line] or None)) for one in added
        ],
        "reset": asked.address(a=None, x=None) if added or left_out else "",
    }


def _compare(asked: Asked, after: Sequence[Named]) -> str:
    return asked.address("trace:compare", a=None, x=None, t=[one.line for one in after] or None)
