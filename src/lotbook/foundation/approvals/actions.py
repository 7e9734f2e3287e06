"""Asking, deciding, withdrawing, reminding and expiring; and the rules and delegations behind them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from lotbook.foundation.accounts import queries as accounts
from lotbook.foundation.accounts.models import User
from lotbook.foundation.approvals import queries, rules
from lotbook.foundation.approvals.models import Approval, Decision, Delegation, Rule, Waiting
from lotbook.foundation.documents import actions as documents
from lotbook.foundation.places import queries as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock, history, outbox
from lotbook.kernel.checks import Check
from lotbook.kernel.errors import Conflict, Fault, NotAllowed, NotFound, Refused
from lotbook.kernel.ids import new_uid

DECIDED = "approvals.decided"
"""Topic of a final outcome: {kind, subject, status, approval}; approved, refused, withdrawn or expired."""
REMINDED = "approvals.reminded"
"""Topic of a reminder: {kind, subject, approval, people}."""

REASON_MAX = 2_000
AT_ONCE = 1_000
SYSTEM = "lotbook"


# -- asking ----------------------------------------------------------------------------------------


@transaction.atomic
def ask(
    *,
    kind: str,
    subject: UUID,
    title: str,
    url: str,
    actor: str,
    site: int | None = None,
    item_group: str = "",
    quantity: int | None = None,
    value_micro: int | None = None,
    currency: str = "",
    reason: str = "",
) -> Approval:
    """Ask for a yes: ``approved`` at once when no rule wants one (recorded, without a message), else pending.

    ``quantity`` is in smallest units, ``value_micro`` in millionths of ``currency``, ``site`` the key of the
    place it is about, ``url`` a path of ours. The same asked again while it waits is the same approval;
    Conflict when something else waits for the same subject. ValueError for a kind no room has registered.
    """
    if kind not in rules.kinds():
        raise ValueError(f"ask: the kind {kind!r} is not registered (approvals.rules.register)")
    if not url.startswith("/") or url.startswith("//"):
        raise ValueError(f"ask: expected a path of ours as url, got {url!r}")
    check = Check()
    title = check.text("title", title, 300, required=True)
    reason = check.text("reason", reason, REASON_MAX, lines=True)
    check.whole("quantity", quantity, 0, rules.LARGEST)
    check.whole("value", value_micro, 0, rules.LARGEST)
    check.done()
    place = Place.objects.filter(pk=site).first() if site is not None else None
    content = {
        "kind": kind, "subject": str(subject), "title": title, "site": place.code if place else "",
        "item_group": item_group, "quantity": quantity, "value_micro": value_micro, "currency": currency,
        "reason": reason,
    }  # fmt: skip
    waiting = Approval.objects.filter(kind=kind, subject=subject, status=rules.PENDING).first()
    if waiting is not None:
        return _same(waiting, content)
    rule = _rule_for(kind, place, rules.Asked(_sites(place), item_group, quantity, value_micro, currency))
    now = clock.now()
    new = Approval(
        uid=new_uid(), kind=kind, subject=subject, title=title, url=url, site=place, item_group=item_group,
        quantity=quantity, value_micro=value_micro, currency=currency, reason=reason, asked_by=actor,
        asker=queries.person_behind(actor), asked_at=now, content=content, content_hash=rules.digest(content),
    )  # fmt: skip
    _apply(new, rule, now)
    try:
        with transaction.atomic():
            new.save()
    except IntegrityError:
        # Somebody asked the same at the same moment.
        waiting = Approval.objects.filter(kind=kind, subject=subject, status=rules.PENDING).first()
        if waiting is None:
            raise
        return _same(waiting, content)
    if new.is_automatic:
        _tell(new, "approved automatically", actor=SYSTEM, text="no rule wants anybody's yes")
    else:
        _wait(new)
        _tell(new, "approval asked", actor=actor, text=f"{new.rule_name}: {_road(new)}", reason=reason)
    return new


def _same(waiting: Approval, content: dict[str, Any]) -> Approval:
    if waiting.content_hash == rules.digest(content):
        return waiting
    cause = f"“{waiting.title}” waits for approval already. Nothing was asked."
    raise Conflict(Fault("", cause, "Withdraw it first, then ask again.", "waiting"))


def _sites(place: Place | None) -> tuple[int, ...]:
    return () if place is None else (place.pk, *(one.pk for one in places.ancestors(place)))


def _rule_for(kind: str, place: Place | None, asked: rules.Asked) -> Rule | None:
    known = {row.pk: row for row in Rule.objects.filter(kind=kind, is_active=True)}
    policies = [
        rules.Policy(
            row.pk, row.site_id, row.item_group, row.quantity_limit, row.value_limit_micro, row.currency
        )
        for row in known.values()
    ]
    chosen = rules.choose(policies, asked)
    return None if chosen is None else known[chosen.key]


def _apply(new: Approval, rule: Rule | None, now: datetime) -> None:
    if rule is None:
        new.is_automatic, new.status = True, rules.APPROVED
        new.ended_at, new.ended_by = now, SYSTEM
        return
    new.rule, new.rule_name, new.steps = rule, rule.name, rule.steps
    new.remind_after_hours = rule.remind_after_hours
    if rule.remind_after_hours:
        new.remind_at = now + timedelta(hours=rule.remind_after_hours)
    if rule.expire_after_hours:
        new.expires_at = now + timedelta(hours=rule.expire_after_hours)


def _wait(one: Approval) -> None:
    """Write down whom it waits for now: the inbox is an index look-up, however many approvals there are."""
    Waiting.objects.filter(approval=one).delete()
    stage = one.stage
    if stage is None:
        return
    named = [Waiting(approval=one, person=name) for name in stage.people]
    Waiting.objects.bulk_create([Waiting(approval=one, role=stage.role)] if stage.role else named)


def _road(one: Approval) -> str:
    return ", then ".join(stage.who for stage in one.stages)


def _tell(one: Approval, verb: str, *, actor: str, text: str = "", reason: str = "") -> None:
    documents.record(
        one.subject, one.kind, verb, actor=actor, text=text, reason=reason, data={"approval": str(one.uid)}
    )


# -- deciding --------------------------------------------------------------------------------------


@transaction.atomic
def decide(uid: UUID | str, *, approve: bool, actor: str, reason: str = "") -> Approval:
    """Say yes or no, signed by the person behind ``actor``; a no needs a reason and ends it.

    Raises NotAllowed for who asked, who has decided already, and who does not belong to the present step;
    Conflict when it is not waiting any more.
    """
    check = Check()
    why = check.text("reason", reason, REASON_MAX, required=not approve, lines=True)
    check.done()
    one = _locked(uid)
    _need_pending(one)
    person = _person(actor)
    principal = queries.sayer(one, person)
    if principal is None:
        raise NotAllowed(_why_not(one, person))
    stage, at = one.stages[one.step], clock.now()
    words = rules.meaning(approve, stage, principal.username, person.username)
    signed = {
        "approval": str(one.uid), "asked": one.content, "asked_by": one.asked_by,
        "asked_at": one.asked_at.isoformat(), "step": one.step + 1, "approve": approve,
        "person": person.username, "principal": principal.username, "actor": actor, "meaning": words,
        "reason": why, "decided_at": at.isoformat(),
    }  # fmt: skip
    Decision.objects.create(
        approval=one, step=one.step, approve=approve, person=person.username, principal=principal.username,
        actor=actor, meaning=words, reason=why, decided_at=at, signed=signed,
        signature_hash=rules.digest(signed),
    )  # fmt: skip
    if not approve:
        _end(one, rules.REFUSED, actor=actor, reason=why, text=words, verb="refused")
        return one
    said = one.decisions.filter(step=one.step, approve=True).count()
    if said < stage.needed:
        _tell(one, "approved", actor=actor, text=f"{words} ({said} of {stage.needed})", reason=why)
    elif one.step + 1 < len(one.steps):
        one.step += 1
        one.save(update_fields=["step"])
        _wait(one)
        _tell(one, "approved", actor=actor, text=f"{words}; next: {one.stages[one.step].who}", reason=why)
    else:
        _end(one, rules.APPROVED, actor=actor, reason=why, text=words, verb="approved")
    return one


def _locked(uid: UUID | str) -> Approval:
    found = queries.approval(uid)
    # No joins: PostgreSQL locks no nullable side, and the row alone is what is decided.
    return Approval.objects.select_for_update().get(pk=found.pk)


def _need_pending(one: Approval) -> None:
    if one.status != rules.PENDING:
        by = f" by {one.ended_by.removeprefix('user:')}" if one.ended_by else ""
        cause = f"“{one.title}” is {one.get_status_display().lower()} already{by}. Nothing was changed."
        raise Conflict(Fault("", cause, "Nothing is left to decide.", "ended"))


def _person(actor: str) -> User:
    name = queries.person_behind(actor)
    found = User.objects.filter(username=name, is_active=True).first() if name else None
    if found is None or not found.may(queries.DECIDE):
        raise NotAllowed(
            Fault("", f"{actor} may not decide approvals.", "Ask an administrator.", "not_allowed")
        )
    return found


def _why_not(one: Approval, person: User) -> Fault:
    stage = one.stages[one.step]
    others = f"Ask {', '.join(queries.deciders(one)[:5]) or 'an administrator to change the rule'}."
    if one.asker == person.username:
        return Fault("", "who asks cannot decide as well (four eyes).", others, "four_eyes")
    if one.decisions.filter(person=person.username).exists():
        return Fault("", "you have decided this already; nobody decides twice.", others, "decided")
    return Fault("", f"this step is decided by {stage.who}.", others, "not_yours")


def _end(one: Approval, status: str, *, actor: str, verb: str, text: str = "", reason: str = "") -> None:
    """The final outcome: kept, told in the document's timeline, and to who listens, in one transaction."""
    one.status, one.ended_at, one.ended_by, one.end_reason = status, clock.now(), actor, reason
    one.remind_at = None
    one.save(update_fields=["status", "ended_at", "ended_by", "end_reason", "remind_at"])
    Waiting.objects.filter(approval=one).delete()
    _tell(one, verb, actor=actor, text=text, reason=reason)
    outbox.emit(
        DECIDED,
        {"kind": one.kind, "subject": str(one.subject), "status": status, "approval": str(one.uid)},
    )


