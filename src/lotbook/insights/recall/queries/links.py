"""Answer links: their secret, their address, and which link a secret opens."""

from __future__ import annotations

import base64
import hashlib
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

from lotbook.insights.recall.models import AnswerLink

TOKEN_SIGNS = 43
"""Signs of a token: 256 bits as base64url without padding (RFC 4648, section 5)."""


def token_of(link: UUID) -> str:
    """The secret of a link: HMAC-SHA256 of its uid by the book's key, so the database does not hold it."""
    digest = salted_hmac("recall answer link", str(link), algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def hash_of(token: str) -> str:
    """What is kept of a token: its SHA-256, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def url_of(link: AnswerLink) -> str:
    """The address a customer opens: absolute where the book knows its own (LOTBOOK_URL)."""
    return settings.BOOK_URL + reverse("recall:answer", args=[token_of(link.uid)])


def link_of(token: str) -> AnswerLink | None:
    """The link a token opens, good or not any more; None for what was never handed out.

    Found by the token's hash: comparing hashes tells whoever guesses nothing of the tokens there are.
    """
    if len(token) != TOKEN_SIGNS:
        return None
    rows = AnswerLink.objects.select_related("customer__case", "customer__partner", "notice")
    return rows.filter(token_hash=hash_of(token)).first()
