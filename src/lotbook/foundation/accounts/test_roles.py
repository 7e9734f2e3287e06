"""Roles as data: what administrators change counts at once, and never locks the book."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from lotbook.foundation.accounts import actions, queries, rules
from lotbook.foundation.accounts.models import Role, User
from lotbook.kernel.errors import Conflict, Refused
from lotbook.kernel.permissions import PERMISSIONS

pytestmark = pytest.mark.django_db

ANA = "user:ana"


def client_of(role: str, name: str = "") -> Client:
    client = Client()
    client.force_login(User.objects.create(username=name or f"the-{role}", role=role))
    return client


def test_a_book_begins_with_the_default_roles() -> None:
    assert {role.name: frozenset(role.permissions) for role in queries.roles()} == rules.ROLES
    assert queries.role_words() == rules.ROLE_WORDS


def test_seeding_again_keeps_what_was_changed() -> None:
    actions.change_role(name="auditor", words="looks", permissions=["web.view"], actor=ANA)
    actions.seed_roles()
    kept = queries.role("auditor")
    assert (kept.words, kept.permissions) == ("looks", ["web.view"])


def test_what_an_upgrade_brings_reaches_the_roles() -> None:
    row = queries.role("auditor")
    Role.objects.filter(pk=row.pk).update(
        permissions=["web.view"], known=[name for name in PERMISSIONS if name != "trace.view"]
    )
    actions.seed_roles()
    assert queries.role("auditor").permissions == ["trace.view", "web.view"]


def test_a_change_counts_with_the_next_request() -> None:
    auditor = client_of("auditor")
    assert auditor.get("/quality/holds").status_code == 200
    actions.change_role(name="auditor", words="looks", permissions=["web.view"], actor=ANA)
    assert auditor.get("/quality/holds").status_code == 403
    assert auditor.get("/").status_code == 200


def test_a_change_counts_for_keys_too() -> None:
    client_of("quality", "quinn")
    made = actions.create_api_key(name="lab", owner="quinn", scopes=["lots.view"], actor=ANA)
    client = Client(headers={"X-API-Key": made.secret})
    assert client.get("/api/v1/lots").status_code == 200
    actions.change_role(name="quality", words="q", permissions=["web.view"], actor=ANA)
    assert client.get("/api/v1/lots").status_code == 403


def test_rights_cost_no_statement_of_their_own(django_assert_num_queries: Any) -> None:
    person = User.objects.create(username="otto", role="operator")
    with django_assert_num_queries(1):
        loaded = queries.entering(person.pk)
        assert loaded is not None
        assert loaded.may("receiving.post")
        assert not loaded.may("lots.release")
    with django_assert_num_queries(1):
        assert [person.may(name) for name in PERMISSIONS].count(True) == len(rules.ROLES["operator"])


def test_an_unknown_role_may_nothing() -> None:
    assert not User(username="eve", role="emperor").may("web.view")


def test_an_own_role() -> None:
    role = actions.create_role(name="Night-Shift", words="works", permissions=["web.view"], actor=ANA)
    assert role.name == "night-shift"
    person = actions.create_user(username="nora", role="night-shift", password="seven brown jars", actor=ANA)
    assert person.may("web.view")
    assert not person.may("lots.view")
    with pytest.raises(Conflict, match="there is a role night-shift already"):
        actions.create_role(name="night-shift", words="works", permissions=["web.view"], actor=ANA)


def test_administrators_are_never_locked_out() -> None:
    with pytest.raises(Refused, match=r"keeps accounts\.manage"):
        actions.change_role(name="administrator", words="x", permissions=["web.view"], actor=ANA)
    Role.objects.filter(name="administrator").update(permissions=[])
    assert client_of("administrator").get("/settings/roles").status_code == 200


def test_history_says_what_was_given_and_taken() -> None:
    before = queries.role("auditor").permissions
    wanted = [name for name in before if name != "trace.view"] + ["lots.hold"]
    actions.change_role(name="auditor", words="looks", permissions=wanted, actor=ANA, reason="audit of May")
    changes = queries.role_changes(queries.role("auditor"))
    told = [(one.who, one.field, one.old, one.new, one.reason) for one in changes]
    assert (ANA, "permissions", "trace.view", "lots.hold", "audit of May") in told


def test_the_page_changes_a_role_and_shows_who_did() -> None:
    admin = client_of("administrator", "ana")
    page = admin.get("/settings/roles/auditor").content.decode()
    assert 'value="trace.view"' in page
    answer = admin.post(
        "/settings/roles/auditor", {"words": "looks", "permissions": ["web.view"], "reason": "May"}
    )
    assert answer["Location"] == "/settings/roles/auditor"
    page = admin.get("/settings/roles/auditor").content.decode()
    assert ">ana<" in page
    assert "May" in page
    assert queries.role("auditor").permissions == ["web.view"]


def test_the_page_refuses_a_lock_out_beside_the_field() -> None:
    admin = client_of("administrator", "ana")
    answer = admin.post("/settings/roles/administrator", {"words": "x", "permissions": ["web.view"]})
    assert answer.status_code == 422
    assert '<a href="#id_permissions">' in answer.content.decode()


def test_a_role_is_added_on_its_page() -> None:
    admin = client_of("administrator", "ana")
    form = {"name": "night-shift", "words": "works at night", "permissions": ["web.view", "lots.view"]}
    assert admin.post("/settings/roles/add", form)["Location"] == "/settings/roles/night-shift"
    assert "night-shift" in admin.get("/settings/roles").content.decode()
    assert "night-shift" in admin.get("/settings/people/add").content.decode()
