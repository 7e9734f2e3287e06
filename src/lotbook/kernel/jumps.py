"""Straight to a document by its number: rooms say what a text names exactly, the search box asks them all.

A room registers in its ``AppConfig.ready``: ``register("shipping", "shipping.view", listeners.called)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from lotbook.kernel.checks import storable
from lotbook.kernel.permissions import PERMISSIONS, allowed

NUMBER_MAX = 80
FOUND_MAX = 5


@dataclass(frozen=True, slots=True)
class Jump:
    """Something a text names exactly: what it is, its number, a few words more, and where it is shown."""

    kind: str
    number: str
    words: str
    url: str


Find = Callable[[str], Iterable[Jump]]
_FINDERS: dict[str, tuple[str, Find]] = {}


def register(room: str, permission: str, find: Find) -> None:
    """Let ``find`` say what a text names in ``room``, to those who may see it."""
    if permission not in PERMISSIONS:
        raise KeyError(f"jumps of {room}: unknown permission {permission!r}")
    _FINDERS[room] = (permission, find)


def find(text: str, request: HttpRequest) -> list[Jump]:
    """Everything called exactly ``text`` that the person may see, room by room."""
    text = text.strip()
    if not text or len(text) > NUMBER_MAX or storable(text):
        return []
    return [
        jump for permission, ask in _FINDERS.values() if allowed(request, permission) for jump in ask(text)
    ]


def numbered(rows: QuerySet[Any], text: str, kind: str, url_name: str) -> list[Jump]:
    """The documents of ``rows`` with the number ``text``, whichever way its letters are typed."""
    found = rows.filter(number__in={text, text.upper()}).order_by("-pk")[:FOUND_MAX]
    return [
        Jump(kind, row.number, row.get_status_display(), reverse(url_name, args=[row.uid])) for row in found
    ]
