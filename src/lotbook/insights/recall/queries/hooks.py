"""Webhooks of customers: the secret that signs, the signature, and a notice as JSON."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from django.utils.crypto import salted_hmac

from lotbook.foundation.partners.models import Partner
from lotbook.insights.recall import noticetexts
from lotbook.insights.recall.models import CustomerHook, Notice


def hook_of(partner: Partner) -> CustomerHook | None:
    """Where a customer takes notices as JSON."""
    return CustomerHook.objects.filter(partner=partner).first()


def hook_secret(hook: CustomerHook) -> str:
    """What signs the notices to a webhook: derived from the book's key, never stored."""
    made = salted_hmac("recall webhook", f"{hook.uid}:{hook.turn}", algorithm="sha256").hexdigest()
    return f"lbwh_{made}"


def signature(secret: str, at: int, body: bytes) -> str:
    """``t=<unix seconds>,v1=<hex>``: HMAC-SHA256 by the secret over ``<t>.<body>``.

    >>> signature("s", 1, b"{}")[:20]
    't=1,v1=b253639bcd705'
    """
    made = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={made}"


def message(one: Notice, link: str) -> dict[str, Any]:
    """A notice as JSON for a webhook."""
    content = dict(one.content)
    return {
        "id": str(one.uid), "type": f"recall.notice.{one.kind}", "case": one.case.number,
        "language": one.language, "subject": one.subject, "answer": link,
        "text": noticetexts.with_link(one.body, link), "reason": content["reason"],
        "hazard": content["hazard"], "classification": content["classification"],
        "manner": content["manner"], "todo": content["todo"], "goods": content["goods"],
        "company": content["company"], "contact": content["contact"],
    }  # fmt: skip
