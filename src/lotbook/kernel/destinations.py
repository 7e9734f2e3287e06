"""Where the goods of a document go: rooms that send say it, rooms that label goods ask.

A room registers in its ``AppConfig.ready``: ``register("shipping.order", queries.destination)``.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

Find = Callable[[UUID], tuple[str, ...]]
_FINDERS: dict[str, Find] = {}


def register(purpose: str, find: Find) -> None:
    """Let ``find`` say, for documents that reserve goods for ``purpose``, the lines of the address."""
    _FINDERS[purpose] = find


def of_document(purpose: str, document: UUID) -> tuple[str, ...]:
    """The address the goods of a document go to, name first; () when nobody knows."""
    find = _FINDERS.get(purpose)
    return find(document) if find else ()
