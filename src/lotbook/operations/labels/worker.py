"""The worker that hands jobs to printers: each leased, at least once, and never silently twice."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import close_old_connections
from django.db.models import F, Q

from lotbook.kernel import clock
from lotbook.operations.labels import queries, rules, sending
from lotbook.operations.labels.models import Job, JobState

_log = logging.getLogger(__name__)

IDLE_S = 65.0
"""The thread behind a server goes on so long without work; every minute somebody looks again anyway."""
LOOK_S = 2.0
_thread: threading.Thread | None = None
_one = threading.Lock()

TWICE = "the worker stopped while it was sent: it may have been printed already"


def run_due(limit: int = 1_000) -> int:
    """Hand over everything that is due; how many jobs were tried."""
    tried = 0
    while tried < limit and (job := _claim()) is not None:
        _hand_over(job)
        tried += 1
    return tried


def _claim() -> Job | None:
    """Take the oldest job that is due: queued, or left by a worker that died while it had it."""
    while True:
        now = clock.now()
        lost = Q(state=JobState.SENDING, lease_ends_at__lt=now)
        due = Job.objects.filter(Q(state=JobState.QUEUED, due_at__lte=now) | lost).order_by("due_at", "pk")
        job = due.select_related("printer").first()
        if job is None:
            return None
        again = job.state == JobState.SENDING
        # Only one worker finds the row as it was read.
        mine = Job.objects.filter(pk=job.pk, state=job.state, attempts=job.attempts).update(
            state=JobState.SENDING,
            attempts=F("attempts") + 1,
            lease_ends_at=now + timedelta(seconds=rules.LEASE_S),
            doubtful=job.doubtful or again,
            error=TWICE if again else job.error,
        )
        if mine:
            job.refresh_from_db()
            return job


def _hand_over(job: Job) -> None:
    printer = job.printer
    assert printer is not None
    target = sending.Target(printer.host, printer.port, printer.confirms)
    if not printer.is_active:
        _again(job, f"{printer} is out of use", doubtful=False)
        return
    try:
        sending.send(target, queries.zpl_of(job, printer.dpi).encode())
    except sending.NotSent as problem:
        _again(job, str(problem), doubtful=False)
    except sending.PerhapsSent as problem:
        _again(job, f"{problem}: it may have been printed", doubtful=True)
    except Exception:  # noqa: BLE001 - a fault of ours must not stop the jobs behind it
        _log.exception("print job %s could not be made", job.uid)
        _again(job, "the label could not be made; the log says why", doubtful=False, last=True)
    else:
        _mine(job).update(
            state=JobState.PRINTED, printed_at=clock.now(), lease_ends_at=None, error=_kept_doubt(job)
        )


def _kept_doubt(job: Job) -> str:
    return job.error if job.doubtful else ""


def _again(job: Job, why: str, *, doubtful: bool, last: bool = False) -> None:
    failed = last or job.attempts >= rules.ATTEMPTS_MAX
    _mine(job).update(
        state=JobState.FAILED if failed else JobState.QUEUED,
        due_at=clock.now() + timedelta(seconds=rules.wait_s(job.attempts)),
        lease_ends_at=None,
        error=why[:500],
        doubtful=job.doubtful or doubtful,
    )


def _mine(job: Job) -> Any:
    """The row while it is still ours: a worker that came back after its lease ended changes nothing."""
    return Job.objects.filter(pk=job.pk, state=JobState.SENDING, attempts=job.attempts)


# --- In the server ---


def asked(_payload: Mapping[str, Any]) -> None:
    """Labels were asked for: begin at once."""
    wake()


def wake() -> None:
    """Have one thread of a serving process hand jobs over until nothing is to be done any more."""
    if os.environ.get("LOTBOOK_SERVING") != "1":
        return
    global _thread  # noqa: PLW0603 - one thread a process
    with _one:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_work, name="labels", daemon=True)
            _thread.start()


def _work() -> None:
    until = time.monotonic() + IDLE_S
    while time.monotonic() < until:
        try:
            if run_due():
                until = time.monotonic() + IDLE_S
        except Exception:  # noqa: BLE001 - the book may be busy for a moment
            _log.exception("print jobs could not be looked at; trying again")
        finally:
            close_old_connections()
        time.sleep(LOOK_S)
