"""Badge and PIN: on enrolled handhelds alone, each person as themselves, five tries, a few minutes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client

from lotbook.foundation.accounts import actions, queries
from lotbook.foundation.accounts.models import Badge, Handheld, User
from lotbook.kernel import clock
from lotbook.kernel.errors import NotFound, Refused
from lotbook.kernel.permissions import device

pytestmark = pytest.mark.django_db

GOOD = "seven brown jars"
PIN = "4071"


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def otto() -> User:
    return actions.create_user(username="otto", role="operator", password=GOOD, actor="lotbook")


@pytest.fixture
def code(otto: User) -> str:
    return actions.make_badge(username="otto", pin=PIN, actor="user:ana")[1]


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(
        actions.create_user(username="ana", role="administrator", password=GOOD, actor="lotbook")
    )
    return client


@pytest.fixture
def handheld(admin: Client) -> Client:
    """A device an administrator has taken up and left."""
    assert admin.post("/settings/handhelds/enrol", {"name": "Handheld 3"}).status_code == 302
    cookie = admin.cookies["handheld"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")
    client = Client()
    client.cookies["handheld"] = cookie.value
    return client


def come_in(client: Client, code: str, pin: str = PIN, **more: str) -> Any:
    return client.post("/badge", {"code": code, "pin": pin, **more})


def request_of(client: Client) -> HttpRequest:
    request = HttpRequest()
    request.session = client.session
    return request


def test_a_badge_opens_on_a_handheld_as_the_person_and_the_device_is_known(
    handheld: Client, code: str
) -> None:
    response = come_in(handheld, f" {code.lower()}\n")
    assert (response.status_code, response["Location"]) == (302, "/")
    page = handheld.get("/").content.decode()
    assert "<strong>otto</strong>" in page
    assert "Switch person" in page
    assert device(request_of(handheld)) == "Handheld 3"
    assert Handheld.objects.get().last_used_at is not None


def test_elsewhere_no_badge_opens(client: Client, code: str) -> None:
    response = come_in(client, code)
    assert response.status_code == 403
    assert "An administrator takes this device up" in response.content.decode()
    assert "_auth_user_id" not in client.session
    assert device(request_of(client)) == ""


def test_a_badge_does_not_change_how_one_logs_in(handheld: Client, code: str) -> None:
    come_in(handheld, code)
    for path in ("/account/security/app/", "/account/security/passkeys/add/", "/account/password/"):
        assert handheld.get(path)["Location"] == "/"
    assert "from a device of your own" in handheld.get("/").content.decode()


def test_switching_ends_the_session_at_once(handheld: Client, code: str) -> None:
    come_in(handheld, code)
    assert handheld.post("/badge/switch")["Location"] == "/badge"
    assert handheld.get("/")["Location"].startswith("/account/login/")
    assert handheld.get("/badge/switch").status_code == 405


def test_the_next_badge_leaves_nothing_of_the_last_person(handheld: Client, code: str) -> None:
    actions.create_user(username="rita", role="receiver", password=GOOD, actor="lotbook")
    other = actions.make_badge(username="rita", pin="9350", actor="user:ana")[1]
    come_in(handheld, code)
    before = handheld.session.session_key
    come_in(handheld, other, "9350")
    assert "<strong>rita</strong>" in handheld.get("/").content.decode()
    assert handheld.session.session_key != before
    come_in(handheld, code, "0000")
    come_in(handheld, other, PIN)
    assert Badge.objects.get(person__username="otto").failures == 1


def test_after_a_while_without_a_click_it_is_over(
    handheld: Client, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    come_in(handheld, code)
    start = clock.now()

    def at(minutes: float) -> None:
        moment: datetime = start + timedelta(minutes=minutes)
        monkeypatch.setattr(clock, "now", lambda: moment)

    for minute in (4, 8, 12):
        at(minute)
        assert handheld.get("/").status_code == 200
    at(17.5)
    response = handheld.get("/search?q=x")
    assert response["Location"] == "/badge?next=%2Fsearch%3Fq%3Dx"
    assert "Nobody was here for a while" in handheld.get(response["Location"]).content.decode()
    assert come_in(handheld, code, next="/search?q=x")["Location"] == "/search?q=x"


def test_five_wrong_pins_close_the_badge_also_for_the_right_one(handheld: Client, code: str) -> None:
    for _ in range(5):
        response = come_in(handheld, code, "1357")
        assert response.status_code == 422
        assert "do not belong together" in response.content.decode()
    assert come_in(handheld, code).status_code == 422
    assert "_auth_user_id" not in handheld.session
    assert Badge.objects.get().failures == 5


def test_the_right_pin_forgets_the_wrong_ones(handheld: Client, code: str) -> None:
    for _ in range(3):
        for _ in range(4):
            come_in(handheld, code, "1357")
        assert come_in(handheld, code).status_code == 302


def test_a_new_pin_opens_a_closed_badge(admin: Client, handheld: Client, code: str) -> None:
    for _ in range(6):
        come_in(handheld, code, "1357")
    assert "Closed after wrong PINs" in admin.get("/settings/people/otto").content.decode()
    admin.post("/settings/people/otto/badge/pin", {"pin": "8264"})
    assert come_in(handheld, code, "8264").status_code == 302


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_way_back_leads_nowhere_else(handheld: Client, code: str, target: str) -> None:
    assert come_in(handheld, code, next=target)["Location"] == "/"


@pytest.mark.parametrize("end", ["badge", "handheld", "access"])
def test_what_is_ended_ends_open_sessions(handheld: Client, code: str, end: str) -> None:
    come_in(handheld, code)
    if end == "badge":
        actions.revoke_badge(username="otto", actor="user:ana")
    elif end == "handheld":
        actions.revoke_handheld(name="Handheld 3", actor="user:ana")
    else:
        actions.deactivate(username="otto", actor="user:ana")
    assert handheld.get("/").status_code == 302
    assert "_auth_user_id" not in handheld.session or end == "access"
    assert come_in(handheld, code).status_code in (403, 422)


def test_a_new_badge_ends_the_old_one(handheld: Client, code: str) -> None:
    new = actions.make_badge(username="otto", pin=PIN, actor="user:ana")[1]
    assert come_in(handheld, code).status_code == 422
    assert come_in(handheld, new).status_code == 302


def test_only_hashes_are_kept_and_none_in_the_history(code: str) -> None:
    badge = Badge.objects.get()
    assert code not in badge.code_hash
    assert PIN not in badge.pin_hash
    table: Any = Badge
    assert not {"pin_hash", "code_hash"} & {field.name for field in table.history.model._meta.get_fields()}
    told = queries.person_changes(queries.person("otto"))
    assert ("user:ana", "badge of otto") in [(one.who, one.what) for one in told]


def test_the_pin_is_hashed_slowly(settings: Any, otto: User) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    actions.make_badge(username="otto", pin=PIN, actor="user:ana")
    assert Badge.objects.get().pin_hash.startswith("argon2")


@pytest.mark.parametrize("pin", ["", "407", "1234", "4321", "9012", "7777", "40a1", "4" * 13, " 4071"])
def test_pins_that_are_refused(otto: User, pin: str) -> None:
    with pytest.raises(Refused) as refused:
        actions.make_badge(username="otto", pin=pin, actor="user:ana")
    assert [fault.field for fault in refused.value.faults] == ["pin"]
    assert not Badge.objects.exists()


def test_the_code_is_shown_once_with_pictures_to_print(admin: Client, otto: User) -> None:
    response = admin.post("/settings/people/otto/badge", {"pin": PIN})
    page = response.content.decode()
    assert response["Cache-Control"] == "no-store"
    assert page.count("data:image/svg+xml;base64,") == 2
    code = page.split('id="badge-code">')[1].split("<")[0]
    assert len(code) == 26
    assert code not in admin.get("/settings/people/otto").content.decode()
    assert admin.post("/settings/people/otto/badge", {"pin": "1111"}).status_code == 422


def test_who_has_no_badge_has_no_pin(otto: User) -> None:
    with pytest.raises(NotFound):
        actions.change_pin(username="otto", pin=PIN, actor="user:otto")


def test_a_person_changes_their_own_pin_after_their_password(
    client: Client, handheld: Client, code: str
) -> None:
    client.force_login(queries.person("otto"))
    asked = client.get("/account/security/pin/")
    assert asked["Location"].startswith("/account/again/")
    client.post(asked["Location"], {"password": GOOD})
    wrong = client.post("/account/security/pin/", {"pin": "8264", "again": "8265"})
    assert (wrong.status_code, "not the same" in wrong.content.decode()) == (422, True)
    client.post("/account/security/pin/", {"pin": "8264", "again": "8264"})
    assert come_in(handheld, code).status_code == 422
    assert come_in(handheld, code, "8264").status_code == 302
    assert queries.person_changes(queries.person("otto"))[0].who == "user:otto"


def test_devices_are_listed_named_once_and_ended(admin: Client, handheld: Client, code: str) -> None:
    again = admin.post("/settings/handhelds/enrol", {"name": "Handheld 3"})
    assert again.status_code == 409
    assert "called Handheld 3 already" in again.content.decode()
    admin.post("/settings/handhelds/Handheld 3/revoke")
    assert come_in(handheld, code).status_code == 403
    assert "ended" in admin.get("/settings/handhelds").content.decode()


def test_an_operator_enrols_nothing(client: Client, otto: User) -> None:
    client.force_login(otto)
    assert client.post("/settings/handhelds/enrol", {"name": "Mine"}).status_code == 403
    assert not Handheld.objects.exists()
