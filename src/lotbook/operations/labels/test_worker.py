"""Printers that drop connections, are slow, take half, or run out of labels; and workers that die.

Nothing is lost, and nothing is printed twice without saying so.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import override_settings
from tests import books
from tests.rooms import ANN, Cast

from lotbook.kernel import clock
from lotbook.kernel.errors import Conflict
from lotbook.operations.labels import actions, queries, rules, sending, worker
from lotbook.operations.labels.models import Job, JobState, Printer

STATUS = (
    b"\x02030,%d,%d,1245,000,0,0,0,000,0,0,0\x03"
    b"\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"
)  # fmt: skip


class Paper:
    """A printer: `how` says what it does at each connection in turn, then all is well; `labels` came out."""

    def __init__(self) -> None:
        self.how: list[str] = []
        self.printed: list[str] = []
        self.busy = 0
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.door.getsockname()[1])
        self.talks = 0
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    @property
    def labels(self) -> list[str]:
        """What came out, once the printer is done: it works on when the line is closed."""
        until = time.monotonic() + 5
        time.sleep(0.1)
        while self.busy and time.monotonic() < until:
            time.sleep(0.01)
        return self.printed

    def _serve(self) -> None:
        while True:
            try:
                talk, _ = self.door.accept()
            except OSError:
                return
            how = self.how.pop(0) if self.how else "good"
            self.talks += 1
            self.busy += 1
            with talk:
                try:
                    self._talk(talk, how)
                except OSError:
                    continue
                finally:
                    self.busy -= 1

    def _talk(self, talk: socket.socket, how: str) -> None:
        if how == "drops":
            _reset(talk)
            return
        talk.settimeout(20)
        got = b""
        while piece := talk.recv(65_536):
            got += piece
            asked = got.count(b"~HS")
            if how == "half" and b"^XA" in got:
                _reset(talk)
                return
            if b"~HS" in piece:
                if how in ("mute", "hangs") and asked > 1:
                    break
                talk.sendall(STATUS % (how == "empty", how == "paused"))
        body = got.replace(b"~HS", b"").decode()
        self.printed += [part + "^XZ" for part in body.split("^XZ")[:-1]]
        while how == "hangs" and talk.recv(1):
            pass

    def close(self) -> None:
        # Closing alone would leave the other thread waiting in accept, and accepting.
        with contextlib.suppress(OSError):
            self.door.shutdown(socket.SHUT_RDWR)
        self.door.close()
        self.thread.join(2)


def _reset(talk: socket.socket) -> None:
    talk.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    talk.close()


@pytest.fixture
def paper(monkeypatch: pytest.MonkeyPatch) -> Iterator[Paper]:
    monkeypatch.setattr(sending, "CONNECT_S", 1.0)
    monkeypatch.setattr(sending, "ANSWER_S", 1.0)
    one = Paper()
    with override_settings(LOCAL_PRINTERS=True):
        yield one
    one.close()


def set_up(paper: Paper, **more: Any) -> Printer:
    return actions.save_printer(
        name="Dispatch", host="127.0.0.1", port=paper.port, size="50x25", actor=ANN, **more
    )


def asked(cast: Cast, number: int = 1, **more: Any) -> list[Job]:
    return [
        actions.print_label(what="place", subject=str(cast.bin.uid), printer="Dispatch", actor=ANN, **more)
        for _ in range(number)
    ]


def again(job: Job) -> Job:
    """Let the time pass until the job is due, or its lease over; have it tried, and look."""
    past = clock.now() - timedelta(seconds=1)
    Job.objects.filter(pk=job.pk).update(due_at=past)
    Job.objects.filter(pk=job.pk, state=JobState.SENDING).update(lease_ends_at=past)
    worker.run_due(1)
    return queries.job(job.uid)


def test_a_good_printer_gets_every_label_once(cast: Cast, paper: Paper) -> None:
    set_up(paper)
    jobs = asked(cast, 5, copies=2)
    assert worker.run_due() == 5
    found = [queries.job(job.uid) for job in jobs]
    assert {(job.state, job.doubtful, job.attempts) for job in found} == {(JobState.PRINTED, False, 1)}
    assert all(job.printed_at for job in found)
    assert len(paper.labels) == 10
    assert "^FDA-01^FS" in paper.labels[0]
    assert worker.run_due() == 0


@pytest.mark.parametrize("how", ["drops", "empty", "paused"])
def test_what_never_reached_the_printer_is_printed_once(cast: Cast, paper: Paper, how: str) -> None:
    set_up(paper)
    paper.how = [how, how]
    job = asked(cast)[0]
    worker.run_due()
    waiting = queries.job(job.uid)
    assert (waiting.state, waiting.doubtful) == (JobState.QUEUED, False)
    assert waiting.error
    assert waiting.due_at > clock.now()
    assert worker.run_due() == 0  # not before it is due
    assert again(job).state == JobState.QUEUED
    done = again(job)
    assert (done.state, done.doubtful, done.attempts, done.error) == (JobState.PRINTED, False, 3, "")
    assert len(paper.labels) == 1


@pytest.mark.parametrize("how", ["half", "mute"])
def test_what_may_have_been_printed_says_so(cast: Cast, paper: Paper, how: str) -> None:
    set_up(paper)
    paper.how = [how]
    job = asked(cast)[0]
    worker.run_due()
    waiting = queries.job(job.uid)
    assert (waiting.state, waiting.doubtful) == (JobState.QUEUED, True)
    assert "may have been printed" in waiting.error
    done = again(job)
    assert (done.state, done.doubtful) == (JobState.PRINTED, True)
    assert len(paper.labels) == (2 if how == "mute" else 1)


def test_a_printer_that_answers_nothing_is_handed_over_to(cast: Cast, paper: Paper) -> None:
    set_up(paper, confirms=False)
    job = asked(cast)[0]
    worker.run_due()
    assert queries.job(job.uid).state == JobState.PRINTED
    paper.thread.join(0.2)
    assert len(paper.labels) == 1


def test_a_printer_that_is_away_holds_up_nobody_and_is_given_up(cast: Cast, paper: Paper) -> None:
    set_up(paper)
    paper.close()
    job = asked(cast)[0]
    for _ in range(rules.ATTEMPTS_MAX):
        again(job)
    given_up = queries.job(job.uid)
    assert (given_up.state, given_up.doubtful, given_up.attempts) == (
        JobState.FAILED,
        False,
        rules.ATTEMPTS_MAX,
    )
    assert "no connection" in given_up.error
    assert actions.retry(job=job.uid, actor=ANN).state == JobState.QUEUED
    assert actions.cancel(job=job.uid, actor=ANN).state == JobState.CANCELLED
    for act in (actions.retry, actions.cancel):
        with pytest.raises(Conflict):
            act(job=job.uid, actor=ANN)


def test_a_local_printer_is_refused_again_when_it_is_sent(cast: Cast, paper: Paper) -> None:
    """The address was allowed once; the setting is gone."""
    set_up(paper)
    job = asked(cast)[0]
    with override_settings(LOCAL_PRINTERS=False):
        worker.run_due()
    assert "9100" in queries.job(job.uid).error
    assert paper.talks == 0


def test_a_name_that_leads_to_this_machine_is_refused(
    cast: Cast, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, port, **more: real("127.0.0.1", port, **more))
    with override_settings(LOCAL_PRINTERS=False), pytest.raises(sending.NotSent, match="leads to 127"):
        sending.send(sending.Target("printer.example", 9100, confirms=True), b"^XA^XZ")


def test_a_worker_that_came_back_late_changes_nothing(cast: Cast, paper: Paper) -> None:
    set_up(paper)
    job = asked(cast)[0]
    late = worker._claim()
    assert late is not None
    assert worker._claim() is None  # it has a lease
    done = again(job)
    assert (done.state, done.doubtful, done.error) == (JobState.PRINTED, True, worker.TWICE)
    worker._again(late, "no answer", doubtful=False)
    assert queries.job(job.uid).state == JobState.PRINTED


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_queue(cast: Cast, paper: Paper) -> None:
    set_up(paper)
    asked(cast, 12)
    found: list[int] = []

    def work() -> None:
        found.append(worker.run_due())
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(found) == 12
    assert len(paper.labels) == 12
    assert not Job.objects.exclude(state=JobState.PRINTED, doubtful=False).exists()


# --- A worker that is killed -----------------------------------------------------------------------------

START = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "lotbook.config.settings"
import django; django.setup()
from lotbook.operations.labels import actions, worker
from lotbook.operations.labels.models import Job
"""
PREPARE = """
from lotbook.foundation.places import actions as places
places.create_place(actor="user:ann", code="PLANT", kind="site", time_zone="UTC")
actions.save_printer(name="Dispatch", host="127.0.0.1", port={port}, size="50x25", actor="user:ann")
"""
ASK = """
for _ in range(3):
    actions.print_label(what="command", subject="confirm", printer="Dispatch", actor="user:ann")
print(worker.run_due(), flush=True)
"""
LATER = """
from datetime import timedelta
from lotbook.kernel import clock
with clock.standing(clock.now() + timedelta(minutes=5)):
    print(worker.run_due())
"""
TELL = """
print([(job.state, job.doubtful) for job in Job.objects.order_by("pk")])
"""


