"""Two scopes side by side, from the book: other suspects, another sequence, or both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from lotbook.kernel.errors import Refused
from lotbook.kernel.permissions import requires
from lotbook.traceability.trace.scope import asked as asking
from lotbook.traceability.trace.scope import lines, queries
from lotbook.traceability.trace.scope.asked import Asked
from lotbook.traceability.trace.scope.lines import Named
from lotbook.traceability.trace.scope.page import ACCOUNT_WORDS, money
from lotbook.traceability.trace.scope.queries import ScopedLot
from lotbook.traceability.trace.scope.rules import COST_SCALE, Change, Comparison, ItemFacts, Scope, compare
from lotbook.traceability.trace.scope.views import refused, shown

SHOWN = 50
ROWS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class LotList:
    """Lots that only one side has, or both with another account: the first of them, and how many there are."""

    title: str
    count: int
    rows: list[tuple[ScopedLot, ItemFacts]]


@require_safe
@requires("trace.view")
def page(request: HttpRequest) -> HttpResponseBase:
    """``s`` as of ``as_of`` beside ``t`` (left out: the same suspects) as of ``then`` (left out: the same)."""
    template = "trace/compare.html"
    try:
        asked = asking.read(request, reverse("trace:compare"), keep=("t", "then"))
        if not asked.suspects:
            return shown(request, template, asked, {})
        other = [line for text in asked.others.get("t", []) for line in text.split("\n") if line.strip()]
        against = asked.read(other) if other else asked.suspects
        then = asking.sequence(request.GET.get("then", ""))
        before = queries.scope(asked.suspects, as_of=asked.as_of, forward=asked.forward)
        moment = before.as_of if then is None and (other or asked.as_of is None) else then
        after = queries.scope(against, as_of=moment, forward=asked.forward)
    except Refused as refusal:
        return refused(request, template, refusal)
    told = compare(before, after)
    named = lines.named(against)
    return shown(request, template, asked, _context(asked, named, told))


def _context(asked: Asked, other: list[Named], told: Comparison) -> dict[str, Any]:
    items = {**told.before.items, **told.after.items}
    partners = {**told.before.partners, **told.after.partners}
    there = {"s": [one.line for one in other], "t": None, "then": None, "as_of": told.after.as_of}
    return {
        "told": told,
        "other": other,
        "other_lines": "\n".join(one.line for one in other),
        "open_before": asked.address("trace:scope", t=None, then=None, as_of=told.before.as_of),
        "open_after": asked.address("trace:scope", **there),
        "lists": [
            _lots("Only in the second", told.after, told.added),
            _lots("Only in the first", told.before, told.dropped),
            _lots("In both, with another account", told.after, told.changed),
        ],
        "items": [
            (items[key], [(_label(name), one, 0 if name == "lots" else items[key].scale) for name, one in changes.items()])
            for key, changes in told.items.items()
        ][:ROWS_SHOWN],
        "partners": [
            (partners[partner].name, items[item], one) for (partner, item), one in told.partners.items()
        ][:ROWS_SHOWN],
        "costs": [
            (f"{'Here' if name == 'on_hand' else 'At customers'}, {currency}", *_moneys(one))
            for currency, changes in told.cost.items()
            for name, one in changes.items()
        ],
        "sides": [
            ("Affected lots", len(told.before.lots), len(told.after.lots)),
            ("Suspected lots", len(told.before.seeds), len(told.after.seeds)),
            ("As of sequence", told.before.as_of, told.after.as_of),
        ],
    }  # fmt: skip


def _label(name: str) -> str:
    return ACCOUNT_WORDS.get(name, name.capitalize())


def _moneys(one: Change) -> tuple[str, str]:
    return money(one.before, COST_SCALE), money(one.after, COST_SCALE)


def _lots(title: str, of: Scope, keys: Any) -> LotList:
    rows = queries.rows(of, keys[:SHOWN])
    return LotList(title, len(keys), [(row, of.items[row.item]) for row in rows])
