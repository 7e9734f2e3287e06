"""``lotbook user`` and ``lotbook key``."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import Client
from tests import cast

from lotbook.config.main import main
from lotbook.foundation.accounts import actions, queries

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    """Argon2 is slow on purpose; ``test_actions`` sees that it is used."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def run(*words: str) -> int:
    return main(words)


def test_a_person_is_added_with_a_password_made_for_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("user", "add", "ana", "--role", "administrator", "--generate") == 0
    out = capsys.readouterr().out
    password = out.split("Password: ")[1].strip()
    assert queries.person("ana").check_password(password)


def test_a_password_may_come_from_a_pipe(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("seven brown jars\n"))
    assert run("user", "add", "ana", "--role", "auditor", "--password-stdin") == 0
    assert "seven" not in capsys.readouterr().out
    assert queries.person("ana").check_password("seven brown jars")


def test_a_refusal_says_why_and_ends_with_one(capsys: pytest.CaptureFixture[str]) -> None:
    run("user", "add", "ana", "--role", "administrator", "--generate")
    assert run("user", "add", "ana", "--role", "administrator", "--generate") == 1
    assert run("user", "role", "ana", "auditor") == 1
    errors = capsys.readouterr().err
    assert "somebody is called ana already" in errors
    assert "last administrator" in errors


def test_a_role_nobody_knows_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("user", "add", "ana", "--role", "emperor", "--generate") == 1
    assert "expected one of operator, receiver" in capsys.readouterr().err


def test_the_secret_of_a_key_stands_alone_on_standard_output(capsys: pytest.CaptureFixture[Any]) -> None:
    run("user", "add", "ana", "--role", "administrator", "--generate")
    capsys.readouterr()
    assert run("key", "add", "wms", "--owner", "ana", "--scope", "lots.view", "--until", "2999-12-31") == 0
    secret = capsys.readouterr().out.strip()
    key = actions.use_key(secret)
    assert key is not None
    assert key.expires_at is not None
    assert run("key", "revoke", key.prefix) == 0
    assert actions.use_key(secret) is None
    assert run("key", "list") == 0
    assert "revoked" in capsys.readouterr().out


def test_a_day_that_is_none_is_a_usage_error() -> None:
    with pytest.raises(SystemExit) as stopped:
        run("key", "add", "wms", "--owner", "ana", "--scope", "lots.view", "--until", "soon")
    assert stopped.value.code == 2


def test_the_sites_of_a_person_hold_on_every_way_in(capsys: pytest.CaptureFixture[str]) -> None:
    """Page, API with a session, and API with a key: goods at another site stay, in words and with 403."""
    world = cast.small()
    cast.receive(world, world.tumbling, world.tomatoes, "TOM-1", "10", place=world.cold)
    cast.receive(world, world.tumbling, world.tomatoes, "TOM-1", "10")
    person = cast.person("otto")
    assert run("user", "sites", "otto", "KIT") == 0
    assert "otto may move goods at KIT now." in capsys.readouterr().out
    assert run("user", "sites", "otto", "MOON") == 1
    key = actions.create_api_key(name="scanner", owner="otto", scopes=["shipping.post"], actor="lotbook")
    session = Client()
    session.force_login(person)
    program = Client(headers={"X-API-Key": key.secret})

    def ship(client: Client, place: str) -> Any:
        lines = [{"item": "RM-TOMATO", "lot": "TOM-1", "quantity": "1"}]
        body = {"customer": "C001", "place": place, "lines": lines}
        return client.post("/api/v1/shipments", body, content_type="application/json")

    for client, who in ((session, "user:otto"), (program, f"key:{key.key.prefix}")):
        refused = ship(client, "COLD")
        assert refused.status_code == 403
        told = f"COLD is at COLD; {who} works at KIT."
        assert told in [fault["cause"] for fault in refused.json()["faults"]]
        assert ship(client, "KIT-DRY").status_code == 201
    assert run("user", "sites", "otto") == 0
    assert ship(session, "COLD").status_code == 201
