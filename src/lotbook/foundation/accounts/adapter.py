"""What allauth asks of us: nobody signs up by themselves, and refusals say what to do."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import ratelimit
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes sign-up: administrators add people."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": (
            "Too many failed attempts for this name: it is closed for 10 minutes, "
            "also for the right password. Wait, or ask an administrator for a new password."
        ),
        "username_password_mismatch": (
            "The name and the password do not belong together. "
            "Check capital letters, or ask an administrator."
        ),
        "invalid_login": "The name and the password do not belong together. Check capital letters.",
        "account_inactive": "This account is closed. Ask an administrator.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up by themselves."""
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: str) -> str:
        # By the name alone: allauth adds the host, so that a guesser who varies the Host header counts anew.
        return credentials.get("username", "").strip().lower()


def forget_failures(request: HttpRequest, username: str) -> None:
    """Open an account that failed logins had closed: an administrator has given it a new password."""
    ratelimit.clear(request, action="login_failed", key=username)
