"""Jobs come round when they are due, once among many processes, and a failing one stops no other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lotbook.kernel import clock, periodic

pytestmark = pytest.mark.django_db
NOON = datetime(2027, 3, 3, 12, 0, tzinfo=UTC)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []

    def good() -> None:
        found.append("good")

    def bad() -> None:
        found.append("bad")
        raise RuntimeError("no")

    monkeypatch.setattr(periodic, "_jobs", {})
    periodic.every(10, "bad", bad)
    periodic.every(10, "good", good)
    return found


def test_jobs_run_when_they_are_due(ran: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for minutes, names in ((0, ["good"]), (0, []), (9, []), (10, ["good"]), (19, []), (25, ["good"])):
        monkeypatch.setattr(clock, "now", lambda minutes=minutes: NOON + timedelta(minutes=minutes))
        assert periodic.run_due() == names
    assert ran == ["bad", "good"] * 3


def test_a_second_job_of_one_name_is_a_slip(ran: list[str]) -> None:
    with pytest.raises(ValueError, match="there already"):
        periodic.every(10, "good", print)
    periodic.forget("good")
    periodic.every(10, "good", print)
