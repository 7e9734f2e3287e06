"""The mark on every view: who gets in, who is sent away, and how."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from ninja import Schema

from lotbook.kernel import permissions
from lotbook.kernel.errors import NotAllowed, Refused
from lotbook.kernel.permissions import actor, allowed, declared, public, requires

pytestmark = pytest.mark.once


class Body(Schema):
    """A body, to see that its annotation is found."""

    text: str


@requires("lots.hold")
def view(request: HttpRequest, number: int = 0) -> HttpResponse:
    return HttpResponse(f"seen {number}")


@requires("lots.hold")
def operation(request: HttpRequest, body: Body) -> str:
    return body.text


@public
def door(request: HttpRequest) -> HttpResponse:
    return HttpResponse("open")


def person(*names: str, active: bool = True) -> Any:
    return SimpleNamespace(
        is_authenticated=True, is_active=active, may=names.__contains__, get_username=lambda: "ana"
    )


def request(user: Any, path: str = "/lots?x=1", **more: Any) -> HttpRequest:
    made = RequestFactory().get(path, **more)
    made.user = user
    return made


def test_who_may_gets_in() -> None:
    assert view(request(person("lots.hold")), number=3).content == b"seen 3"


def test_who_lacks_the_permission_is_refused_by_its_label() -> None:
    with pytest.raises(PermissionDenied, match="Put lots on hold"):
        view(request(person("lots.view")))


def test_a_closed_account_may_nothing() -> None:
    assert not allowed(request(person("lots.hold", active=False)), "lots.hold")


def test_nobody_is_sent_to_the_login_and_back() -> None:
    response = view(request(AnonymousUser()))
    assert (response.status_code, response["Location"]) == (302, "/account/login/?next=%2Flots%3Fx%3D1")


def test_a_post_of_nobody_does_not_come_back_to_itself() -> None:
    made = RequestFactory().post("/lots")
    made.user = AnonymousUser()
    assert view(made)["Location"] == "/account/login/"


def test_a_piece_of_a_page_makes_the_browser_leave() -> None:
    response = view(request(AnonymousUser(), headers={"HX-Request": "true"}))
    assert (response.status_code, response["HX-Redirect"]) == (401, "/account/login/")


@pytest.mark.parametrize(("user", "status"), [(AnonymousUser(), 401), (person("lots.view"), 403)])
def test_the_api_gets_a_refusal_never_a_redirect(user: Any, status: int) -> None:
    with pytest.raises(Refused) as refused:
        view(request(user, "/api/v1/lots"))
    assert refused.value.status == status
    assert isinstance(refused.value, NotAllowed) == (status == 403)


@pytest.mark.parametrize(
    ("scopes", "may", "expected"),
    [
        ({"lots.hold"}, ["lots.hold"], True),
        ({"lots.view"}, ["lots.hold"], False),
        ({"lots.hold"}, ["lots.view"], False),
        (set(), ["lots.hold"], False),
    ],
    ids=["both", "scope missing", "owner may not", "no scopes"],
)
def test_a_key_may_what_its_scopes_and_its_owner_may(
    scopes: set[str], may: list[str], expected: bool
) -> None:
    made = request(person(*may))
    made.api_key_scopes = frozenset(scopes)  # type: ignore[attr-defined]
    assert allowed(made, "lots.hold") is expected


def test_a_permission_nobody_knows_is_a_bug_found_at_import() -> None:
    with pytest.raises(KeyError, match=r"lots\.fly"):
        requires("lots.fly")
    with pytest.raises(KeyError, match=r"lots\.fly"):
        allowed(request(person()), "lots.fly")


def test_every_view_tells_what_it_declares() -> None:
    assert declared(view) == "lots.hold"
    assert declared(door) == permissions.PUBLIC
    assert declared(lambda request: None) is None


def test_open_doors_open() -> None:
    assert door(request(AnonymousUser())).content == b"open"


def test_annotations_stay_readable_for_ninja() -> None:
    assert inspect.signature(operation).parameters["body"].annotation is Body


def test_the_actor_is_the_person_or_the_key() -> None:
    made = request(person())
    assert actor(made) == "user:ana"
    made.api_key = SimpleNamespace(prefix="abcd2345")  # type: ignore[attr-defined]
    assert actor(made) == "key:abcd2345"
    with pytest.raises(Refused) as refused:
        actor(request(AnonymousUser()))
    assert refused.value.status == 401
