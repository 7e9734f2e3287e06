"""Jobs that come round again: reminders, expiry, clean-up.

    every(15, "approvals.tick", tick)   # once, in a room's AppConfig.ready()

The courier of a serving process calls ``run_due`` now and then. Among several processes one runs a job:
the one that moves its row on. A job that fails is logged and comes round again; jobs are idempotent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction

from lotbook.kernel import clock
from lotbook.kernel.models import PeriodicJob

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """A job, and how often it runs."""

    name: str
    minutes: int
    run: Callable[[], object]


_jobs: dict[str, Job] = {}


def every(minutes: int, name: str, run: Callable[[], object]) -> None:
    """Run ``run`` every so many minutes while the book is served; the same job only once."""
    job = Job(name, minutes, run)
    if minutes < 1 or _jobs.setdefault(name, job) != job:
        raise ValueError(f"the job {name!r} is there already, or runs more often than every minute")


def forget(name: str) -> None:
    """Take a job off again (tests)."""
    _jobs.pop(name, None)


def run_due() -> list[str]:
    """Run what is due and nobody else has begun; the names of the jobs that ran to their end."""
    return [job.name for job in list(_jobs.values()) if _take(job) and _run(job)]


def _take(job: Job) -> bool:
    """Whether this process is the one to run the job now."""
    now = clock.now()
    due = PeriodicJob.objects.filter(name=job.name, begun_at__lte=now - timedelta(minutes=job.minutes))
    if not PeriodicJob.objects.filter(name=job.name).exists():
        try:
            with transaction.atomic():
                PeriodicJob.objects.create(name=job.name, begun_at=now)
        except IntegrityError:
            return False
        return True
    return due.exists() and due.update(begun_at=now) == 1


def _run(job: Job) -> bool:
    try:
        job.run()
    except Exception:
        logger.exception("the job %s failed; it comes round again in %d minutes", job.name, job.minutes)
        return False
    return True
