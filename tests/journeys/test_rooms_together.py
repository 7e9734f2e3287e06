"""Several people at the same moment: the same form, the same goods."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from tests import rooms
from tests.rooms import ANN, Cast, stocked

from lotbook.kernel import clock
from lotbook.kernel.errors import Refused
from lotbook.operations.production import actions as production
from lotbook.operations.production.models import Run
from lotbook.operations.production.rules import Output
from lotbook.operations.receiving import actions as receiving
from lotbook.operations.receiving.rules import Line as Received
from lotbook.traceability.ledger import browsing
from lotbook.traceability.ledger.lines import Line
from lotbook.traceability.lots.models import Lot

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 5


@pytest.fixture
def cast(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """The small world, committed, on 3 March 2027 at noon."""
    monkeypatch.setattr(clock, "now", lambda: rooms.TODAY)
    return rooms.small()


def together(act: Callable[[], Any]) -> list[Any]:
    """What became of ``act`` done by several threads at once: its answer, or the refusal."""

    def one(_: int) -> Any:
        try:
            return act()
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def test_the_same_receipt_at_the_same_moment_is_one(transactional_db: None, cast: Cast) -> None:
    uid = uuid4()
    lines = [Received(item="SALT", quantity="1")]
    done = together(
        lambda: receiving.receive(supplier="FARM", place="STORE", lines=lines, uid=uid, actor=ANN)
    )
    assert {receipt.uid for receipt in done} == {uid}
    assert sorted(receipt.duplicate for receipt in done) == [False] + [True] * (AT_ONCE - 1)
    assert Lot.objects.count() == browsing.events().count() == 1


def test_the_same_run_at_the_same_moment_is_one(transactional_db: None, cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "10"))
    uid = uuid4()
    done = together(
        lambda: production.record_run(
            item="PEEL", site="PLANT", place="STORE", uid=uid, actor=ANN,
            inputs=[Line(lot="T-1", quantity="2")], outputs=[Output(item="PEEL", quantity="2")],
        )
    )  # fmt: skip
    assert {run.uid for run in done} == {uid}
    assert Run.objects.count() == 1
    assert {row.lot.item.code: row.on_hand for row in browsing.stock()} == {"TOM": 8000, "PEEL": 2000}


def test_runs_started_at_the_same_moment_have_numbers_of_their_own(
    transactional_db: None, cast: Cast
) -> None:
    done = together(lambda: production.start_run(item="PEEL", site="PLANT", actor=ANN))
    assert len({run.number for run in done}) == AT_ONCE


def test_no_more_comes_back_from_a_run_than_went_in(transactional_db: None, cast: Cast) -> None:
    stocked(cast, ("TOM", "T-1", "10"))
    run = production.start_run(item="PEEL", site="PLANT", actor=ANN).uid
    production.consume(run=run, lines=[Line(lot="T-1", quantity="10")], place="STORE", actor=ANN)
    four = [Line(lot="T-1", quantity="4")]
    done = together(lambda: production.return_unused(run=run, lines=four, place="STORE", actor=ANN))
    assert sum(isinstance(answer, Refused) for answer in done) == AT_ONCE - 2
    assert [row.on_hand for row in browsing.stock()] == [8000]
