"""Papers of recall cases: the drill's report, the case's report, what authorities and the press get."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lotbook.kernel import pdf

TEMPLATE = Path(__file__).with_name("report.typ")
Column = str | tuple[str, pdf.Kind]


def moment(value: str | datetime | None) -> str:
    """A moment as papers write it: 03 MAR 2027 14:05 UTC."""
    if not value:
        return ""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{at.astimezone(UTC):%d %b %Y %H:%M} UTC".upper()


def day(value: str | None) -> str:
    """The day of an ISO moment or date: 03 MAR 2027."""
    return f"{datetime.fromisoformat(value):%d %b %Y}".upper() if value else ""


def who(actor: str) -> str:
    """Who acted, as people say it."""
    return actor.removeprefix("user:")


def many(count: int, word: str) -> str:
    """So many of something.

    >>> many(1, "lot"), many(0, "lot")
    ('1 lot', '0 lots')
    """
    return f"{count} {word}{'s' if count != 1 else ''}"


def table(
    heading: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str | None]],
    *,
    most: int,
    of: int | None = None,
    widths: Sequence[float] = (),
    empty: str = "None.",
    text: str = "",
) -> dict[str, Any]:
    """A section with a table of at most ``most`` rows; ``of`` says how many there are in all."""
    made = pdf.section(heading, columns, rows[:most], text=text, empty=empty)
    count = len(rows) if of is None else of
    if count > most:
        made["more"] = f"and {count - most} more: every row is in the files of the case"
    made["widths"] = list(widths)
    return made
