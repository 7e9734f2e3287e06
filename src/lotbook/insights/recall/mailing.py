"""Notices by mail, through Django's mail settings: sent, refused before it left, or nobody knows."""

from __future__ import annotations

import logging
import smtplib
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from lotbook.insights.recall import letters, noticetexts
from lotbook.insights.recall.models import Notice

logger = logging.getLogger(__name__)

PERMANENT = 500
"""SMTP replies from here on say that trying again will not help (RFC 5321, 4.2.1)."""


class NotSent(Exception):
    """Nothing was handed over. ``for_good``: trying again will not help."""

    def __init__(self, why: str, *, for_good: bool = False) -> None:
        super().__init__(why)
        self.for_good = for_good


class PerhapsSent(Exception):
    """It was handed over and no answer came: trying again may send it twice."""


def message_id(one: Notice) -> str:
    """The same for the same notice, whoever sends it and when: mail servers know a second one by it."""
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{one.uid}@{host}>"


def mail_of(one: Notice) -> EmailMessage:
    """The mail of a notice: plain text, and the letter beside it as PDF."""
    link = letters.link_for(one)
    contact = one.content.get("contact", {}).get("email", "")
    mail = EmailMessage(
        subject=one.subject, body=noticetexts.with_link(one.body, link), to=[one.address],
        reply_to=[contact] if contact else None,
        headers={"Message-ID": message_id(one), "X-Lotbook-Notice": str(one.uid), "Importance": "high"},
    )  # fmt: skip
    mail.attach(f"{one.case.number}.pdf", letters.of_notice(one), "application/pdf")
    return mail


def send(mail: EmailMessage) -> None:
    """Hand a mail over; raises NotSent or PerhapsSent."""
    backend = get_connection()
    opened(backend)
    begun = _watch(backend)
    try:
        count = backend.send_messages([mail])
    except Exception as problem:
        raise _judged(problem, begun=bool(begun)) from problem
    finally:
        _close(backend)
    if not count:
        raise NotSent("there is nobody to send it to")


def opened(backend: Any) -> None:
    """Connect; whatever fails here, nothing of a mail has left the house."""
    try:
        backend.open()
    except Exception as problem:
        raise NotSent(f"the mail server cannot be reached: {problem}") from problem


def _watch(backend: Any) -> list[bool]:
    """Filled once the mail itself is handed over: what breaks before that has sent nothing."""
    begun: list[bool] = []
    smtp = getattr(backend, "connection", None)
    if not isinstance(smtp, smtplib.SMTP):
        # Other ways (a file, the console) say nothing in between: what fails there may have happened.
        return [True]
    data = smtp.data

    def watched(message: Any) -> Any:
        begun.append(True)
        return data(message)

    # Only this talk is watched, not every one.
    smtp.data = watched  # type: ignore[method-assign, assignment]
    return begun


def _judged(problem: Exception, *, begun: bool) -> Exception:
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        code, reply = next(iter(problem.recipients.values()), (0, b""))
        why = f"the mail server refused the address: {code} {_text(reply)}"
        return NotSent(why, for_good=code >= PERMANENT)
    if isinstance(problem, smtplib.SMTPResponseException) and problem.smtp_code > 0:
        for_good = isinstance(problem, smtplib.SMTPDataError) and problem.smtp_code >= PERMANENT
        said = _text(problem.smtp_error)
        return NotSent(f"the mail server refused it: {problem.smtp_code} {said}", for_good=for_good)
    if begun:
        return PerhapsSent(f"The connection broke while it was handed over: {problem}. It may have arrived.")
    return NotSent(f"the connection broke before it was handed over: {problem}")


def _text(said: bytes | str) -> str:
    return (said.decode("utf-8", "replace") if isinstance(said, bytes) else said)[:300]


def _close(backend: Any) -> None:
    try:
        backend.close()
    except Exception:  # the mail is through, or refused: how the talk ends changes nothing
        logger.info("the mail server ended the talk in disorder", exc_info=True)
