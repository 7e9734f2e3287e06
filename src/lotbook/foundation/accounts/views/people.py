"""The administrators' pages for people."""

from __future__ import annotations

import base64
from typing import Any, Literal

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lotbook.foundation.accounts import actions, queries
from lotbook.foundation.accounts.adapter import forget_failures
from lotbook.foundation.accounts.forms import FirstPinForm, NewPasswordForm, PersonForm, RoleForm, SitesForm
from lotbook.kernel.errors import Refused
from lotbook.kernel.permissions import PERMISSIONS, actor, requires
from lotbook.kernel.screens import render_form


@require_safe
@requires("accounts.manage")
def people(request: HttpRequest) -> HttpResponse:
    """Everybody who has a login."""
    return render(
        request, "accounts/people.html", {"people": queries.people(), "words": queries.role_words()}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("accounts.manage")
def add_person(request: HttpRequest) -> HttpResponse:
    """Add a person."""
    form = PersonForm(request.POST or None)
    if request.method != "POST":
        return render(request, "accounts/add_person.html", {"form": form})
    if not form.is_valid():
        return render_form(request, "accounts/add_person.html", {"form": form})
    try:
        person = actions.create_user(**form.cleaned_data, actor=actor(request))
    except Refused as refusal:
        return render_form(request, "accounts/add_person.html", {"form": form}, refusal.faults)
    messages.success(request, f"{person.username} can log in now.")
    return HttpResponseRedirect(reverse("accounts:person", args=[person.username]))


@require_safe
@requires("accounts.manage")
def person(request: HttpRequest, username: str) -> HttpResponse:
    """One person: role, password, access and history."""
    return render(request, "accounts/person.html", _person(username))


@require_POST
@requires("accounts.manage")
def set_role(request: HttpRequest, username: str) -> HttpResponse:
    """Give a person another role."""
    return _change(
        request, username, "The role is changed.", actions.set_role, role=request.POST.get("role", "")
    )


@require_POST
@requires("accounts.manage")
def set_sites(request: HttpRequest, username: str) -> HttpResponse:
    """Let a person move goods at other sites."""
    sites = request.POST.getlist("sites")
    return _change(request, username, "The sites are changed.", actions.set_sites, sites=sites)


@require_POST
@requires("accounts.manage")
def set_password(request: HttpRequest, username: str) -> HttpResponse:
    """Give a person a new password."""
    password = request.POST.get("password", "")
    done = "The new password works from now on."
    response = _change(request, username, done, actions.set_password, password=password)
    if response.status_code == 302:
        forget_failures(request, username)
    return response


@require_POST
@requires("accounts.manage")
def set_access(request: HttpRequest, username: str) -> HttpResponse:
    """Take a person's access away, or give it back."""
    if request.POST.get("access") == "yes":
        return _change(request, username, "Access is given back.", actions.reactivate)
    return _change(request, username, "Access is taken away.", actions.deactivate)


@require_POST
@requires("accounts.manage")
def make_badge(request: HttpRequest, username: str) -> HttpResponse:
    """Give a person a new badge and a first PIN; the code is shown this once."""
    try:
        badge, code = actions.make_badge(
            username=username, pin=request.POST.get("pin", ""), actor=actor(request)
        )
    except Refused as refusal:
        return _refused(request, username, refusal)
    context = {"badge": badge, "code": code, "qr": _picture(code, "qr"), "bars": _picture(code, "code128")}
    response = render(request, "accounts/badge_made.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@requires("accounts.manage")
def set_pin(request: HttpRequest, username: str) -> HttpResponse:
    """Give a person's badge a new PIN, which opens it again after wrong ones."""
    done = "The badge works with the new PIN."
    return _change(request, username, done, actions.change_pin, pin=request.POST.get("pin", ""))


@require_POST
@requires("accounts.manage")
def revoke_badge(request: HttpRequest, username: str) -> HttpResponse:
    """End a person's badge."""
    return _change(request, username, "The badge does not work any more.", actions.revoke_badge)


def _picture(code: str, kind: Literal["qr", "code128"]) -> str:
    """The code as a scanner reads it, as the address of a picture."""
    from lotbook.kernel.pdf import code_svg

    return "data:image/svg+xml;base64," + base64.b64encode(code_svg(code, kind).encode()).decode()


def _person(username: str) -> dict[str, Any]:
    person = queries.person(username)
    sites = person.sites.order_by("code")
    return {
        "person": person,
        "words": queries.role_words().get(person.role, ""),
        "role_form": RoleForm(initial={"role": person.role}),
        "sites": [site.code for site in sites],
        "sites_form": SitesForm(initial={"sites": [site.code for site in sites]}),
        "password_form": NewPasswordForm(),
        "pin_form": FirstPinForm(),
        "badge": queries.badge_held(person),
        "changes": queries.person_changes(person)[:50],
        "may": [(name, label) for name, label in PERMISSIONS.items() if name in person.granted()],
    }


def _change(request: HttpRequest, username: str, done: str, action: Any, **values: Any) -> HttpResponse:
    try:
        action(username=username, actor=actor(request), **values)
    except Refused as refusal:
        return _refused(request, username, refusal)
    messages.success(request, done)
    return HttpResponseRedirect(reverse("accounts:person", args=[username]))


def _refused(request: HttpRequest, username: str, refusal: Refused) -> HttpResponse:
    if refusal.status == 404:
        raise refusal
    return render_form(request, "accounts/person.html", _person(username), refusal.faults)
