"""What allauth asks of us: nobody signs up by themselves, and refusals say what to do."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import render

from lotbook.foundation.accounts import actions
from lotbook.kernel.errors import Fault, Refused


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
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

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **more: Any
    ) -> None:
        """Say what allauth says, except that one is logged in: the page one comes to shows it."""
        if message_template != "account/messages/logged_in.txt":
            super().add_message(request, level, message_template, *args, **more)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: str) -> str:
        # By the name alone: allauth adds the host, so that a guesser who varies the Host header counts anew.
        return credentials.get("username", "").strip().lower()


def forget_failures(request: HttpRequest, username: str) -> None:
    """Open an account that failed logins had closed: an administrator has given it a new password."""
    ratelimit.clear(request, action="login_failed", key=username)


class SsoAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Decides who comes in through the organisation's login, and as what (``actions.person_of_claims``)."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Nobody signs up by themselves: who may come in is made before allauth asks."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Find or make the person, give them the role their claim says, or refuse in words."""
        if request.user.is_authenticated:
            return  # they connect the login with themselves
        told = sociallogin.account.extra_data
        claims = {**(told.get("id_token") or {}), **(told.get("userinfo") or {})}
        try:
            person = actions.person_of_claims(
                person=sociallogin.user if sociallogin.is_existing else None,
                claims=claims,
                claim=settings.OIDC_ROLE_CLAIM,
                mapping=settings.OIDC_ROLES,
            )
        except Refused as refusal:
            raise ImmediateHttpResponse(_refused(request, refusal)) from refusal
        if not sociallogin.is_existing:
            sociallogin.connect(request, person)
        else:
            sociallogin.user = person

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, **_: Any
    ) -> None:
        """Say in words that the organisation's login did not answer as it should."""
        cause = "the organisation's login did not let you in."
        refusal = Refused(Fault("", cause, "Try again, or log in with your password.", "sso"), status=403)
        raise ImmediateHttpResponse(_refused(request, refusal))


def _refused(request: HttpRequest, refusal: Refused) -> Any:
    return render(request, "accounts/refused.html", {"faults": refusal.faults}, status=refusal.status)
