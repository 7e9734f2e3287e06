"""The login: name and password, second factor, passkey, the organisation's own, and what guards it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account import views as account
from allauth.account.decorators import reauthentication_required
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount import views as sso
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.openid_connect import views as oidc
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lotbook.foundation.accounts import actions, queries
from lotbook.foundation.accounts.forms import PinForm
from lotbook.kernel.errors import Fault
from lotbook.kernel.formpages import submit
from lotbook.kernel.permissions import actor, public, requires

METHODS = require_http_methods(["GET", "HEAD", "POST"])
"""Allauth's views take a PUT for a POST; a page has no such method."""


def own(view: Callable[..., Any]) -> Callable[..., Any]:
    """A page of somebody who is logged in."""
    guarded: Callable[..., Any] = METHODS(requires("web.view")(view))
    return guarded


def door(view: Callable[..., Any]) -> Callable[..., Any]:
    """A page for those who are not inside yet."""
    opened: Callable[..., Any] = METHODS(public(view))
    return opened


class LoginView(account.LoginView):  # type: ignore[misc]  # allauth has no types
    """Name and password, and the other ways in that this book offers."""

    template_name = "accounts/login.html"

    def get_context_data(self, **values: object) -> dict[str, object]:
        """What else there is beside the password."""
        shared = queries.handheld_of(self.request.COOKIES.get(settings.HANDHELD_COOKIE, ""))
        sso_name = settings.OIDC_NAME if settings.OIDC_URL else ""
        return {**super().get_context_data(**values), "sso_name": sso_name, "handheld": shared}


class SecurityView(mfa.IndexView):  # type: ignore[misc]  # allauth has no types
    """All ways in of one person, on one page."""

    template_name = "accounts/security.html"

    def get_context_data(self, **values: object) -> dict[str, object]:
        """The organisation's login beside what allauth knows."""
        connected = bool(settings.OIDC_URL) and SocialAccount.objects.filter(user=self.request.user).exists()
        sso_name = settings.OIDC_NAME if settings.OIDC_URL else ""
        return {**super().get_context_data(**values), "sso_name": sso_name, "connected": connected}


login = door(LoginView.as_view())
logout = door(account.LogoutView.as_view(template_name="accounts/logout.html"))
inactive = door(account.AccountInactiveView.as_view(template_name="accounts/inactive.html"))
change_password = own(
    account.PasswordChangeView.as_view(template_name="accounts/password.html", success_url="/")
)
reauthenticate = own(account.ReauthenticateView.as_view(template_name="accounts/reauthenticate.html"))

security = own(SecurityView.as_view())
second_factor = door(mfa.AuthenticateView.as_view(template_name="accounts/second_factor.html"))
reauthenticate_code = own(mfa.ReauthenticateView.as_view(template_name="accounts/reauthenticate.html"))
add_totp = own(totp.ActivateTOTPView.as_view(template_name="accounts/add_totp.html"))
remove_totp = own(totp.DeactivateTOTPView.as_view(template_name="accounts/remove_totp.html"))
recovery_codes = own(recovery.ViewRecoveryCodesView.as_view(template_name="accounts/recovery_codes.html"))
new_recovery_codes = own(
    recovery.GenerateRecoveryCodesView.as_view(template_name="accounts/new_recovery_codes.html")
)
add_passkey = own(passkeys.AddWebAuthnView.as_view(template_name="accounts/add_passkey.html"))
remove_passkey = own(
    passkeys.RemoveWebAuthnView.as_view(
        template_name="accounts/remove_passkey.html", success_url="/account/security/"
    )
)
reauthenticate_passkey = own(
    passkeys.ReauthenticateWebAuthnView.as_view(template_name="accounts/reauthenticate_passkey.html")
)
login_passkey = door(passkeys.LoginWebAuthnView.as_view())

sso_callback = door(oidc.callback)
sso_cancelled = door(sso.LoginCancelledView.as_view(template_name="accounts/sso_cancelled.html"))
sso_error = door(sso.LoginErrorView.as_view(template_name="accounts/sso_error.html"))


@require_http_methods(["GET", "HEAD", "POST"])
@public
def sso_login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send somebody to the organisation's login, or say that it is away; only the button's POST does."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("account_login"))
    try:
        answer: HttpResponse = oidc.login(request, provider_id)
    except OSError:
        cause = "the organisation's login is away."
        away = Fault("", cause, "Try again in a moment, or log in with your password.", "sso_away")
        return render(request, "accounts/refused.html", {"faults": [away]}, status=503)
    return answer


@require_safe
@public
def signup(request: HttpRequest) -> HttpResponse:
    """Say that nobody signs up by themselves (allauth asks for a page of this name)."""
    return render(request, "accounts/signup.html", status=403)


@require_safe
@own
def to_security(_: HttpRequest) -> HttpResponse:
    """Where allauth would show a list of its own: the page for all of it."""
    return HttpResponseRedirect(reverse("mfa_index"))


@own
@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator]  # allauth has no types
def change_pin(request: HttpRequest) -> HttpResponse:
    """Change the PIN of one's own badge, after saying who one is once more."""
    form = PinForm(request.POST or None)

    def act(values: dict[str, str]) -> str:
        actions.change_pin(username=request.user.get_username(), pin=values["pin"], actor=actor(request))
        return reverse("mfa_index")

    context = {"title": "Change PIN", "submit": "Change PIN", "cancel": reverse("mfa_index")}
    return submit(request, form, act, context, done="Your badge works with the new PIN.")