@transaction.atomic
def withdraw(uid: UUID | str, *, actor: str, reason: str = "") -> Approval:
    """Take back what one asked for. Only who asked may."""
    check = Check()
    why = check.text("reason", reason, REASON_MAX, lines=True)
    check.done()
    one = _locked(uid)
    person = queries.person_behind(actor)
    if actor != one.asked_by and (not person or person != one.asker):
        raise NotAllowed(
            Fault("", f"only {one.asked_by.removeprefix('user:')} may withdraw this.", "Refuse it instead.")
        )
    _need_pending(one)
    _end(one, rules.WITHDRAWN, actor=actor, reason=why, verb="approval withdrawn")
    return one


@transaction.atomic
def drop(*, kind: str, subject: UUID, actor: str, reason: str = "") -> bool:
    """Withdraw what waits for a document that its own room cancels; whether anything waited."""
    found = queries.of(kind, subject)
    if found is None or found.status != rules.PENDING:
        return False
    one = _locked(found.uid)
    if one.status != rules.PENDING:
        return False
    _end(one, rules.WITHDRAWN, actor=actor, reason=reason.strip(), verb="approval withdrawn")
    return True


# -- time ------------------------------------------------------------------------------------------


def tick() -> tuple[int, int]:
    """Remind and expire what is due: (reminded, expired). Safe to run at any time, by several at once."""
    now = clock.now()
    waiting = Approval.objects.filter(status=rules.PENDING)
    expired = sum(_expire(pk, now) for pk in _due(waiting.filter(expires_at__lte=now)))
    reminded = sum(_remind(pk, now) for pk in _due(waiting.filter(remind_at__lte=now)))
    return reminded, expired


