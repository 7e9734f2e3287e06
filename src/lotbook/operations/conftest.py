"""What the tests of these rooms find made: the small world of ``tests.rooms`` on one fixed day."""

from __future__ import annotations

import pytest
from tests import rooms

from lotbook.kernel import clock


@pytest.fixture
def cast(db: None, monkeypatch: pytest.MonkeyPatch) -> rooms.Cast:
    """The small world, on 3 March 2027 at noon."""
    monkeypatch.setattr(clock, "now", lambda: rooms.TODAY)
    return rooms.small()
