"""The administrators' pages for roles."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lotbook.foundation.accounts import actions, queries
from lotbook.foundation.accounts.forms import NewRoleForm, RoleChangeForm
from lotbook.foundation.accounts.models import Role
from lotbook.kernel.formpages import submit
from lotbook.kernel.permissions import PERMISSIONS, actor, requires


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
    form = RoleChangeForm(request.POST or None, initial=_initial(one))

    def act(values: dict[str, Any]) -> str:
        actions.change_role(name=one.name, **values, actor=actor(request))
        return reverse("accounts:role", args=[one.name])

    context = {"role": one, "people": queries.people_of(one.name), "changes": queries.role_changes(one)[:50]}
    done = "The role is changed; it counts from now on."
    return submit(request, form, act, context, done=done, template="accounts/role.html")


def _initial(role: Role) -> dict[str, Any]:
    return {
        "words": role.words,
        "permissions": role.permissions,
        "needs_second_factor": role.needs_second_factor,
    }
