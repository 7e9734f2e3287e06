"""The page of convergence: lots with complaints in, what they have in common out, and the list as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from lotbook.kernel import clock, permissions, screens, tables
from lotbook.kernel.errors import Refused
from lotbook.kernel.permissions import requires
from lotbook.kernel.tables import Cell
from lotbook.traceability.trace.convergence import forms, queries, subjects
from lotbook.traceability.trace.convergence.forms import ConvergeForm
from lotbook.traceability.trace.convergence.rules import (
    KIND_WORDS,
    VERDICTS,
    Cause,
    Convergence,
    Group,
    Lot,
)
from lotbook.traceability.trace.scope.lines import Words

TOLD = 25
"""Groups on the page; the file has all that were judged worth telling."""
PAGES = {"lot": "lots:lot", "run": "production:run", "unit": "places:place", "supplier": "partners:partner"}


@require_safe
@requires("trace.view")
def page(request: HttpRequest) -> HttpResponseBase:
    """The form, and below it the answer: all of it in the address, so that it can be sent to a colleague."""
    asked = any(name in request.GET for name in ("lots", "controls"))
    if not asked:
        return _shown(request, ConvergeForm())
    form = ConvergeForm(request.GET)
    try:
        as_of = forms.sequence(request.GET)
        answer = _answer(form, as_of) if form.is_valid() else None
    except Refused as refusal:
        return screens.render_form(
            request, "trace/converge.html", {"form": form}, refusal.faults, status=refusal.status
        )
    if answer is None:
        faults = screens.form_faults(form)
        return screens.render_form(request, "trace/converge.html", {"form": form}, faults)
    if wanted := request.GET.get("format"):
        return _file(request, answer, wanted)
    return _shown(request, form, answer)


def _answer(form: ConvergeForm, as_of: int | None) -> Convergence:
    lots = subjects.lots(subjects.lines(form.cleaned_data["lots"]), field="lots")
    named = subjects.lines(form.cleaned_data["controls"])
    controls = [lot.id for lot in subjects.lots(named, field="controls")] if named else None
    return queries.converge([lot.id for lot in lots], controls, as_of=as_of)


def _shown(request: HttpRequest, form: ConvergeForm, answer: Convergence | None = None) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "answer": answer}
    if answer is not None:
        context |= {
            "rows": [_Row(answer, group, rank) for rank, group in enumerate(answer.groups[:TOLD], start=1)],
            "rest": max(0, len(answer.groups) - TOLD),
            "repeat": address(request, as_of=str(answer.as_of)),
            "present": address(request, as_of=None),
            "exports": [
                (name.upper(), address(request, as_of=str(answer.as_of), format=name))
                for name in tables.FORMATS
            ],
        }
    return render(request, "trace/converge.html", context)


def address(request: HttpRequest, **changes: str | None) -> str:
    """This page's address with some of its query changed; None takes a key out."""
    query = {key: request.GET[key] for key in ("lots", "controls", "as_of") if request.GET.get(key)}
    for key, value in changes.items():
        query.pop(key, None)
        if value is not None:
            query[key] = value
    return f"{reverse('trace:converge')}?{urlencode(query)}"


@dataclass(frozen=True, slots=True)
class _Row:
    """A group as the page shows it."""

    answer: Convergence
    group: Group
    rank: int

    @property
    def causes(self) -> list[tuple[str, Cause, str, str]]:
        """Kind in words, the cause, its page, and the scope of what it may have spoilt."""
        return [(KIND_WORDS[one.kind], one, page_of(one), scope_of(one)) for one in self.group.causes]

    @property
    def verdict(self) -> str:
        return VERDICTS[self.group.verdict]

    @property
    def p(self) -> str:
        return chance(self.group.p)

    @property
    def p_all(self) -> str:
        return chance(self.group.p_all)

    def _lots(self, *, complaints: bool, descend: bool) -> list[Lot]:
        lots = self.answer.complaints if complaints else self.answer.controls
        offset = 0 if complaints else len(self.answer.complaints)
        return [
            lot for place, lot in enumerate(lots, start=offset) if (place in self.group.descend) == descend
        ]

    @property
    def evidence(self) -> list[tuple[str, list[Lot]]]:
        """Which lots are behind each number."""
        told = (
            ("Complaint lots that descend from it", self._lots(complaints=True, descend=True)),
            ("Complaint lots that do not", self._lots(complaints=True, descend=False)),
            ("Controls that descend from it", self._lots(complaints=False, descend=True)),
        )
        return [(label, lots) for label, lots in told if lots]


