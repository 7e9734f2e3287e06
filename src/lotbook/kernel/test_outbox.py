"""The outbox: written with the act, delivered after it, at least once, again after a failure."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connections, transaction

from lotbook.kernel import clock, commands, outbox
from lotbook.kernel.models import KeptReply, OutboxMessage

TOPIC = "test.happened"
START = datetime(2027, 3, 3, 12, tzinfo=UTC)


class Listener:
    """Notes what it is told; fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.heard: list[Mapping[str, Any]] = []
        self.failures = failures

    def __call__(self, payload: Mapping[str, Any]) -> None:
        self.heard.append(payload)
        if self.failures:
            self.failures -= 1
            raise RuntimeError("not now")


@pytest.fixture
def listener() -> Iterator[Listener]:
    one = Listener()
    outbox.listen(TOPIC, one)
    yield one
    outbox.unlisten(TOPIC, one)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Hold the clock at so many seconds after START."""

    def hold(seconds: float) -> None:
        monkeypatch.setattr(clock, "now", lambda: START + timedelta(seconds=seconds))

    hold(0)
    return hold


@pytest.mark.django_db(transaction=True)
def test_a_message_is_delivered_after_the_commit_and_not_before(listener: Listener) -> None:
    with transaction.atomic():
        outbox.emit(TOPIC, {"n": 1})
        assert listener.heard == []
    assert listener.heard == [{"n": 1}]
    message = OutboxMessage.objects.get()
    assert message.delivered_at is not None
    assert outbox.waiting() == 0
    assert outbox.deliver() == outbox.Delivery(0, 0)


@pytest.mark.django_db(transaction=True)
def test_what_did_not_happen_is_not_told(listener: Listener) -> None:
    with transaction.atomic():
        outbox.emit(TOPIC, {"n": 1})
        transaction.set_rollback(True)
    assert listener.heard == []
    assert OutboxMessage.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_emitted() -> None:
    with pytest.raises(RuntimeError, match="atomic"):
        outbox.emit(TOPIC, {})


@pytest.mark.django_db(transaction=True)
def test_a_failure_harms_neither_the_act_nor_the_others_and_is_tried_again(
    listener: Listener, at: Any
) -> None:
    listener.failures = 2
    other = Listener()
    outbox.listen("test.other", other)
    with transaction.atomic():
        outbox.emit(TOPIC, {"n": 1})
        outbox.emit("test.other", {"n": 2})
    outbox.unlisten("test.other", other)
    assert other.heard == [{"n": 2}]
    message = OutboxMessage.objects.get(topic=TOPIC)
    assert (message.attempts, message.delivered_at) == (1, None)
    assert message.problem == "RuntimeError: not now"
    assert outbox.waiting() == 1

    at(4)
    assert outbox.deliver() == outbox.Delivery(0, 0)  # too early: 5 s are up at 5
    at(5)
    assert outbox.deliver() == outbox.Delivery(0, 1)
    at(14)
    assert outbox.deliver() == outbox.Delivery(0, 0)  # then 10 s more
    at(15)
    assert outbox.deliver() == outbox.Delivery(1, 0)
    assert len(listener.heard) == 3
    message.refresh_from_db()
    assert (message.attempts, message.problem) == (3, "")


@pytest.mark.django_db(transaction=True)
def test_what_a_failing_handler_wrote_is_taken_back(at: Any) -> None:
    def write_and_fail(_payload: Mapping[str, Any]) -> None:
        KeptReply.objects.create(
            key="k", owner="o", request_hash="", status=200, content_type="", body=b"", created_at=clock.now()
        )
        raise RuntimeError("after writing")

    outbox.listen(TOPIC, write_and_fail)
    with transaction.atomic():
        outbox.emit(TOPIC, {})
    outbox.unlisten(TOPIC, write_and_fail)
    assert KeptReply.objects.count() == 0
    assert OutboxMessage.objects.get().attempts == 1


def test_waiting_doubles_up_to_hours() -> None:
    waits = [outbox.next_attempt_at(START, attempts) - START for attempts in range(1, 20)]
    assert [wait.total_seconds() for wait in waits[:4]] == [5, 15, 35, 75]
    steps = [later - earlier for earlier, later in pairwise(waits)]
    assert steps == sorted(steps)
    assert max(steps) < timedelta(hours=6)
    assert outbox.next_attempt_at(START, 0) < START


@pytest.mark.django_db(transaction=True)
def test_several_processes_deliver_each_message_once(listener: Listener) -> None:
    with transaction.atomic():
        for number in range(40):
            OutboxMessage.objects.create(topic=TOPIC, payload={"n": number}, created_at=clock.now())
    start = threading.Barrier(4)

    def work() -> None:
        try:
            start.wait()
            outbox.deliver()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(payload["n"] for payload in listener.heard) == list(range(40))


@pytest.mark.django_db(transaction=True)
def test_what_nobody_listens_to_does_not_wait(listener: Listener) -> None:
    for topic in ("test.unheard", "test.unheard", TOPIC):
        OutboxMessage.objects.create(topic=topic, payload={"n": 1}, created_at=clock.now())
    assert outbox.deliver() == outbox.Delivery(3, 0)
    assert listener.heard == [{"n": 1}]
    assert outbox.waiting() == 0


@pytest.mark.django_db(transaction=True)
def test_the_command_delivers_and_forgets(listener: Listener, capsys: pytest.CaptureFixture[str]) -> None:
    old = clock.now() - timedelta(days=40)
    OutboxMessage.objects.create(topic=TOPIC, payload={}, created_at=old, delivered_at=old)
    OutboxMessage.objects.create(topic=TOPIC, payload={"n": 1}, created_at=clock.now())
    assert commands.status(_no_options()) == 1
    assert commands.deliver(_no_options()) == 0
    assert listener.heard == [{"n": 1}]
    assert commands.status(_no_options()) == 0
    assert OutboxMessage.objects.count() == 1
    assert capsys.readouterr().out.splitlines() == ["1 waiting", "1 delivered", "0 waiting"]


def _no_options() -> Any:
    import argparse

    return argparse.Namespace()
