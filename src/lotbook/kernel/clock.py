"""The clock, in one place so that tests can hold it still."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_held: ContextVar[datetime | None] = ContextVar("held", default=None)


def now() -> datetime:
    """The present moment, in UTC."""
    return _held.get() or datetime.now(UTC)


@contextmanager
def standing(moment: datetime) -> Iterator[None]:
    """Within it the present moment is ``moment``.

    For stories that are told afterwards (the demo); never for a company's book.
    """
    token = _held.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _held.reset(token)


def date_at(moment: datetime, zone: str) -> date:
    """The calendar day of ``moment`` in the time zone named ``zone`` (IANA)."""
    return moment.astimezone(ZoneInfo(zone or "UTC")).date()


def written(day: date | None) -> str:
    """A date as people read it without doubt: 03 MAR 2027 (empty for none)."""
    return f"{day:%d %b %Y}".upper() if day else ""
