"""Asked of every request of a session: whether a badge's time is over, whether a second factor is due."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from lotbook.foundation.accounts import queries
from lotbook.kernel import clock
from lotbook.kernel.errors import Fault
from lotbook.kernel.permissions import DEVICE, MACHINE_PATHS, device, through
from lotbook.kernel.problems import reply

HANDHELD = "handheld"
SEEN = "badge_seen_at"
SEEN_EVERY_S = 15
"""A session is written at most so often for the clicks in it."""

LOGIN_PAGES = ("/account/security/", "/account/password/", "/account/again/")
"""What a session opened by badge does not reach: a badge is not enough to make a lasting way in."""

OPEN = ("/account/", "/static/")
"""What somebody without their second factor reaches: setting it up, and the way out."""


class SessionMiddleware:
    """Ends sessions opened by badge in time, and sends people to set up the second factor they owe."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on, or answer in its place."""
        if not request.session.get(DEVICE) and not _may_owe(request):
            return self.get_response(request)
        answer = _end_of_badge(request) or _second_factor(request)
        if answer is not None:
            return answer
        with through(device(request)):
            return self.get_response(request)


def open_by_badge(request: HttpRequest, *, handheld: int, name: str) -> None:
    """Note in a session just opened that it came by badge, on which device."""
    request.session[HANDHELD] = handheld
    request.session[DEVICE] = name
    request.session[SEEN] = clock.now().timestamp()


def _may_owe(request: HttpRequest) -> bool:
    # Nobody without a session cookie owes anything: pages for strangers cost no look at the people.
    return bool(request.session.session_key) and request.user.is_authenticated


def _end_of_badge(request: HttpRequest) -> HttpResponse | None:
    if not (request.session.get(DEVICE) and request.user.is_authenticated):
        return None
    now = clock.now().timestamp()
    seen = float(request.session.get(SEEN, 0))
    idle = now - seen > settings.BADGE_MINUTES * 60
    if idle or not queries.badge_stands(request.user.pk, int(request.session.get(HANDHELD, 0))):
        logout(request)
        if request.path.startswith(MACHINE_PATHS):
            return None  # the API says 401 by itself
        if idle:
            messages.info(request, "Nobody was here for a while. Scan your badge to go on.")
        target = reverse("accounts:badge")
        if request.headers.get("HX-Request"):
            response = HttpResponse(status=401)
            response["HX-Redirect"] = target
            return response
        if request.method in ("GET", "HEAD") and request.path != target:
            target += "?" + urlencode({"next": request.get_full_path()})
        return HttpResponseRedirect(target)
    if now - seen > SEEN_EVERY_S:
        request.session[SEEN] = now
    if request.path.startswith(LOGIN_PAGES):
        messages.info(request, "Change how you log in from a device of your own, with your password.")
        return HttpResponseRedirect(settings.LOGIN_REDIRECT_URL)
    return None


def _second_factor(request: HttpRequest) -> HttpResponse | None:
    person = request.user
    if not person.is_authenticated or not person.lacks_second_factor() or request.path.startswith(OPEN):
        return None
    if request.session.get(DEVICE) or _by_organisation(request):
        return None  # badge and PIN are two factors; the organisation's login asks for its own
    if request.path.startswith(MACHINE_PATHS):
        if request.headers.get("X-API-Key") or request.headers.get("Authorization"):
            return None  # a program's key counts, not the session beside it
        remedy = "Set it up under Login and security."
        cause = "your role needs a second factor, and you have set up none."
        return reply(403, [Fault("", cause, remedy, "second_factor")])
    messages.warning(request, "Your role needs a second factor. Set up one of these to go on.")
    return HttpResponseRedirect(reverse("mfa_index"))


def _by_organisation(request: HttpRequest) -> bool:
    methods = request.session.get("account_authentication_methods", [])
    return any(method.get("method") == "socialaccount" for method in methods)
