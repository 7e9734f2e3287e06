"""Long lists in pages: an opaque cursor instead of page numbers.

The cursor names the last row seen (keyset), so that page after page costs the same and rows added
meanwhile neither repeat nor hide others.

    @router.get("/items", response=Listed[ItemOut])
    @requires("catalog.view")
    def items(request, cursor: str = "", limit: Limit = LIMIT_USUAL):
        return page(Item.objects.all(), cursor, limit).shown(item_out)
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from pydantic import BaseModel, Field

from lotbook.kernel.errors import Fault, Refused

LIMIT_USUAL = 100
LIMIT_MAX = 1_000
POSITION_MAX = 1_000_000_000
"""No list goes further; a database takes no larger offset plus limit safely."""
CURSOR_MAX = 200
"""Longest cursor in characters: ours are far shorter."""

Limit = Annotated[int, Field(ge=1, le=LIMIT_MAX, description="Most rows of one page.")]
"""Annotation for a query parameter ``limit``."""

Cursor = Annotated[str, Field(max_length=CURSOR_MAX, description="The `next` of the page before.")]
"""Annotation for a query parameter ``cursor``."""

Row = TypeVar("Row")
Shown = TypeVar("Shown")


class Listed(BaseModel, Generic[Shown]):
    """One page as the API answers it: ``items``, and ``next``, the cursor of the next page or null."""

    items: list[Shown]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of rows; ``next`` is the cursor of the following one, None at the end."""

    items: list[Row]
    next: str | None

    def shown(self, show: Callable[[Row], Any]) -> dict[str, Any]:
        """The page with each row turned by ``show`` into what the answer says of it."""
        return {"items": [show(row) for row in self.items], "next": self.next}


def page(
    rows: QuerySet[Any] | Sequence[Row],
    cursor: str | None = "",
    limit: int = LIMIT_USUAL,
    *,
    key: str | tuple[str, ...] = "pk",
    descending: bool = False,
) -> Page[Row]:
    """The page of ``rows`` after ``cursor``, at most ``limit`` rows (1 to ``LIMIT_MAX``).

    A queryset is ordered and cut by ``key``, one or several integer columns that are unique together (its
    own order is replaced); any other sequence is cut by position. Raises Refused for a cursor or a limit
    that is not ours.
    """
    if not 1 <= limit <= LIMIT_MAX:
        raise Refused(Fault("limit", f"expected 1 to {LIMIT_MAX}, got {limit}.", "Ask for more pages."))
    keys = (key,) if isinstance(key, str) else key
    if isinstance(rows, QuerySet):
        after = read_cursor(cursor, len(keys)) if cursor else None
        return _of_queryset(rows, after, limit, keys, descending)
    return _by_position(rows, cursor, limit)


def page_in_order(rows: QuerySet[Any], cursor: str | None = "", limit: int = LIMIT_USUAL) -> Page[Any]:
    """The page of a queryset in its own order, cut by position: for orders that no integer key has.

    The database walks over what lies before the page, so a far page costs more than the first one.
    """
    if not 1 <= limit <= LIMIT_MAX:
        raise Refused(Fault("limit", f"expected 1 to {LIMIT_MAX}, got {limit}.", "Ask for more pages."))
    return _by_position(rows, cursor, limit)


def _by_position(rows: QuerySet[Any] | Sequence[Row], cursor: str | None, limit: int) -> Page[Any]:
    start = read_cursor(cursor, 1)[0] if cursor else 0
    if not 0 <= start <= POSITION_MAX:
        raise _bad_cursor()
    part = list(rows[start : start + limit + 1])
    return Page(part[:limit], write_cursor(start + limit) if len(part) > limit else None)


def parts(rows: QuerySet[Any], size: int = 500) -> Iterator[list[Any]]:
    """All ``rows``, newest first, so many at a time: a file of a long list begins at once.

    What is asked beside the rows (lines, counts) is then asked for a part, not for everything.
    """
    ordered = rows.order_by("-pk")
    found = list(ordered[:size])
    while found:
        yield found
        found = list(ordered.filter(pk__lt=found[-1].pk)[:size]) if len(found) == size else []


def portions(rows: QuerySet[Any], size: int = 500) -> Iterator[list[Any]]:
    """All ``rows`` in their own order, read as they are asked for, so many at a time."""
    read = rows.iterator(chunk_size=size)
    return iter(lambda: list(islice(read, size)), [])


def _of_queryset(
    rows: QuerySet[Any], after: Sequence[int] | None, limit: int, keys: Sequence[str], descending: bool
) -> Page[Any]:
    if after is not None:
        rows = rows.filter(_beyond(keys, after, "lt" if descending else "gt"))
    found = list(rows.order_by(*(f"-{key}" if descending else key for key in keys))[: limit + 1])
    if len(found) <= limit:
        return Page(found, None)
    return Page(found[:limit], write_cursor(*(_key_of(found[limit - 1], key) for key in keys)))


def _beyond(keys: Sequence[str], after: Sequence[int], side: str) -> Q:
    """Rows after ``after`` in the order of ``keys``: the first greater, or equal and the rest beyond."""
    first = Q(**{f"{keys[0]}__{side}": after[0]})
    if len(keys) == 1:
        return first
    return first | (Q(**{keys[0]: after[0]}) & _beyond(keys[1:], after[1:], side))


def _key_of(row: Model | dict[str, Any], key: str) -> int:
    value = getattr(row, key) if isinstance(row, Model) else row[key]
    return int(value)


def write_cursor(*position: int) -> str:
    """The opaque text for a position.

    >>> read_cursor(write_cursor(42), 1)
    [42]
    """
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def read_cursor(text: str, length: int) -> list[int]:
    """The position of ``length`` integers a cursor stands for; raises Refused when it is not one of ours."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        value = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError):  # binascii's and Unicode's errors are ValueErrors
        raise _bad_cursor() from None
    if not (isinstance(value, list) and len(value) == length and all(map(_is_key, value))):
        raise _bad_cursor()
    return value


def _is_key(value: object) -> bool:
    return type(value) is int and abs(value) < 2**63


def _bad_cursor() -> Refused:
    return Refused(
        Fault("cursor", "this is not a cursor of ours.", "Take `next` of the page before, unchanged."),
        status=400,
    )
