"""The administrators' pages for API keys."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lotbook.foundation.accounts import actions, queries
from lotbook.foundation.accounts.forms import KeyForm, RotateForm
from lotbook.kernel import clock
from lotbook.kernel.errors import Refused
from lotbook.kernel.permissions import PERMISSIONS, actor, requires
from lotbook.kernel.screens import render_form


@require_safe
@requires("accounts.manage")
def keys(request: HttpRequest) -> HttpResponse:
    """Every API key."""
    return render(
        request,
        "accounts/keys.html",
        {
            "keys": queries.api_keys(),
            "soon": queries.keys_ending_soon(),
            "now": clock.now(),
            "labels": PERMISSIONS,
            "changes": queries.key_changes()[:50],
        },
    )


@require_safe
@requires("accounts.manage")
def ending_keys(request: HttpRequest) -> HttpResponse:
    """The keys that end within 14 days: a panel."""
    return render(request, "accounts/ending_keys.html", {"keys": queries.keys_ending_soon()})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("accounts.manage")
def add_key(request: HttpRequest) -> HttpResponse:
    """Make an API key and show its secret, this once."""
    form = KeyForm(request.POST or None, initial={"owner": request.user.get_username()})
    if request.method != "POST":
        return render(request, "accounts/add_key.html", {"form": form})
    if not form.is_valid():
        return render_form(request, "accounts/add_key.html", {"form": form})
    try:
        made = actions.create_api_key(
            name=form.cleaned_data["name"],
            owner=form.cleaned_data["owner"].username,
            scopes=form.cleaned_data["scopes"],
            expires_at=form.expires_at(),
            actor=actor(request),
        )
    except Refused as refusal:
        return render_form(request, "accounts/add_key.html", {"form": form}, refusal.faults)
    response = render(request, "accounts/key_made.html", {"made": made})
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@requires("accounts.manage")
def rotate_key(request: HttpRequest, prefix: str) -> HttpResponse:
    """Make a new key in the place of one; the old one works on for a while."""
    old = queries.key(prefix)
    form = RotateForm(request.POST or None)
    context = {"form": form, "old": old}
    if request.method != "POST":
        return render(request, "accounts/rotate_key.html", context)
    if not form.is_valid():
        return render_form(request, "accounts/rotate_key.html", context)
    try:
        made = actions.rotate_api_key(
            prefix=prefix,
            overlap=timedelta(hours=int(form.cleaned_data["overlap"])),
            expires_at=form.expires_at(),
            actor=actor(request),
        )
    except Refused as refusal:
        return render_form(request, "accounts/rotate_key.html", context, refusal.faults)
    response = render(request, "accounts/key_made.html", {"made": made, "old": queries.key(prefix)})
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@requires("accounts.manage")
def revoke_key(request: HttpRequest, prefix: str) -> HttpResponse:
    """End an API key."""
    key = actions.revoke_api_key(prefix=prefix, actor=actor(request))
    messages.success(request, f"The key {key.name} does not work any more.")
    return HttpResponseRedirect(reverse("accounts:keys"))
