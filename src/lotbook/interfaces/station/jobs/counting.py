"""Counts that are open: which places, and nothing of what should be there."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import F

from lotbook.interfaces.station.jobs.floor import LINES_MAX, Floor, called, head
from lotbook.operations.counting import queries as counting
from lotbook.operations.counting.models import Count, Sheet, SheetStatus

Job = dict[str, Any]


def counts(here: Floor, most: int) -> tuple[list[Job], int]:
    """Counts at the site that the person may count, those with a day first: two statements.

    What a partner states of stock at their place is not counted here.
    """
    rows = counting.counts().filter(status__in=counting.COUNTING, counter__in=("", here.person), statement="")
    sheets: dict[int, list[Sheet]] = defaultdict(list)
    listed = list(rows.order_by(F("due_on").asc(nulls_last=True), "pk"))
    for sheet in Sheet.objects.filter(count__in=rows.order_by()).select_related("place"):
        if sheet.place_id in here.spots and sheet.status != SheetStatus.SKIPPED:
            sheets[sheet.count_id].append(sheet)
    found = [one for one in listed if sheets[one.pk]]
    return [_job(here, one, sheets[one.pk]) for one in found[:most]], len(found)


def _job(here: Floor, one: Count, sheets: list[Sheet]) -> Job:
    walk = here.walk
    ordered = sorted(sheets, key=lambda sheet: walk.get(sheet.place_id, len(walk)))
    about = one.lot.number if one.lot else one.item or one.place or one.site
    done = sum(sheet.status == SheetStatus.COUNTED for sheet in sheets)
    return {
        **head("count", one, str(about), one.due_on, (done, len(sheets))),
        "places": [
            {"code": called(sheet.place), "state": _state(one, sheet)} for sheet in ordered[:LINES_MAX]
        ],
    }


def _state(one: Count, sheet: Sheet) -> str:
    if sheet.status == SheetStatus.COUNTED:
        return "counted"
    return "recount" if one.round > 1 else "open"
