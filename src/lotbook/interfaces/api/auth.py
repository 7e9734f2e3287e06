"""Who calls: an API key in a header, or a person's session with its CSRF token.

``identify`` runs once per request, before anything of it is read; the three classes below only tell
ninja, and through it OpenAPI, which of the ways it was.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja.security import APIKeyCookie, APIKeyHeader, HttpBearer
from ninja.utils import check_csrf

from lotbook.foundation.accounts import actions as accounts
from lotbook.kernel.errors import Fault, NotAllowed, Refused

SECRET_MAX = 200
"""Longest key in characters that is looked at: ours are far shorter."""


def identify(request: HttpRequest) -> str:
    """Set ``request.user`` and ``request.api_key_scopes``; returns ``key``, ``session`` or ``""``.

    Raises Refused with status 401 for a key that is wrong (a session beside it does not help: who sends
    a key means it), and NotAllowed for a session's write without its CSRF token.
    """
    secret = _secret(request)
    if secret is not None:
        key = accounts.use_key(secret) if len(secret) <= SECRET_MAX else None
        if key is None:
            accounts.note_wrong_key(request.META.get("REMOTE_ADDR", ""))
            raise Refused(
                Fault(
                    "",
                    "the API key is unknown, revoked or expired.",
                    "Check it, or make a new one.",
                    "unauthenticated",
                ),
                status=401,
            )
        request.user = key.owner
        request.api_key = key  # type: ignore[attr-defined]  # a note on the request
        request.api_key_scopes = frozenset(key.scopes)  # type: ignore[attr-defined]  # a note on the request
        return "key"
    if not request.user.is_authenticated:
        return ""
    if check_csrf(request) is not None:
        raise NotAllowed(
            Fault(
                "",
                "the CSRF token is missing or wrong.",
                "Send it as X-CSRFToken, or use an API key.",
                "csrf",
            )
        )
    return "session"


def _secret(request: HttpRequest) -> str | None:
    """The key as sent: ``Authorization: Bearer lb_…``, or without that header ``X-API-Key: lb_…``.

    Basic credentials are a proxy's business in front of us and are passed over; any other scheme is a key
    that is wrong.
    """
    scheme, _, credentials = request.headers.get("Authorization", "").strip().partition(" ")
    if "Authorization" in request.headers and scheme.lower() != "basic":
        return credentials.strip() if scheme.lower() == "bearer" else ""
    named = request.headers.get("X-API-Key")
    return None if named is None else named.strip()


class ApiKey(APIKeyHeader):
    """``X-API-Key: lb_…``."""

    param_name = "X-API-Key"

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """The key's owner when a key was used."""
        return request.user if getattr(request, "identified_by", "") == "key" else None


class BearerKey(HttpBearer):
    """``Authorization: Bearer lb_…``."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """The key's owner when a key was used."""
        return request.user if getattr(request, "identified_by", "") == "key" else None


class Session(APIKeyCookie):
    """The browser's session; writes carry ``X-CSRFToken``."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self) -> None:
        super().__init__(csrf=False)  # identify has looked already

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """The person logged in."""
        return request.user if getattr(request, "identified_by", "") == "session" else None
