"""The clock, in one place so that tests can hold it still."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def date_at(moment: datetime, zone: str) -> date:
    """The calendar day of ``moment`` in the time zone named ``zone`` (IANA)."""
    return moment.astimezone(ZoneInfo(zone or "UTC")).date()


def written(day: date | None) -> str:
    """A date as people read it without doubt: 03 MAR 2027 (empty for none)."""
    return f"{day:%d %b %Y}".upper() if day else ""
