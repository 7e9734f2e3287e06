"""The demo is loaded on any day: its story differs from day to day, and none may ask for what it has not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from lotbook.config.demo import loading
from tests.demo_home import TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.once]

APART = 23
"""Days between two loads: every day of the week and of the month comes up."""
LOADS = 16


def test_the_demo_loads_on_days_of_a_year(long_run: bool, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Only in the long run: each load takes seven seconds. Other tests load one day."""
    if not long_run:
        pytest.skip("sixteen loads are for the long run (make test-long)")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOTBOOK_HOME", str(tmp_path_factory.mktemp("days")))
        for n in range(1, LOADS + 1):
            with transaction.atomic():
                loaded = loading.load(TODAY - timedelta(days=APART * n), lambda what, done, of: None)
                transaction.set_rollback(True)
            assert loaded.counts["events"] > 5_000, loaded.today
