"""A pass ends by silence, by signal or by hand; it is judged, and posted where its portal says so."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from django.db import OperationalError, transaction

from lotbook.foundation.accounts.models import User
from lotbook.foundation.documents import actions as documents
from lotbook.interfaces.rfid import queries
from lotbook.interfaces.rfid.actions import posting
from lotbook.interfaces.rfid.models import Pass, PassStatus, Portal
from lotbook.interfaces.rfid.queries import jobs
from lotbook.interfaces.rfid.queries.judging import Verdict, judge
from lotbook.kernel import clock
from lotbook.kernel.errors import Conflict, Fault, Refused

logger = logging.getLogger(__name__)

KIND = "rfid.pass"
SILENCE, SIGNAL = "silence", "signal"
DIFFERENCES_MAX = 1_000


def end(*, name: UUID | str, actor: str) -> Pass:
    """End a pass and judge it; ``actor`` is a person, ``SILENCE`` or ``SIGNAL``. Ended ones stay."""
    with transaction.atomic():
        one = locked(name)
        if one.status != PassStatus.OPEN:
            return one
        verdict = judge(one)
        one.ended_at, one.ended_by = clock.now(), actor
        keep(one, verdict)
        one.save()
        documents.record(one.uid, KIND, "ended", actor=actor, text=told(verdict))
    if one.status == PassStatus.READY and one.portal.posts_itself:
        _post_by_itself(one)
    return queries.found(one.uid)


def end_silent(now: datetime | None = None) -> int:
    """End the passes whose readers are silent; returns how many. One that fails does not keep the others."""
    done = 0
    for uid in queries.silent(now):
        try:
            end(name=uid, actor=SILENCE)
            done += 1
        except OperationalError:
            raise
        except Exception:
            logger.exception("the pass %s could not be ended; it is tried again", uid)
    return done


def close(*, portal: str, actor: str = SIGNAL) -> list[Pass]:
    """End what is open at a portal: its light barrier is free again, its door is shut."""
    at = queries.portal(portal)
    return [end(name=uid, actor=actor) for uid in queries.open_at(at)]


def locked(name: UUID | str) -> Pass:
    """The pass, locked until the transaction ends; raises NotFound."""
    found = queries.found(name)
    # The portal first, as for reads that come: none of them joins a pass that is being posted.
    Portal.objects.select_for_update().get(pk=found.portal_id)
    Pass.objects.select_for_update().filter(pk=found.pk).first()
    return queries.found(found.uid)


def keep(one: Pass, verdict: Verdict) -> None:
    """Write the verdict beside the pass (the caller saves it)."""
    one.counts = verdict.counts
    one.differences = [
        [row.state, row.what, row.number, row.quantity, row.unit, row.sscc, row.why]
        for row in verdict.rows
        if row.state != "present"
    ][:DIFFERENCES_MAX]
    one.status = PassStatus.READY if verdict.is_clean else PassStatus.REVIEW
    one.problem = "; ".join(verdict.faults)
    if verdict.expected is not None and one.job_by in ("", "matched"):
        job = verdict.expected.job
        one.job_kind, one.job, one.job_number, one.job_by = job.kind, job.uid, job.number, "matched"
    elif verdict.expected is None and one.job_by == "matched":
        one.job_kind, one.job, one.job_number, one.job_by = "", None, "", ""


def told(verdict: Verdict) -> str:
    """The verdict in a few words, for the timeline."""
    words = (
        ("present", "there"), ("missing", "missing"), ("extra", "should not be there"),
        ("stopped", "stopped"), ("unknown", "not known"),
    )  # fmt: skip
    counts = verdict.counts
    return ", ".join(f"{counts[name]} {word}" for name, word in words if counts[name]) or "nothing"


def choose_job(*, name: UUID | str, kind: str, job: UUID | None, actor: str) -> Pass:
    """Say what was expected of a pass (``job`` None: whatever fits best), and judge it again."""
    with transaction.atomic():
        one = locked(name)
        need_live(one)
        if job is None:
            one.job_kind, one.job, one.job_number, one.job_by = "", None, "", ""
        else:
            if kind not in jobs.KINDS[one.portal.purpose]:
                cause = f"{kind[:20]!r} is no document of this portal."
                raise Refused(Fault("kind", cause, "Choose from the list."))
            found = jobs.of(one.portal, kind, job).job
            one.job_kind, one.job, one.job_number, one.job_by = found.kind, found.uid, found.number, actor
        if one.status != PassStatus.OPEN:
            keep(one, judge(one))
        one.save()
        documents.record(
            one.uid, KIND, "document chosen", actor=actor, text=one.job_number or "whatever fits"
        )
    return one


def drop(*, name: UUID | str, reason: str, actor: str) -> Pass:
    """Give a pass up: nothing of it is posted, its tags stay to be seen. Needs a reason."""
    with transaction.atomic():
        one = locked(name)
        if one.status == PassStatus.DROPPED:
            return one
        need_live(one)
        why = reason.strip()[:2000]
        if not why:
            raise Refused(Fault("reason", "is empty.", "Say why nothing is posted.", "required"))
        one.status, one.reason = PassStatus.DROPPED, why
        one.closed_at, one.closed_by = clock.now(), actor
        one.ended_at = one.ended_at or one.closed_at
        one.ended_by = one.ended_by or actor
        one.save()
        documents.record(one.uid, KIND, "given up", actor=actor, reason=why)
    return one


def post(*, name: UUID | str, actor: str, accept: bool = False, reason: str = "", goes: str = "") -> Pass:
    """Post what is there as one receipt, move, count sheet or shipment; the same pass posts once.

    A pass that is being read ends first. With differences ``accept`` and a ``reason`` are needed: what is
    missing stays expected (of a count: it is counted as 0), what should not be there or is stopped is left
    out. ``goes`` chooses the direction ("in", "out") where tags went both ways. Raises Refused with what
    the room that posts says, Conflict for a pass given up; nothing is saved then but what went wrong.
    """
    try:
        with transaction.atomic():
            one = locked(name)
            if one.status == PassStatus.POSTED:
                return one
            need_live(one)
            verdict = judge(one, goes=goes)
            _need_accepted(verdict, accept=accept, reason=reason)
            one.event = posting.post(one, verdict, actor=actor, reason=reason.strip())
            keep(one, verdict)
            now = clock.now()
            one.status, one.problem, one.reason = PassStatus.POSTED, "", reason.strip()[:2000]
            one.closed_at, one.closed_by = now, actor
            one.ended_at, one.ended_by = one.ended_at or now, one.ended_by or actor
            one.save()
            _next_job(one)
            documents.record(
                one.uid, KIND, "posted", actor=actor, text=told(verdict), reason=one.reason, event=one.event
            )
    except Refused as refusal:
        _say_why(name, refusal)
        raise
    return queries.found(one.uid)


def need_live(one: Pass) -> None:
    """Raise Conflict for a pass that is posted or given up."""
    if one.status not in queries.LIVE:
        state = PassStatus(one.status).label.lower()
        raise Conflict(Fault("pass", f"{one.number} is {state}.", "Look at its page.", "state"))


def _need_accepted(verdict: Verdict, *, accept: bool, reason: str) -> None:
    if verdict.is_clean:
        return
    if len(verdict.ways) > 1 and verdict.faults and "both ways" in verdict.faults[0]:
        cause = "tags went both ways."
        raise Refused(Fault("goes", cause, "Choose which way the goods went.", "ambiguous"))
    if not verdict.accepted:
        cause = "nothing of this pass can be posted."
        raise Refused(Fault("pass", cause, "Choose its document, or give it up.", "empty"))
    if not accept:
        cause = f"there are differences: {told(verdict)}."
        raise Refused(Fault("accept", cause, "Look at them, then accept them with a reason.", "differences"))
    if not reason.strip():
        raise Refused(Fault("reason", "is empty.", "Say why the differences are accepted.", "required"))


def _say_why(name: UUID | str, refusal: Refused) -> None:
    """Leave beside the pass why it is not posted, where it is being decided."""
    why = " ".join(str(fault) for fault in refusal.faults)[:2000]
    rows = Pass.objects.filter(pk=queries.found(name).pk, status__in=(PassStatus.READY, PassStatus.REVIEW))
    rows.update(problem=why, status=PassStatus.REVIEW)


def _next_job(one: Pass) -> None:
    """The portal's job is done when a pass of it was posted."""
    portal = one.portal
    if portal.job is not None and portal.job == one.job:
        type(portal).objects.filter(pk=portal.pk, job=one.job).update(job=None, job_kind="", job_number="")


def _post_by_itself(one: Pass) -> None:
    """Post for the person who answers for it, if they still may; else it stays to be confirmed."""
    person = User.objects.filter(username=one.portal.posts_as, is_active=True).first()
    need = posting.NEEDS[one.job_kind or one.portal.purpose]
    if person is None or not (person.may("rfid.post") and person.may(need)):
        Pass.objects.filter(pk=one.pk).update(
            problem=f"not posted by itself: {one.portal.posts_as or 'nobody'} may not do it (any more)."
        )
        return
    try:
        post(name=one.uid, actor=f"user:{person.username}")
    except Refused as refusal:
        logger.warning("pass %s was not posted by itself: %s", one.number, refusal)
