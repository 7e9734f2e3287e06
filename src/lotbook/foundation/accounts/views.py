"""Login, the password, and the administrators' pages for people and API keys."""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth_views
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lotbook.foundation.accounts import actions, queries
from lotbook.foundation.accounts.adapter import forget_failures
from lotbook.foundation.accounts.forms import (
    KeyForm,
    NewPasswordForm,
    NewRoleForm,
    PersonForm,
    RoleChangeForm,
    RoleForm,
    SitesForm,
)
from lotbook.kernel.errors import Refused
from lotbook.kernel.formpages import submit
from lotbook.kernel.permissions import PERMISSIONS, actor, public, requires
from lotbook.kernel.screens import render_form

login = public(allauth_views.LoginView.as_view(template_name="accounts/login.html"))
logout = public(allauth_views.LogoutView.as_view(template_name="accounts/logout.html"))
inactive = public(allauth_views.AccountInactiveView.as_view(template_name="accounts/inactive.html"))
change_password = requires("web.view")(
    allauth_views.PasswordChangeView.as_view(template_name="accounts/password.html", success_url="/")
)


@require_safe
@public
def signup(request: HttpRequest) -> HttpResponse:
    """Say that nobody signs up by themselves (allauth asks for a page of this name)."""
    return render(request, "accounts/signup.html", status=403)


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


@require_safe
@requires("accounts.manage")
def roles(request: HttpRequest) -> HttpResponse:
    """Every role, and what its people may do."""
    return render(request, "accounts/roles.html", {"roles": queries.roles(), "labels": PERMISSIONS})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("accounts.manage")
def add_role(request: HttpRequest) -> HttpResponse:
    """Add a role of one's own."""
    form = NewRoleForm(request.POST or None, initial={"permissions": ["web.view"]})

    def act(values: dict[str, Any]) -> str:
        role = actions.create_role(**values, actor=actor(request))
        return reverse("accounts:role", args=[role.name])

    return submit(
        request, form, act, {"role": None}, done="The role is added.", template="accounts/role.html"
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("accounts.manage")
def role(request: HttpRequest, name: str) -> HttpResponse:
    """What people of one role may do, to be changed, and who changed it."""
    one = queries.role(name)
    form = RoleChangeForm(request.POST or None, initial={"words": one.words, "permissions": one.permissions})

    def act(values: dict[str, Any]) -> str:
        actions.change_role(name=one.name, **values, actor=actor(request))
        return reverse("accounts:role", args=[one.name])

    context = {"role": one, "people": queries.people_of(one.name), "changes": queries.role_changes(one)[:50]}
    done = "The role is changed; it counts from now on."
    return submit(request, form, act, context, done=done, template="accounts/role.html")


@require_safe
@requires("accounts.manage")
def keys(request: HttpRequest) -> HttpResponse:
    """Every API key."""
    return render(
        request,
        "accounts/keys.html",
        {"keys": queries.api_keys(), "labels": PERMISSIONS, "changes": queries.key_changes()[:50]},
    )


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


@require_POST
@requires("accounts.manage")
def revoke_key(request: HttpRequest, prefix: str) -> HttpResponse:
    """End an API key."""
    key = actions.revoke_api_key(prefix=prefix, actor=actor(request))
    messages.success(request, f"The key {key.name} does not work any more.")
    return HttpResponseRedirect(reverse("accounts:keys"))


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
        "changes": queries.person_changes(person)[:50],
        "may": [(name, label) for name, label in PERMISSIONS.items() if name in person.granted()],
    }


def _change(request: HttpRequest, username: str, done: str, action: Any, **values: Any) -> HttpResponse:
    try:
        action(username=username, actor=actor(request), **values)
    except Refused as refusal:
        if refusal.status == 404:
            raise
        return render_form(request, "accounts/person.html", _person(username), refusal.faults)
    messages.success(request, done)
    return HttpResponseRedirect(reverse("accounts:person", args=[username]))
