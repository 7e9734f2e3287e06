"""The worker's side of a notice: taken by one worker, then sent, refused, or nobody knows.

Each of these is a short transaction; nothing is sent in one. A row goes waiting → sending before anything
leaves the house. What a dead worker left there is *unsure*, and only a person moves it on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from lotbook.insights.recall.actions.notifying import told_customers
from lotbook.insights.recall.actions.steps import locked, record
from lotbook.insights.recall.models import Case, CaseKind, Channel, Notice, NoticeKind, NoticeStatus
from lotbook.insights.recall.queries import reading
from lotbook.kernel import clock

LEASE = timedelta(minutes=10)
"""So long a worker has for one notice; its own time limits are far shorter."""
ATTEMPTS_MAX = 8
FIRST_WAIT_S, LONGEST_WAIT_S = 30, 3_600
LOST = "The process stopped while it was sent: it may have arrived."
OVER = "The case was over before it went out."
WORKER = "lotbook"


def wait_s(attempts: int) -> int:
    """Seconds until the next attempt: half a minute, doubling up to an hour.

    >>> [wait_s(attempts) for attempts in (1, 2, 3, 20)]
    [30, 60, 120, 3600]
    """
    return min(FIRST_WAIT_S << min(max(attempts - 1, 0), 10), LONGEST_WAIT_S)


def give_up_lost() -> Counter[int]:
    """Mark what dead workers left as unsure; how many by the case's key."""
    gone = Notice.objects.filter(status=NoticeStatus.SENDING, claimed_at__lt=clock.now() - LEASE)
    counts: Counter[int] = Counter()
    for pk, case, claimed_at in list(gone.values_list("pk", "case_id", "claimed_at")):
        counts[case] += Notice.objects.filter(
            pk=pk, status=NoticeStatus.SENDING, claimed_at=claimed_at
        ).update(status=NoticeStatus.UNSURE, problem=LOST)
    return counts


def claim() -> Notice | None:
    """Take the oldest notice that is due; None when there is none. Letters are taken by people."""
    while True:
        now = clock.now()
        due = Notice.objects.filter(status=NoticeStatus.WAITING, due_at__lte=now)
        due = due.exclude(channel=Channel.LETTER).exclude(case__kind=CaseKind.DRILL)
        one = due.select_related("case", "customer__partner").order_by("due_at", "pk").first()
        if one is None:
            return None
        mine = Notice.objects.filter(pk=one.pk, status=NoticeStatus.WAITING, attempts=one.attempts)
        if one.case.is_over and one.kind != NoticeKind.END:
            mine.update(status=NoticeStatus.DROPPED, problem=OVER)
        elif mine.update(status=NoticeStatus.SENDING, claimed_at=now, attempts=F("attempts") + 1):
            # Only one worker finds the row as it was read.
            one.status, one.claimed_at, one.attempts = NoticeStatus.SENDING, now, one.attempts + 1
            return one


@transaction.atomic
def sent(one: Notice) -> bool:
    """It went out. A worker that came late knows so, too, unless somebody has decided about it meanwhile."""
    done = _mine(one).update(status=NoticeStatus.SENT, sent_at=clock.now(), problem="")
    if done:
        told_customers(one.case, [one.customer_id])
    return bool(done)


def refused(one: Notice, why: str, *, for_good: bool = False) -> bool:
    """Nothing of it left the house: tried again later; given up after so many times, or ``for_good`` at once.

    True when it was given up.
    """
    failed = for_good or one.attempts >= ATTEMPTS_MAX
    return bool(
        _mine(one).update(
            status=NoticeStatus.FAILED if failed else NoticeStatus.WAITING,
            due_at=clock.now() + timedelta(seconds=wait_s(one.attempts)),
            claimed_at=None,
            problem=why[:1000],
        )
    ) and failed  # fmt: skip


def unsure(one: Notice, why: str) -> bool:
    """It was handed over and no answer came: it may have arrived."""
    return bool(_mine(one).update(status=NoticeStatus.UNSURE, problem=why[:1000]))


def _mine(one: Notice) -> QuerySet[Notice]:
    """The row while nobody has decided about it since this worker took it."""
    held = (NoticeStatus.SENDING, NoticeStatus.UNSURE)
    return Notice.objects.filter(pk=one.pk, status__in=held, claimed_at=one.claimed_at)


@transaction.atomic
def write_down(case: Case, counts: Mapping[str, int]) -> None:
    """Write into the log of a case what a round of sending did."""
    words = {"sent": "sent", "failed": "not sent", "unsure": "perhaps sent"}
    parts = [f"{counts[name]} {word}" for name, word in words.items() if counts.get(name)]
    if parts:
        found = locked(reading.case(case.uid).uid)
        record(found, "notices sent", actor=WORKER, text=", ".join(parts), data=dict(counts))
