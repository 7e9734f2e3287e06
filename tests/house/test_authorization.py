"""Every address is under authorization: it declares a permission, and the permission is what decides."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.template.backends.django import Template
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.safestring import SafeString
from ninja.operation import Operation

from lotbook.foundation.accounts import actions
from lotbook.foundation.accounts.backends import Backend
from lotbook.foundation.accounts.models import User
from lotbook.foundation.accounts.rules import ADMINISTRATOR, ROLE_WORDS, ROLES
from lotbook.kernel.permissions import MACHINE_PATHS, PERMISSIONS, PUBLIC, declared

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.heavy]

DUMMIES = {
    "uuid": "00000000-0000-7000-8000-000000000000",
    "int": "0",
    "str": "nothing",
    "slug": "nothing",
    "path": "nothing",
}
PART = re.compile(r"<(?:(\w+):)?(\w+)>")

# Open to everybody, each with its reason here. A new one has to be thought about.
PUBLIC_ADDRESSES = {
    "account/login/": "how one gets in",
    "account/logout/": "how one gets out",
    "account/inactive/": "says that an account is closed",
    "account/signup/": "says that nobody signs up",
    "account/login/passkey/": "a way in: the passkey decides",
    "account/second/": "a way in: only after the password, which the session of allauth keeps",
    "account/sso/<str:provider_id>/login/": "a way in: leads to the organisation's login",
    "account/sso/<str:provider_id>/login/callback/": "a way in: what the organisation's login answers",
    "account/sso/cancelled/": "says that a login was stopped",
    "account/sso/error/": "says that a login failed",
    "account/sso/signup/": "says that nobody signs up",
    "answer/<str:token>": "a customer's answer to a recall: the secret in the address decides",
    "badge": "a way in: the enrolled device, the badge and the PIN decide",
    "badge/switch": "a way out",
    "station/": "an empty frame that opens without a network: nothing personal in it",
    "station/app.webmanifest": "how a device installs the station",
    "station/worker.js": "the station's service worker: the names of built files",
}


@dataclass(frozen=True)
class Page:
    """An address outside the API, and what its view declares."""

    route: str
    permission: str | None

    @property
    def url(self) -> str:
        """The address with something in every gap."""
        return "/" + PART.sub(lambda part: DUMMIES.get(part[1] or "str", "nothing"), self.route)


def patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, route)
        else:
            yield route, entry


def is_machine(route: str) -> bool:
    return f"/{route.lstrip('^')}".startswith(MACHINE_PATHS)


@cache
def pages() -> list[Page]:
    return [
        Page(route, declared(pattern.callback))
        for route, pattern in patterns(get_resolver())
        if not is_machine(route)
    ]


def operations() -> list[tuple[str, Operation]]:
    """Every operation of the API, with its method and path."""
    from lotbook.interfaces.api.app import api

    return [
        (f"{'/'.join(operation.methods)} {path}", operation)
        for _, router in api._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
    ]


def test_every_page_declares_its_permission() -> None:
    found = pages()
    assert len(found) > 10
    assert [page.route for page in found if page.permission is None] == []
    assert [page.permission for page in found if page.permission not in {*PERMISSIONS, PUBLIC}] == []


def test_every_operation_declares_its_permission() -> None:
    found = operations()
    assert found
    assert [name for name, operation in found if declared(operation.view_func) is None] == []


def test_every_other_address_of_the_api_declares_itself_open() -> None:
    """What ninja does not make itself: the documents, and the answer to unknown addresses."""
    made_by_ninja = {route for route, pattern in patterns(get_resolver()) if _is_operation(pattern)}
    loose = [
        route
        for route, pattern in patterns(get_resolver())
        if is_machine(route) and route not in made_by_ninja and declared(pattern.callback) is None
    ]
    assert loose == ["api/v1/"]
    # Ninja mounts its root without a way to mark it; there is nothing behind it.
    assert Client().get("/api/v1/").status_code == 404


def _is_operation(pattern: URLPattern) -> bool:
    view: Any = pattern.callback
    while view is not None:
        if getattr(view, "__qualname__", "").startswith("PathView."):
            return True
        view = getattr(view, "__wrapped__", None)
    return False


def test_only_these_pages_are_open() -> None:
    assert {page.route for page in pages() if page.permission == PUBLIC} == set(PUBLIC_ADDRESSES)


METHODS = ("get", "post", "head", "options", "put", "patch", "delete")
EXTREMES = ("", "auditor", ADMINISTRATOR)
"""Who tries the methods pages do not have: nobody, who may least, who may all; others lie between."""


@pytest.fixture(scope="module")
def answers(django_db_setup: None, django_db_blocker: Any) -> dict[tuple[str, str, str], HttpResponse]:
    """Who asked, how and what → the answer; nobody is logged in as ''."""
    found: dict[tuple[str, str, str], HttpResponse] = {}
    people: dict[int, User | None] = {}
    read = Backend.get_user

    def remembered(self: Backend, user_id: int) -> User | None:
        """Ten thousand requests of ten people: each is read once, and is fresh to every request."""
        if user_id not in people:
            people[user_id] = read(self, user_id)
        return copy(people[user_id])

    render, whole = Template.render, [True]

    def rendered(self: Template, *given: Any, **named: Any) -> Any:
        """Who gets in is decided before: the pages of those between the extremes need no text."""
        return render(self, *given, **named) if whole[0] else SafeString()

    with (
        django_db_blocker.unblock(),
        transaction.atomic(),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(Backend, "get_user", remembered)
        # Most answers are refusals: writing down where each came from takes longer than refusing.
        patch.setattr(logging.getLogger("django.request"), "disabled", True)
        patch.setattr(Template, "render", rendered)
        for role in ["", *ROLES]:
            whole[0] = role in EXTREMES
            client = Client(raise_request_exception=False)
            if role:
                client.force_login(User.objects.create(username=f"the-{role}", role=role))
            for page in pages():
                if page.permission == PUBLIC:
                    continue
                for method in METHODS if role in EXTREMES else METHODS[:2]:
                    with transaction.atomic():
                        found[role, method, page.route] = getattr(client, method)(page.url)
        transaction.set_rollback(True)
    return found


@cache
def permission_of(route: str) -> str:
    (permission,) = {page.permission for page in pages() if page.route == route}
    assert permission is not None
    return permission


def to_login(response: HttpResponse) -> bool:
    return response.status_code == 302 and response["Location"].startswith("/account/login/")


def test_nobody_is_sent_to_the_login(answers: dict[tuple[str, str, str], HttpResponse]) -> None:
    inside = [
        f"{method} {route}: {response.status_code}"
        for (role, method, route), response in answers.items()
        if not role and not to_login(response) and response.status_code != 405
    ]
    assert inside == []
    assert {method for role, method, _ in answers if not role} == set(METHODS)
    assert sum(to_login(response) for response in answers.values()) >= len(pages()) - len(PUBLIC_ADDRESSES)


def test_who_lacks_the_permission_gets_403(answers: dict[tuple[str, str, str], HttpResponse]) -> None:
    lacking = {
        key: response
        for key, response in answers.items()
        if key[0] and permission_of(key[2]) not in ROLES[key[0]]
    }
    wrong = [
        f"{role} {method} {route}: {response.status_code}"
        for (role, method, route), response in lacking.items()
        if response.status_code not in (403, 405)
    ]
    assert wrong == []
    assert sum(response.status_code == 403 for response in lacking.values()) > 10


def test_who_has_the_permission_gets_in(answers: dict[tuple[str, str, str], HttpResponse]) -> None:
    wrong = [
        f"{role} {method} {route}: {response.status_code}"
        for (role, method, route), response in answers.items()
        if role
        and permission_of(route) in ROLES[role]
        and (response.status_code in (401, 403) or response.status_code >= 500 or to_login(response))
    ]
    assert wrong == []


def test_no_method_that_a_page_does_not_have_does_anything(
    answers: dict[tuple[str, str, str], HttpResponse],
) -> None:
    """PUT, PATCH and DELETE belong to the API: a page refuses them to those, too, who have its permission."""
    wrong = [
        f"{role} {method} {route}: {response.status_code}"
        for (role, method, route), response in answers.items()
        if role and method in ("put", "patch", "delete") and response.status_code not in (403, 404, 405)
    ]
    assert wrong == []


def test_head_says_what_get_says_without_its_text(
    answers: dict[tuple[str, str, str], HttpResponse],
) -> None:
    wrong = []
    for (role, method, route), response in answers.items():
        if method == "head":
            got = answers[role, "get", route]
            text = b"" if response.streaming else response.content
            if response.status_code != got.status_code or text:
                wrong.append(f"{role} {route}: {response.status_code} for {got.status_code}")
    assert wrong == []


# --- The API -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Call:
    """One operation of the API, with something in every gap of its address."""

    method: str
    path: str
    permission: str

    @property
    def url(self) -> str:
        gaps = re.sub(r"{(?:(\w+):)?\w+}", lambda part: DUMMIES.get(part[1], DUMMIES["uuid"]), self.path)
        return "/api/v1" + gaps

    def by(self, client: Client) -> Any:
        return client.generic(self.method, self.url, b"", "application/json")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def calls() -> list[Call]:
    return [
        Call(method, path, declared(operation.view_func) or "")
        for name, operation in operations()
        for path in [name.split(" ", 1)[1]]
        for method in operation.methods
        if declared(operation.view_func) != PUBLIC
    ]


@pytest.mark.parametrize("role", ["", *ROLES])
def test_every_operation_asks_every_role(role: str) -> None:
    client = Client(raise_request_exception=False)
    if role:
        client.force_login(User.objects.create(username=f"the-{role}", role=role))
    wrong = []
    found = calls()
    assert len(found) > 30
    for call in found:
        with transaction.atomic():
            status = call.by(client).status_code
        if not role:
            right = status == 401
        elif call.permission in ROLES[role]:
            right = status not in (401, 403) and status < 500
        else:
            right = status == 403
        if not right:
            wrong.append(f"{call}: {status}")
    assert wrong == []


def test_a_key_without_the_scope_is_refused_whatever_its_owner_may() -> None:
    User.objects.create(username="ada", role=ADMINISTRATOR)
    wrong = []
    for permission in sorted({call.permission for call in calls()}):
        others = [name for name in PERMISSIONS if name != permission]
        made = actions.create_api_key(name=permission, owner="ada", scopes=others, actor="lotbook")
        client = Client(raise_request_exception=False, headers={"X-API-Key": made.secret})
        for call in calls():
            if call.permission == permission:
                status = call.by(client).status_code
                if status != 403:
                    wrong.append(f"{call}: {status}")
    assert wrong == []


def test_methods_an_operation_does_not_have_are_told_so() -> None:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create(username="ada", role=ADMINISTRATOR))
    having: dict[str, set[str]] = {}
    for call in calls():
        having.setdefault(call.url, set()).add(call.method)
    wrong = []
    for url, methods in having.items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - methods:
            status = client.generic(method, url, b"", "application/json").status_code
            if status not in (404, 405):
                wrong.append(f"{method} {url}: {status}")
    assert wrong == []


# --- What stands on every answer ---------------------------------------------------------------------


INLINE = re.compile(
    r"<script(?![^>]*\ssrc=)(?![^>]*type=\"application/json\")[^>]*>|<style\b|\sstyle=\"|<[^>]+\son[a-z]+=\"",
    re.IGNORECASE,
)


def test_the_policy_stands_on_every_page(answers: dict[tuple[str, str, str], HttpResponse]) -> None:
    faults = []
    html = 0
    for (role, method, route), response in answers.items():
        policy = response.headers.get("Content-Security-Policy", "")
        if response.headers.get("X-Frame-Options") != "DENY" or "frame-ancestors 'none'" not in policy:
            faults.append(f"{role} {method} {route}: may stand in a frame")
        if response.headers.get("X-Content-Type-Options") != "nosniff":
            faults.append(f"{role} {method} {route}: its kind may be guessed")
        if response.headers.get("Referrer-Policy") != "same-origin":
            faults.append(f"{role} {method} {route}: tells others where one was")
        if "script-src 'self'" not in policy or "unsafe" in policy:
            faults.append(f"{role} {method} {route}: {policy!r}")
        if (
            role == "administrator"
            and not response.streaming
            and response["Content-Type"].startswith("text/html")
        ):
            html += 1
            hit = INLINE.search(response.content.decode())
            if hit:
                faults.append(f"{method} {route}: {hit.group()[:80]}")
    assert faults == []
    assert html > 10


def test_an_error_page_carries_the_policy_too() -> None:
    response = Client().get("/nowhere")
    assert response.status_code == 404
    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert "There is no such page" in response.content.decode()


def test_the_document_of_roles_says_what_the_roles_are() -> None:
    text = (Path(__file__).parents[2] / "docs/roles.md").read_text(encoding="utf-8")
    for name, label in PERMISSIONS.items():
        having = [role for role in ROLES if name in ROLES[role]]
        who = "all" if len(having) == len(ROLES) else ", ".join(having)
        assert f"| `{name}` | {label} | {who} |" in text
    for role, words in ROLE_WORDS.items():
        assert f"| {role} | {words} |" in text
