"""Shared handhelds: enrolled by administrators, opened by badge and PIN."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lotbook.foundation.accounts import actions, queries
from lotbook.foundation.accounts.forms import BadgeForm, HandheldForm
from lotbook.foundation.accounts.middleware import open_by_badge
from lotbook.kernel.errors import Refused
from lotbook.kernel.permissions import actor, public, requires
from lotbook.kernel.screens import render_form

BACKEND = "lotbook.foundation.accounts.backends.Backend"
COOKIE_AGE_S = 400 * 24 * 60 * 60
"""As long as browsers keep a cookie at most."""


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public
def badge(request: HttpRequest) -> HttpResponse:
    """Come in by badge and PIN, on an enrolled handheld alone."""
    token = request.COOKIES.get(settings.HANDHELD_COOKIE, "")
    handheld = queries.handheld_of(token)
    form = BadgeForm(request.POST or None)
    context = {"form": form, "handheld": handheld, "next": _next(request)}
    if handheld is None:
        return render(request, "accounts/badge.html", context, status=403)
    if request.method != "POST":
        return render(request, "accounts/badge.html", context)
    if not form.is_valid():
        return render_form(request, "accounts/badge.html", context)
    try:
        person, handheld = actions.badge_in(
            code=form.cleaned_data["code"], pin=form.cleaned_data["pin"], token=token
        )
    except Refused as refusal:
        return render_form(request, "accounts/badge.html", context, refusal.faults, status=refusal.status)
    logout(request)  # whoever was here before: nothing of theirs stays
    login(request, person, backend=BACKEND)
    open_by_badge(request, handheld=handheld.pk, name=handheld.name)
    return HttpResponseRedirect(_next(request))


@require_POST
@public
def switch(request: HttpRequest) -> HttpResponse:
    """End the session of whoever holds the handheld; the next person scans their badge."""
    logout(request)
    return HttpResponseRedirect(reverse("accounts:badge"))


@require_safe
@requires("accounts.manage")
def handhelds(request: HttpRequest) -> HttpResponse:
    """Every shared device, and taking up the one this page is open on."""
    return render(request, "accounts/handhelds.html", _handhelds(request, HandheldForm()))


@require_POST
@requires("accounts.manage")
def enrol_handheld(request: HttpRequest) -> HttpResponse:
    """Take up the device this page is open on; the token goes into its cookie and nowhere else."""
    form = HandheldForm(request.POST)
    if not form.is_valid():
        return render_form(request, "accounts/handhelds.html", _handhelds(request, form))
    try:
        handheld, token = actions.enrol_handheld(name=form.cleaned_data["name"], actor=actor(request))
    except Refused as refusal:
        return render_form(
            request,
            "accounts/handhelds.html",
            _handhelds(request, form),
            refusal.faults,
            status=refusal.status,
        )
    messages.success(request, f"This device is {handheld.name} now. Log out: people come in by badge.")
    response = HttpResponseRedirect(reverse("accounts:handhelds"))
    response.set_cookie(
        settings.HANDHELD_COOKIE,
        token,
        max_age=COOKIE_AGE_S,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response


@require_POST
@requires("accounts.manage")
def revoke_handheld(request: HttpRequest, name: str) -> HttpResponse:
    """End a device: lost, sold, or no longer shared."""
    handheld = actions.revoke_handheld(name=name, actor=actor(request))
    messages.success(request, f"No badge opens on {handheld.name} any more.")
    return HttpResponseRedirect(reverse("accounts:handhelds"))


def _handhelds(request: HttpRequest, form: HandheldForm) -> dict[str, object]:
    here = queries.handheld_of(request.COOKIES.get(settings.HANDHELD_COOKIE, ""))
    changes = queries.handheld_changes()[:50]
    return {"handhelds": queries.handhelds(), "here": here, "form": form, "changes": changes}


def _next(request: HttpRequest) -> str:
    target = request.POST.get("next") or request.GET.get("next") or "/"
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe and target != reverse("accounts:badge") else "/"
