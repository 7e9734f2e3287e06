"""Errors in words: what happened, what was not saved, what to do. For people inside and outside."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from lotbook.foundation.accounts.models import User
from lotbook.interfaces.web import queries
from lotbook.interfaces.web.middleware import RefusedMiddleware
from lotbook.kernel.errors import Conflict, Fault, NotFound, Refused

pytestmark = pytest.mark.django_db

WORDS = "Nothing was saved"


@pytest.fixture
def inside() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create(username="otto", role="operator"))
    return client


@pytest.mark.parametrize("who", ["inside", "outside"])
def test_an_address_nobody_knows(inside: Client, who: str) -> None:
    response = (inside if who == "inside" else Client()).get("/no/such")
    page = response.content.decode()
    assert response.status_code == 404
    assert "/no/such" in page
    assert ('class="lb-nav"' in page) == (who == "inside")


def test_what_one_may_not_says_who_one_is_and_what_it_needs(inside: Client) -> None:
    page = inside.get("/settings/people").content.decode()
    for words in ("Manage people and API keys", WORDS, "otto", "operator", "ask an administrator"):
        assert words in page


@pytest.mark.parametrize(
    ("refusal", "status", "title"),
    [
        (Refused(Fault("x", "too little stock.", "Take less.")), 422, "This was refused"),
        (NotFound(Fault("x", "there is no such lot.", "Take less.")), 404, "This is not in the book"),
        (Conflict(Fault("x", "it changed meanwhile.", "Take less.")), 409, "Somebody was faster"),
        (Refused(Fault("x", "not read.", "Take less."), status=400), 400, "This could not be understood"),
    ],
)
def test_a_refusal_no_view_caught_becomes_a_page(
    inside: Client, monkeypatch: pytest.MonkeyPatch, refusal: Refused, status: int, title: str
) -> None:
    def refuse() -> None:
        raise refusal

    monkeypatch.setattr(queries, "today", refuse)
    response = inside.get("/")
    page = response.content.decode()
    assert response.status_code == status
    cause = refusal.faults[0].cause
    for words in (title, cause[0].upper() + cause[1:], "Take less.", WORDS):
        assert words in page
    assert "default-src 'self'" in response["Content-Security-Policy"]


def test_the_api_answers_refusals_itself() -> None:
    middleware = RefusedMiddleware(lambda request: HttpResponse())
    assert middleware.process_exception(RequestFactory().get("/api/v1/lots"), Refused("no")) is None
    assert middleware.process_exception(RequestFactory().get("/lots"), ValueError("a bug")) is None


def test_a_bug_is_told_in_words_and_without_its_insides(
    inside: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ZeroDivisionError("secret insides")

    monkeypatch.setattr(queries, "today", fail)
    response = inside.get("/")
    page = response.content.decode()
    assert response.status_code == 500
    assert "not saved" in page
    assert "secret" not in page
    assert "default-src 'self'" in response["Content-Security-Policy"]


def test_a_host_nobody_serves_is_answered_in_words() -> None:
    response = Client().get("/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "nothing was saved" in response.content.decode()


def test_a_session_that_ended_makes_htmx_leave_for_the_login() -> None:
    response = Client().get("/", headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Redirect"]) == (401, "/account/login/")


def test_a_request_of_no_person_yet_is_still_answered() -> None:
    """A refusal raised before anybody was looked up: no ``request.user``."""
    request: Any = HttpRequest()
    request.path = request.path_info = "/x"
    response = RefusedMiddleware(lambda request: HttpResponse()).process_exception(request, NotFound("gone."))
    assert response is not None
    assert response.status_code == 404
