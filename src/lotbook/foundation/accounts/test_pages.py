"""The administrators' pages: people and keys."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from lotbook.foundation.accounts import actions, queries
from lotbook.foundation.accounts.models import ApiKey, User
from lotbook.foundation.places import actions as places

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    """Argon2 is slow on purpose; ``test_actions`` sees that it is used."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


GOOD = "seven brown jars"


@pytest.fixture
def admin() -> Client:
    person = actions.create_user(username="ana", role="administrator", password=GOOD, actor="lotbook")
    client = Client()
    client.force_login(person)
    return client


def new(**values: Any) -> dict[str, Any]:
    return {"username": "otto", "role": "operator", "password": GOOD, **values}


def test_a_person_is_added_by_who_did_it(admin: Client) -> None:
    response = admin.post("/settings/people/add", new(first_name="Otto", last_name="Weiß"))
    assert response["Location"] == "/settings/people/otto"
    page = admin.get("/settings/people/otto").content.decode()
    assert "Otto Weiß" in page
    assert "otto can log in now." in page
    assert queries.person_changes(queries.person("otto"))[0].who == "user:ana"


def test_a_refusal_keeps_what_was_typed_and_leads_to_the_field(admin: Client) -> None:
    response = admin.post("/settings/people/add", new(username="ana", first_name="Otto"))
    page = response.content.decode()
    assert response.status_code == 422
    assert '<a href="#id_username">somebody is called ana already.</a>' in page
    assert 'value="Otto"' in page
    assert 'aria-invalid="true"' in page
    assert GOOD not in page


def test_djangos_own_checks_stand_in_the_same_summary(admin: Client) -> None:
    response = admin.post("/settings/people/add", new(email="nowhere", role="emperor"))
    page = response.content.decode()
    assert response.status_code == 422
    assert '<a href="#id_email">' in page
    assert '<a href="#id_role">' in page
    assert not User.objects.filter(username="otto").exists()


def test_role_password_and_access_change(admin: Client) -> None:
    admin.post("/settings/people/add", new())
    admin.post("/settings/people/otto/role", {"role": "shipper"})
    admin.post("/settings/people/otto/password", {"password": "nine green jars"})
    admin.post("/settings/people/otto/access", {"access": "no"})
    person = queries.person("otto")
    assert (person.role, person.is_active, person.check_password("nine green jars")) == (
        "shipper",
        False,
        True,
    )
    admin.post("/settings/people/otto/access", {"access": "yes"})
    assert queries.person("otto").is_active


def test_the_last_administrator_is_told_why_not(admin: Client) -> None:
    response = admin.post("/settings/people/ana/access", {"access": "no"})
    assert response.status_code == 422
    assert "ana is the last administrator." in response.content.decode()


def test_nobody_is_called_that(admin: Client) -> None:
    for answer in (
        admin.get("/settings/people/nobody"),
        admin.post("/settings/people/nobody/role", {"role": "shipper"}),
    ):
        assert answer.status_code == 404
        assert "Nobody is called" in answer.content.decode()


def test_a_key_is_shown_once(admin: Client) -> None:
    form = {"name": "Warehouse system", "owner": "ana", "scopes": ["lots.view", "trace.view"]}
    response = admin.post("/settings/keys/add", form)
    found = re.search(r"lb_\w+", response.content.decode())
    assert found is not None
    secret = re.search(r'id="secret">([^<]+)<', response.content.decode())
    assert secret is not None
    assert response["Cache-Control"] == "no-store"
    key = actions.use_key(secret.group(1))
    assert key is not None
    assert key.scopes == ["lots.view", "trace.view"]
    listed = admin.get("/settings/keys").content.decode()
    assert "Warehouse system" in listed
    assert secret.group(1) not in listed


def test_a_key_is_revoked(admin: Client) -> None:
    made = actions.create_api_key(name="wms", owner="ana", scopes=["lots.view"], actor="user:ana")
    admin.post(f"/settings/keys/{made.key.prefix}/revoke")
    assert ApiKey.objects.get().revoked_at is not None
    assert actions.use_key(made.secret) is None


def test_a_key_without_scopes_is_refused(admin: Client) -> None:
    response = admin.post("/settings/keys/add", {"name": "wms", "owner": "ana"})
    assert response.status_code == 422
    assert '<a href="#id_scopes">' in response.content.decode()


def test_sites_are_given_and_the_history_says_which(admin: Client) -> None:
    for code in ("KIT", "COLD"):
        places.create_place(actor="user:ana", code=code, kind="site")
    admin.post("/settings/people/add", new(sites=["KIT"]))
    person = queries.person("otto")
    assert [site.code for site in person.sites.all()] == ["KIT"]
    admin.post("/settings/people/otto/sites", {"sites": ["COLD", "KIT"]})
    admin.post("/settings/people/otto/sites", {"sites": ["COLD"]})
    assert queries.allowed_sites("user:otto") == {person.sites.get().pk: "COLD"}
    told = [(one.field, one.old, one.new, one.who) for one in queries.person_changes(person)]
    assert told[:2] == [("sites", "COLD, KIT", "COLD", "user:ana"), ("sites", "KIT", "COLD, KIT", "user:ana")]
    assert "Sites: COLD" in admin.get("/settings/people/otto").content.decode()
    assert "COLD" in admin.get("/settings/people").content.decode()
    admin.post("/settings/people/otto/sites", {})
    assert queries.allowed_sites("user:otto") is None


def test_a_site_nobody_knows_is_refused(admin: Client) -> None:
    admin.post("/settings/people/add", new())
    answer = admin.post("/settings/people/otto/sites", {"sites": ["MOON"]})
    assert answer.status_code == 422
    assert "there is no site &#x27;MOON&#x27;." in answer.content.decode()
