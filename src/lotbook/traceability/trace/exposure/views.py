"""The page of exposure: which share of each affected lot stems from the suspects, by either reading or both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from lotbook.kernel import clock, permissions, tables
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.permissions import requires
from lotbook.kernel.quantity import to_decimal
from lotbook.kernel.tables import Cell
from lotbook.traceability.trace import suspects
from lotbook.traceability.trace.exposure import queries, words
from lotbook.traceability.trace.exposure.queries import READINGS, Exposure
from lotbook.traceability.trace.exposure.words import NamedLot
from lotbook.traceability.trace.scope import asked as asking
from lotbook.traceability.trace.scope.asked import Asked
from lotbook.traceability.trace.scope.queries import decided
from lotbook.traceability.trace.scope.views import pager, refused, shown

SHOWN = 50
CUSTOMERS_SHOWN = 200
CHOICES = ("reach", "replay", "both")


@dataclass(frozen=True, slots=True)
class LotRow:
    """A lot with its share by each reading that is shown."""

    lot: NamedLot
    shares: list[tuple[str, float, bool]]
    """In words, as a number, and whether it is a bound."""


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """What a customer got in one unit, and how much of it is suspect by each reading that is shown."""

    name: str
    lots: int
    unit: str
    scale: int
    quantity: int
    suspects: list[int]


@require_safe
@requires("trace.view")
def page(request: HttpRequest) -> HttpResponseBase:
    """Suspects in, shares out, as of a sequence; the reading stands in the address."""
    template = "trace/exposure.html"
    try:
        asked = asking.read(request, reverse("trace:exposure"), keep=("reading",))
        asked.direction = "forward"
        reading = _reading(request)
        if not asked.suspects:
            return shown(request, template, asked, {})
        if not asking.settled(asked, request) and not asked.faults:
            return HttpResponseRedirect(asked.address())
        answers = _answers(asked, reading)
    except Refused as refusal:
        return refused(request, template, refusal)
    if wanted := request.GET.get("format"):
        return _file(request, asked, answers, request.GET.get("what", "lots"), wanted)
    return shown(request, template, asked, _context(request, asked, reading, answers))


def _reading(request: HttpRequest) -> str:
    reading = request.GET.get("reading", "reach")
    if reading not in CHOICES:
        cause = f"reading={reading[:20]} in the address: expected {', '.join(CHOICES)}."
        raise Refused(Fault("", cause, "Leave it out."), status=400)
    return reading


def _answers(asked: Asked, reading: str) -> list[Exposure]:
    as_of = decided(asked.as_of)
    seeds = suspects.seeds(asked.suspects, as_of=as_of)
    chosen = READINGS if reading == "both" else [one for one in READINGS if one == reading]
    return [queries.exposure(seeds.lots, units=seeds.units, as_of=as_of, reading=one) for one in chosen]


def _context(request: HttpRequest, asked: Asked, reading: str, answers: Sequence[Exposure]) -> dict[str, Any]:
    first = answers[0]
    keys = Paginator(_order(first), SHOWN).get_page(request.GET.get("page"))
    customers = list(customer_rows(answers))
    return {
        "answers": [(words.READINGS[one.reading], one, words.remarks(one)) for one in answers],
        "first": first,
        "exposed": int((first.shares > 0).sum()),
        "lots": list(lot_rows(answers, keys)),
        "lots_page": keys,
        "lots_pager": pager(asked, "page", keys),
        "customers": customers[:CUSTOMERS_SHOWN],
        "customers_more": max(0, len(customers) - CUSTOMERS_SHOWN),
        "readings": [
            (label, asked.address(reading=None if name == "reach" else name), name == reading)
            for name, label in words.CHOICES.items()
        ],
        "repeat": asked.address(as_of=first.as_of),
        "present": asked.address(as_of=None),
        "files": {
            what: [
                (name.upper(), asked.address(as_of=first.as_of, what=what, format=name))
                for name in tables.FORMATS
            ]
            for what in ("lots", "customers")
        },
    }


def _order(answer: Exposure) -> list[int]:
    """Positions of the lots, the greatest share first."""
    found: list[int] = np.lexsort((answer.lots, -answer.shares)).tolist()
    return found


def lot_rows(answers: Sequence[Exposure], positions: Page[int] | Sequence[int]) -> Iterator[LotRow]:
    """Some of the lots with their shares: one statement. Both readings have the same lots."""
    wanted = list(positions)
    named = words.lots([int(answers[0].lots[at]) for at in wanted])
    for at in wanted:
        shares = [
            (
                words.share(float(one.shares[at]), bool(one.bounds[at])),
                float(one.shares[at]),
                bool(one.bounds[at]),
            )
            for one in answers
        ]
        yield LotRow(named[int(answers[0].lots[at])], shares)


def customer_rows(answers: Sequence[Exposure]) -> Iterator[CustomerRow]:
    """The customers of all answers, the most suspect by the first of them first."""
    known = [{(one.partner, one.unit): one for one in answer.customers} for answer in answers]
    for key in dict.fromkeys(key for rows in known for key in rows):
        one = next(rows[key] for rows in known if key in rows)
        parts = [rows[key].suspect if key in rows else 0 for rows in known]
        yield CustomerRow(one.name, one.lots, one.unit, one.scale, one.quantity, parts)


def _file(
    request: HttpRequest, asked: Asked, answers: Sequence[Exposure], what: str, wanted: str
) -> HttpResponseBase:
    if what not in ("lots", "customers"):
        raise Refused(Fault("what", f"expected lots or customers, got {what[:20]!r}."), status=400)
    labels = [words.READINGS[one.reading] for one in answers]
    about: list[tuple[str, Cell]] = [
        ("Exposure to", asked.words),
        ("Reading", "; ".join(labels)),
        *(("To be said", remark) for one in answers for remark in words.remarks(one)),
        ("As of sequence", answers[0].as_of),
        ("Made by", permissions.actor(request)),
        ("Made at", clock.now()),
        ("Same answer again", request.build_absolute_uri(asked.address(as_of=answers[0].as_of))),
    ]
    if what == "lots":
        columns = ["Item", "Item name", "Lot"]
        columns += [f"{name} ({one.reading})" for one in answers for name in ("Share", "At most")]
        rows: Iterator[Sequence[Cell]] = _lot_cells(answers)
    else:
        columns = ["Customer", "Lots", "Quantity", *(f"Suspect ({one.reading})" for one in answers), "Unit"]
        rows = (
            (
                row.name, row.lots, to_decimal(row.quantity, row.scale),
                *(to_decimal(part, row.scale) for part in row.suspects), row.unit,
            )
            for row in customer_rows(answers)
        )  # fmt: skip
    return tables.export(rows, columns, wanted, f"exposure-{what}-{answers[0].as_of}", about=about)


def _lot_cells(answers: Sequence[Exposure]) -> Iterator[Sequence[Cell]]:
    order = _order(answers[0])
    for start in range(0, len(order), PART):
        for row in lot_rows(answers, order[start : start + PART]):
            cells = [
                cell for _, share, bound in row.shares for cell in (f"{share:.9f}", "yes" if bound else "")
            ]
            yield (row.lot.item, row.lot.item_name, row.lot.number, *cells)


PART = 5_000
"""Lots named at once while a file is written."""