def page_of(cause: Cause) -> str:
    """The page of a cause; empty where it has none."""
    try:
        return reverse(PAGES[cause.page], args=[UUID(cause.uid)]) if cause.page else ""
    except NoReverseMatch:
        return ""


def line_of(cause: Cause) -> str:
    """The cause as a suspect; empty where it is none (a name of equipment says nothing of lots).

    >>> line_of(Cause("time", "018f7b3c@2027-03-01", "Store", uid="018f7b3c", page="supplier"))
    'supplier 018f7b3c 2027-03-01..2027-03-07'
    """
    if not cause.uid or cause.kind == "equipment":
        return ""
    kind = {"lot": "lot", "unit": "lot", "run": "run", "place": "place", "supplier": "supplier"}.get(
        cause.kind, ""
    )
    if cause.kind == "time":
        kind = "supplier" if cause.page == "supplier" else "place"
        monday = date.fromisoformat(cause.key.rpartition("@")[2])
        return str(Words(kind, cause.uid, monday.isoformat(), (monday + timedelta(days=6)).isoformat()))
    return str(Words(kind, cause.uid)) if kind else ""


def scope_of(cause: Cause) -> str:
    """Where everything affected by a cause is shown; a recall case is opened from there."""
    line = line_of(cause)
    return f"{reverse('trace:scope')}?{urlencode({'s': line})}" if line else ""


def chance(p: float) -> str:
    """A chance in words people read: 0.03, or less than one in so many.

    >>> chance(0.0312), chance(0.00000001)
    ('0.031', '< 0.0001')
    """
    return f"{p:.2g}" if p >= 0.0001 else "< 0.0001"


def _file(request: HttpRequest, answer: Convergence, wanted: str) -> HttpResponseBase:
    columns = (
        "Rank", "Kind", "Cause", "Detail", "Steps", "Hits", "Complaint lots", "Control hits", "Controls",
        "Expected hits", "Hits / expected", "p", "p x compared", "Judgement",
    )  # fmt: skip
    controls = "taken by the book: same items and period" if answer.chosen else "as named"
    about: Sequence[tuple[str, Cell]] = (
        ("Convergence of", ", ".join(f"{lot.item}:{lot.number}" for lot in answer.complaints)),
        ("Compared with", ", ".join(f"{lot.item}:{lot.number}" for lot in answer.controls) or "nothing"),
        ("Controls", controls),
        ("As of sequence", answer.as_of),
        ("Groups compared", answer.compared),
        ("To be said", " ".join(answer.warnings)),
        ("Made by", permissions.actor(request)),
        ("Made at", clock.now()),
        ("Same answer again", request.build_absolute_uri(address(request, as_of=str(answer.as_of)))),
    )

    def rows() -> Iterator[Sequence[Cell]]:
        for rank, group in enumerate(answer.groups, start=1):
            for one in group.causes:
                yield (
                    rank, KIND_WORDS[one.kind], one.label, one.detail, one.steps, group.hits, group.of,
                    group.control_hits, group.controls, f"{group.expected:.4g}", f"{group.ratio:.4g}",
                    f"{group.p:.4g}", f"{group.p_all:.4g}", VERDICTS[group.verdict],
                )  # fmt: skip

    return tables.export(rows(), columns, wanted, f"convergence-{answer.as_of}", about=about)