@pytest.mark.once
def test_a_killed_worker_loses_nothing(tmp_path: Any) -> None:
    """Killed with a label at the printer; first, as a positive control, one that is not killed."""
    paper = Paper()
    env = {
        **os.environ,
        "LOTBOOK_HOME": str(books.new_home(tmp_path / "home")),
        "LOTBOOK_LOCAL_PRINTERS": "1",
    }
    env.pop("LOTBOOK_DATABASE_URL", None)

    def start(program: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", START + program]
        return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True, start_new_session=True)

    good = start(PREPARE.format(port=paper.port) + ASK + TELL).communicate(timeout=120)[0].splitlines()
    assert good == ["3", str([("printed", False)] * 3)]
    assert len(paper.labels) == 3

    paper.how = ["hangs"]
    killed = start(ASK)
    while len(paper.labels) < 4 and killed.poll() is None:
        paper.thread.join(0.05)
    # It waits ten seconds for the printer to confirm: the job is claimed, and the label printed.
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate(timeout=30)

    after = start(LATER + TELL).communicate(timeout=60)[0].splitlines()
    paper.close()
    printed = [("printed", False)] * 3 + [("printed", True)] + [("printed", False)] * 2
    assert after == ["3", str(printed)]
    assert len(paper.labels) == 7  # the one that came out twice is the one that says so
