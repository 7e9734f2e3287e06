"""Mail about approvals: reminders to who decides, escalations to administrators, expiries to who asked.

Sent from the outbox, after the act: whatever happens to the mail, the act stands. A mail that fails is logged
and not tried again: the next reminder comes round by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail

from lotbook.foundation.accounts.models import User
from lotbook.foundation.approvals import rules
from lotbook.foundation.approvals.models import Approval

logger = logging.getLogger(__name__)
ESCALATED_AFTER = 2
"""From this reminder on, administrators are told as well."""
MANAGE = "accounts.manage"


def reminded(payload: Mapping[str, Any]) -> None:
    """Tell who can decide that something waits; from the second time on, administrators, too."""
    one = _approval(payload)
    if one is None or one.status != rules.PENDING:
        return
    _send(one, _addresses(payload["people"]), f"Waiting for your decision: {one.title}")
    if one.reminders >= ESCALATED_AFTER:
        people = [person.username for person in User.objects.filter(is_active=True) if person.may(MANAGE)]
        _send(one, _addresses(people), f"Nobody decides, reminder {one.reminders}: {one.title}")


def decided(payload: Mapping[str, Any]) -> None:
    """Tell who asked that nobody decided in time."""
    one = _approval(payload)
    if one is not None and one.status == rules.EXPIRED and one.asked_by.startswith("user:"):
        _send(one, _addresses([one.asked_by.removeprefix("user:")]), f"Nobody decided in time: {one.title}")


def _approval(payload: Mapping[str, Any]) -> Approval | None:
    return Approval.objects.filter(uid=UUID(str(payload["approval"]))).first()


def _addresses(usernames: Iterable[str]) -> list[str]:
    rows = User.objects.filter(username__in=list(usernames), is_active=True).exclude(email="")
    return sorted(set(rows.values_list("email", flat=True)))


def _send(one: Approval, to: list[str], subject: str) -> None:
    """A mail to each, so that nobody reads whom else it went to."""
    text = f"{one.title}\n\nAsked by {one.asked_by.removeprefix('user:')}.\n"
    text += f"Why: {one.reason}\n" if one.reason else ""
    text += f"\n{settings.BOOK_URL}/approvals/{one.uid}\n"
    line = " ".join(subject.split())[:200]
    for address in to:
        try:
            send_mail(line, text, None, [address])
        except Exception:
            logger.exception("the mail about approval %s could not be sent", one.uid)
