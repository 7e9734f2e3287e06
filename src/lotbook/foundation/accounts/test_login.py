"""The login: in, out, throttled, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from lotbook.foundation.accounts import actions
from lotbook.foundation.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    """Argon2 is slow on purpose; ``test_actions`` sees that it is used."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


GOOD = "seven brown jars"
LOGIN = "/account/login/"


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def otto() -> User:
    return actions.create_user(username="otto", role="operator", password=GOOD, actor="lotbook")


def attempt(client: Client, password: str = GOOD, name: str = "otto", **more: Any) -> Any:
    return client.post(LOGIN, {"login": name, "password": password}, **more)


@pytest.mark.parametrize("name", ["otto", "Otto"])
def test_the_right_password_opens_today(client: Client, otto: User, name: str) -> None:
    response = attempt(client, name=name)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.get("/").status_code == 200


def test_a_wrong_one_says_what_to_do_and_not_which_half_was_wrong(client: Client, otto: User) -> None:
    wrong, unknown = attempt(client, "wrong"), attempt(client, "wrong", "nobody")
    text = "The name and the password do not belong together"
    assert text in wrong.content.decode()
    assert text in unknown.content.decode()
    assert client.get("/").status_code == 302


def test_ten_failures_close_the_account_from_every_address_and_host(client: Client, otto: User) -> None:
    for number in range(10):
        host = "localhost" if number % 2 else "127.0.0.1"
        response = attempt(client, "wrong", REMOTE_ADDR=f"10.0.0.{number}", HTTP_HOST=host)
        assert "do not belong together" in response.content.decode()
    closed = attempt(client, REMOTE_ADDR="10.0.1.1")
    assert closed.status_code == 200
    assert "closed for 10 minutes, also for the right password" in closed.content.decode()
    assert client.get("/").status_code == 302


def test_a_new_password_from_an_administrator_opens_it_again(client: Client, otto: User) -> None:
    admin = Client()
    admin.force_login(
        actions.create_user(username="ana", role="administrator", password=GOOD, actor="lotbook")
    )
    for _ in range(11):
        attempt(client, "wrong")
    admin.post("/settings/people/otto/password", {"password": "weak"})
    assert attempt(client).status_code == 200
    admin.post("/settings/people/otto/password", {"password": "nine green jars"})
    assert attempt(client, "nine green jars")["Location"] == "/"


def test_another_account_stays_open(client: Client, otto: User) -> None:
    actions.create_user(username="ana", role="operator", password=GOOD, actor="lotbook")
    for _ in range(11):
        attempt(client, "wrong")
    assert attempt(client, name="ana").status_code == 302


def test_logins_do_not_count_as_failures(client: Client, otto: User) -> None:
    for _ in range(12):
        assert attempt(client).status_code == 302
        client.logout()


def test_one_address_is_limited_in_words(client: Client, otto: User, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/m/ip", "login_failed": None}
    assert [attempt(client, "wrong").status_code for _ in range(3)] == [200, 200, 429]
    assert "Wait a minute" in attempt(client).content.decode()


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_the_way_back_leads_nowhere_else(client: Client, otto: User, target: str) -> None:
    response = client.post(LOGIN, {"login": "otto", "password": GOOD, "next": target})
    assert (response.status_code, response["Location"]) == (302, "/")


def test_the_way_back_leads_to_where_one_wanted(client: Client, otto: User) -> None:
    sent = client.get("/search?q=L-1")["Location"]
    assert "next=%2Fsearch%3Fq%3DL-1" in sent
    page = client.get(sent).content.decode()
    assert 'name="next" value="/search?q=L-1"' in page
    response = client.post(LOGIN, {"login": "otto", "password": GOOD, "next": "/search?q=L-1"})
    assert response["Location"] == "/search?q=L-1"


def test_a_closed_account_does_not_log_in(client: Client, otto: User) -> None:
    actions.create_user(username="ana", role="administrator", password=GOOD, actor="lotbook")
    client.force_login(otto)
    assert client.get("/").status_code == 200
    actions.deactivate(username="otto", actor="user:ana")
    assert client.get("/").status_code == 302
    attempt(client)
    assert client.get("/").status_code == 302


def test_only_a_post_logs_out(client: Client, otto: User) -> None:
    client.force_login(otto)
    assert "Log out?" in client.get("/account/logout/").content.decode()
    assert client.get("/").status_code == 200
    assert client.post("/account/logout/")["Location"] == LOGIN
    assert client.get("/").status_code == 302


def test_nobody_signs_up(client: Client) -> None:
    response = client.get("/account/signup/")
    assert (response.status_code, "Nobody signs up alone" in response.content.decode()) == (403, True)
    new = {"username": "eve", "password1": GOOD, "password2": GOOD}
    assert client.post("/account/signup/", new).status_code == 405
    assert not User.objects.exists()


def test_a_new_password_works_and_the_old_sessions_end(client: Client, otto: User) -> None:
    other = Client()
    other.force_login(otto)
    client.force_login(otto)
    page = "/account/password/"
    wrong = client.post(
        page, {"oldpassword": "wrong", "password1": "nine green jars", "password2": "nine green jars"}
    )
    assert wrong.status_code == 200
    right = {"oldpassword": GOOD, "password1": "nine green jars", "password2": "nine green jars"}
    assert client.post(page, right)["Location"] == "/"
    assert client.get("/").status_code == 200
    assert other.get("/").status_code == 302
    otto.refresh_from_db()
    assert otto.check_password("nine green jars")


def test_a_form_of_another_site_is_refused_in_words(otto: User) -> None:
    response = Client(enforce_csrf_checks=True).post(LOGIN, {"login": "otto", "password": GOOD})
    assert response.status_code == 403
    assert "Nothing was saved" in response.content.decode()