def _due(rows: Any) -> list[int]:
    return list(rows.order_by("id").values_list("pk", flat=True)[:AT_ONCE])


@transaction.atomic
def _expire(pk: int, now: datetime) -> bool:
    one = Approval.objects.select_for_update().get(pk=pk)
    if one.status != rules.PENDING or one.expires_at is None or one.expires_at > now:
        return False
    text = f"nobody decided until {one.expires_at:%Y-%m-%d %H:%M} UTC"
    _end(one, rules.EXPIRED, actor=SYSTEM, text=text, verb="approval expired")
    return True


@transaction.atomic
def _remind(pk: int, now: datetime) -> bool:
    one = Approval.objects.select_for_update().get(pk=pk)
    if one.status != rules.PENDING or one.remind_at is None or one.remind_at > now:
        return False
    one.reminders += 1
    one.remind_at = now + timedelta(hours=one.remind_after_hours) if one.remind_after_hours else None
    one.save(update_fields=["reminders", "remind_at"])
    people = queries.deciders(one)
    _tell(one, "approval reminded", actor=SYSTEM, text=", ".join(people))
    outbox.emit(
        REMINDED,
        {"kind": one.kind, "subject": str(one.subject), "approval": str(one.uid), "people": people},
    )
    return True


# -- rules and delegations -------------------------------------------------------------------------


