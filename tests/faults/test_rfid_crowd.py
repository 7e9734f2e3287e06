"""Two portals at once, each with readers that deliver the same batches twice: every read counts once."""

from __future__ import annotations

import threading

import pytest
from django.db import connections

from lotbook.foundation.places import actions as places
from lotbook.interfaces.rfid import actions
from lotbook.interfaces.rfid.models import Batch, Pass, Tag
from lotbook.interfaces.rfid.rules import Read
from lotbook.standards.epc.tags import from_elements

BATCHES, TAGS = 8, 5


def tag(number: int) -> str:
    return from_elements({"01": "09526543006022", "21": str(number + 1)}, "SGTIN-96", 1, 7).hex


@pytest.mark.django_db(transaction=True)
def test_two_portals_and_readers_that_repeat_themselves() -> None:
    places.create_place(actor="user:x", code="DOCK", kind="site", name="Dock", time_zone="UTC")
    for code in ("east", "west"):
        actions.set_portal(
            actor="user:x", code=code, purpose="receive", place="DOCK", name=code, silence_s=600
        )
    start, problems = 1_790_000_000_000, []

    def deliver(portal: str, order: range) -> None:
        try:
            for number in order:
                reads = [Read(tag(number * TAGS + n), 1, -50, start + number) for n in range(TAGS)]
                actions.take(portal=portal, batch=f"n{number}", reads=reads, via="key:x")
        except Exception as problem:  # noqa: BLE001 – told by the main thread
            problems.append(problem)
        finally:
            connections.close_all()

    orders = (range(BATCHES), range(BATCHES - 1, -1, -1))
    crowd = [
        threading.Thread(target=deliver, args=(portal, order))
        for portal in ("east", "west")
        for order in orders
    ]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(60)
    assert not problems
    assert Batch.objects.count() == 2 * BATCHES
    assert Pass.objects.count() == 2, "each portal has its own"
    assert Tag.objects.count() == 2 * BATCHES * TAGS
    assert set(Tag.objects.values_list("reads", flat=True)) == {1}
    assert set(Pass.objects.values_list("reads", flat=True)) == {BATCHES * TAGS}
