"""What several pages of this room do alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from lotbook.kernel.lines import Lines
from lotbook.operations.warehouse import forms, queries
from lotbook.traceability.ledger.acting import TAKEN, ActPage, posted_by, suggested

SHOWN = 50


PAGE = ["GET", "HEAD", "POST"]


IN_OUT_LOST = {
    "inputs": ("What goes in", TAKEN),
    "outputs": ("What comes out", forms.PACKED),
    "losses": ("What is lost of it", forms.IN_UNIT),
}


def change_page(
    request: HttpRequest,
    form: Any,
    *,
    act: Any,
    heading: str,
    button: str,
    groups: Mapping[str, tuple[str, Any]],
) -> HttpResponse:
    """A page with lines whose act makes lots into others, or sends them."""
    posted = posted_by(request)
    return ActPage(
        "warehouse/change.html",
        form(posted, initial=request.GET.dict()),
        act,
        {name: Lines(columns, posted, prefix=name, start=2) for name, (_, columns) in groups.items()},
        context={
            "heading": heading,
            "button": button,
            "captions": {name: caption for name, (caption, _) in groups.items()},
            "suggested": suggested(),
        },
    ).answer(request)


def lines_page(
    request: HttpRequest, form: Any, act: Any, words: tuple[str, str, str], columns: Any = TAKEN
) -> HttpResponse:
    """A page of lines and its act; after the act, its event."""
    posted = posted_by(request)
    given = request.GET.dict()
    heading, caption, button = words
    line = {name: value for name, value in given.items() if name != "place"}
    return ActPage(
        "warehouse/act.html",
        form(posted, initial=given),
        act,
        {"lines": Lines(columns, posted, initial=[line] if line else [])},
        context={
            "heading": heading,
            "caption": caption,
            "button": button,
            "suggested": suggested(),
            "spots": queries.put_away(given.get("item", ""), given.get("lot", ""), given.get("place", "")),
        },
    ).answer(request)
