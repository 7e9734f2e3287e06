"""The worker that sends notices: one at a time, outside every transaction, and never twice by itself.

    claim (waiting → sending) → hand over → sent | waiting again | failed | perhaps sent

Whatever dies in between leaves the row *sending*; after its lease it is *perhaps sent*, and a person decides.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import close_old_connections

from lotbook.insights.recall import mailing, posting
from lotbook.insights.recall.actions import handover, reminding
from lotbook.insights.recall.mailing import NotSent, PerhapsSent
from lotbook.insights.recall.models import Case, Channel, Notice

_log = logging.getLogger(__name__)

IDLE_S = 65.0
"""The thread behind a server goes on so long without work; every minute somebody looks again anyway."""
LOOK_S = 2.0
_thread: threading.Thread | None = None
_one = threading.Lock()


def run_due(limit: int = 5_000) -> int:
    """Send every notice that is due; how many were tried. What came of it is written into each case's log."""
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for key, lost in handover.give_up_lost().items():
        counts[key]["unsure"] += lost
    tried = 0
    try:
        while tried < limit and (one := handover.claim()) is not None:
            counts[one.case_id][_hand_over(one)] += 1
            tried += 1
    finally:
        for case in Case.objects.filter(pk__in=counts):
            handover.write_down(case, counts[case.pk])
    return tried


def _hand_over(one: Notice) -> str:
    """Send one notice; what came of it: sent, later, failed, unsure."""
    try:
        if one.channel == Channel.EMAIL:
            mailing.send(mailing.mail_of(one))
        else:
            posting.send(one)
    except NotSent as problem:
        return "failed" if handover.refused(one, str(problem), for_good=problem.for_good) else "later"
    except PerhapsSent as problem:
        handover.unsure(one, str(problem))
        return "unsure"
    except Exception:  # noqa: BLE001 - nothing behind it may wait for a fault of ours
        _log.exception("the notice %s could not be made", one.uid)
        handover.refused(one, "it could not be made; the log of the server says why", for_good=True)
        return "failed"
    handover.sent(one)
    return "sent"


def remind() -> None:
    """Write the reminders that are due, tell our own people of who does not answer, and send."""
    for one in reminding.remind_due():
        tell(one)
    wake()


def tell(one: reminding.Escalation) -> None:
    """Mail to our own people; the line on Today and in the case stands whatever becomes of it."""
    number = one.case.number
    lines = [f"- {name}" for name in one.customers]
    url = f"{settings.BOOK_URL}/recall/{one.case.uid}?tab=notices"
    text = "\n".join([f"{number}: these customers were reminded and do not answer.", "", *lines, "", url, ""])
    subject = f"{number}: {len(lines)} customer{'s do' if len(lines) != 1 else ' does'} not answer"
    for address in one.addresses:
        try:
            mailing.send(EmailMessage(subject, text, to=[address]))
        except Exception:  # noqa: BLE001 - the line on Today stands
            _log.exception("the mail about %s to %s could not be sent", number, address)


# --- In the server ---


def asked(_payload: Mapping[str, Any]) -> None:
    """Notices were written: begin at once."""
    wake()


def wake() -> None:
    """Have one thread of a serving process send until nothing is to be done any more."""
    if os.environ.get("LOTBOOK_SERVING") != "1":
        return
    global _thread  # noqa: PLW0603 - one thread a process
    with _one:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_work, name="notices", daemon=True)
            _thread.start()


def _work() -> None:
    until = time.monotonic() + IDLE_S
    while time.monotonic() < until:
        try:
            if run_due():
                until = time.monotonic() + IDLE_S
        except Exception:  # noqa: BLE001 - the book may be busy for a moment
            _log.exception("notices could not be looked at; trying again")
        finally:
            close_old_connections()
        time.sleep(LOOK_S)