@transaction.atomic
def keep_rule(
    *,
    actor: str,
    uid: UUID | str | None = None,
    kind: str,
    name: str,
    steps: Sequence[rules.Stage],
    site: str = "",
    item_group: str = "",
    quantity_limit: int | None = None,
    value_limit_micro: int | None = None,
    currency: str = "",
    remind_after_hours: int | None = None,
    expire_after_hours: int | None = None,
    is_active: bool = True,
    reason: str = "",
) -> Rule:
    """Make a rule, or change the one with ``uid``. What waits goes on under the rule it began with."""
    one = Rule() if uid is None else queries.rule(uid)
    check = Check()
    one.kind = check.choice("kind", kind, rules.kinds())
    one.name = check.text("name", name, 120, required=True)
    one.item_group = check.text("item_group", item_group, 60)
    one.quantity_limit = check.whole("quantity_limit", quantity_limit, 0, rules.LARGEST)
    one.value_limit_micro = check.whole("value_limit", value_limit_micro, 0, rules.LARGEST)
    one.currency = check.text("currency", currency, 3).upper() if value_limit_micro is not None else ""
    if value_limit_micro is not None and not (len(one.currency) == 3 and one.currency.isascii()):
        check.fault("currency", "expected a currency of three letters.", "Write it like EUR.", "required")
    one.remind_after_hours = check.whole("remind_after_hours", remind_after_hours, 1, rules.HOURS_MAX)
    one.expire_after_hours = check.whole("expire_after_hours", expire_after_hours, 1, rules.HOURS_MAX)
    one.site = _site(check, site)
    one.is_active = is_active
    check.faults += rules.step_faults(steps, queries.deciding_roles())
    _check_people(check, steps)
    why = check.text("reason", reason, 500)
    check.done()
    one.steps = [step.as_dict() for step in steps]
    history.save(one, actor=actor, reason=why)
    return one


def _site(check: Check, text: str) -> Place | None:
    code = check.text("site", text, 120)
    found = places.named(code) if code else None
    if code and (found is None or not found.own):
        check.fault("site", f"there is no place of ours {code[:60]!r}.", "Choose from the list.", "unknown")
        return None
    return found


def _check_people(check: Check, steps: Sequence[rules.Stage]) -> None:
    known = queries.people_named(name for step in steps for name in step.people)
    for index, step in enumerate(steps[: rules.STEPS_MAX]):
        for name in step.people[: rules.PEOPLE_MAX]:
            at = f"steps/{index}/people"
            if name not in known:
                check.fault(at, f"nobody active is called {name[:60]!r}.", "Write the login name.", "unknown")
            elif not known[name].may(queries.DECIDE):
                check.fault(at, f"{name} may not decide approvals.", "Give them another role.", "not_allowed")
        if len(set(step.people)) < len(step.people):
            check.fault(f"steps/{index}/people", "somebody is named twice.", "Name each once.")


@transaction.atomic
def delegate(
    *,
    from_person: str,
    to_person: str,
    starts_on: date | None,
    ends_on: date | None,
    actor: str,
    reason: str = "",
) -> Delegation:
    """Let ``to_person`` decide in place of ``from_person`` from day to day (theirs), both included."""
    check = Check()
    giver, taker = _named(check, "from_person", from_person), _named(check, "to_person", to_person)
    if giver and taker and giver.pk == taker.pk:
        check.fault("to_person", "one cannot stand in for oneself.", "Choose somebody else.")
    for field, one in (("from_person", giver), ("to_person", taker)):
        if one is not None and not one.may(queries.DECIDE):
            check.fault(field, f"{one.username} may not decide approvals.", "Choose somebody who may.")
    first, last = check.day("starts_on", starts_on), check.day("ends_on", ends_on)
    for field, day in (("starts_on", first), ("ends_on", last)):
        if day is None:
            check.fault(field, "is empty.", "Fill it in.", "required")
    if first and last and last < first:
        check.fault("ends_on", "the last day lies before the first.", "Correct the days.")
    if last and last < (queries.today_of(taker) if taker else queries.today()):
        check.fault("ends_on", "these days are over.", "Choose days to come.")
    why = check.text("reason", reason, 500)
    check.done()
    assert first is not None
    assert last is not None
    new = Delegation(from_person=giver, to_person=taker, starts_on=first, ends_on=last)
    history.save(new, actor=actor, reason=why)
    return new


def _named(check: Check, field: str, name: str) -> User | None:
    try:
        found = accounts.person(check.text(field, name, 150, required=True))
    except NotFound:
        found = None
    if found is None or not found.is_active:
        check.fault(field, f"nobody active is called {str(name)[:60]!r}.", "Choose from the list.", "unknown")
        return None
    return found


@transaction.atomic
def end_delegation(uid: UUID | str, *, actor: str, reason: str = "") -> Delegation:
    """End a delegation now."""
    one = queries.delegation(uid)
    if not one.is_active:
        raise Refused(Fault("", "this delegation has ended already.", "Nothing is left to do."))
    one.is_active = False
    history.save(one, actor=actor, reason=reason)
    return one
