"""People and keys: added, changed, taken away, each with its line in the history."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from lotbook.foundation.accounts import actions, queries
from lotbook.foundation.accounts.models import ApiKey, User
from lotbook.kernel import clock, sql
from lotbook.kernel.errors import Conflict, NotFound, Refused

pytestmark = pytest.mark.django_db

GOOD = "seven brown jars"


def add(name: str = "ana", role: str = "administrator") -> User:
    return actions.create_user(username=name, role=role, password=GOOD, actor="lotbook")


def key(owner: str = "ana", **more: Any) -> actions.NewKey:
    values: dict[str, Any] = {"name": "wms", "scopes": ["lots.view"], "actor": "user:ana", **more}
    return actions.create_api_key(owner=owner, **values)


def test_a_person_can_log_in_and_may_what_their_role_may() -> None:
    person = add("Otto ", "operator")
    assert person.username == "otto"
    assert person.check_password(GOOD)
    assert person.password.startswith("argon2")
    assert person.may("receiving.post")
    assert not person.may("lots.release")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"username": "no spaces"}, "username"),
        ({"role": "emperor"}, "role"),
        ({"password": "short"}, "password"),
        ({"password": "password123"}, "password"),
    ],
)
def test_a_person_is_refused_with_the_field_named(values: dict[str, str], field: str) -> None:
    given = {"username": "otto", "role": "operator", "password": GOOD, **values}
    with pytest.raises(Refused) as refused:
        actions.create_user(**given, actor="lotbook")
    assert {fault.field for fault in refused.value.faults} == {field}
    assert not User.objects.exists()


def test_a_name_is_given_once() -> None:
    add()
    with pytest.raises(Conflict, match="somebody is called ana already"):
        add("ANA", "auditor")


def test_the_last_administrator_stays() -> None:
    add()
    with pytest.raises(Refused, match="last administrator"):
        actions.set_role(username="ana", role="auditor", actor="user:ana")
    with pytest.raises(Refused, match="last administrator"):
        actions.deactivate(username="ana", actor="user:ana")
    person = queries.person("ana")
    assert (person.role, person.is_active) == ("administrator", True)


def test_one_of_two_administrators_may_go_but_a_closed_one_does_not_count() -> None:
    add()
    add("eve")
    actions.deactivate(username="eve", actor="user:ana")
    with pytest.raises(Refused, match="last administrator"):
        actions.set_role(username="ana", role="auditor", actor="user:ana")
    actions.reactivate(username="eve", actor="user:ana")
    actions.set_role(username="ana", role="auditor", actor="user:eve")
    assert queries.person("ana").role == "auditor"


def test_nobody_is_called_that() -> None:
    with pytest.raises(NotFound):
        actions.set_role(username="nobody", role="auditor", actor="user:ana")


def test_history_says_who_changed_what_and_keeps_no_password() -> None:
    add()
    person = add("otto", "operator")
    actions.set_role(username="otto", role="shipper", actor="user:ana")
    actions.set_password(username="otto", password="nine green jars", actor="user:ana")
    seen = [(change.who, change.field, change.old, change.new) for change in queries.person_changes(person)]
    assert ("user:ana", "role", "operator", "shipper") in seen
    table: Any = User
    columns = {field.name for field in table.history.model._meta.get_fields()}
    assert "password" not in columns
    assert "role" in columns
    last = table.history.filter(id=person.pk).first()
    assert last.history_change_reason == "user:ana · new password"


def test_a_login_is_noted_without_a_line_of_history(client: Any) -> None:
    person = add("otto", "operator")
    client.force_login(person)
    table: Any = User
    assert table.history.filter(id=person.pk).count() == 1
    assert queries.person("otto").last_login is not None


def test_only_the_hash_of_a_key_is_kept() -> None:
    add()
    made = key()
    kept = ApiKey.objects.get()
    assert kept.key_hash == hashlib.sha256(made.secret.encode()).hexdigest()
    assert made.secret.startswith(f"lb_{kept.prefix}_")
    values = " ".join(str(value) for value in ApiKey.objects.values_list().get())
    assert made.secret.split("_", 2)[2] not in values
    table: Any = ApiKey
    assert "key_hash" not in {field.name for field in table.history.model._meta.get_fields()}


def test_a_key_opens_until_it_is_revoked_expired_or_its_owner_closed() -> None:
    add()
    add("otto", "operator")
    made = key("otto")
    used = actions.use_key(made.secret)
    assert used is not None
    assert (used.owner.username, used.scopes) == ("otto", ["lots.view"])
    assert ApiKey.objects.get().last_used_at is not None
    actions.deactivate(username="otto", actor="user:ana")
    assert actions.use_key(made.secret) is None
    actions.reactivate(username="otto", actor="user:ana")
    assert actions.use_key(made.secret) is not None
    ApiKey.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert actions.use_key(made.secret) is None
    ApiKey.objects.update(expires_at=None)
    actions.revoke_api_key(prefix=used.prefix, actor="user:ana")
    assert actions.use_key(made.secret) is None


def test_a_wrong_secret_opens_nothing() -> None:
    add()
    made = key()
    assert actions.use_key(made.secret[:-1]) is None
    assert actions.use_key(made.secret + "x") is None
    assert actions.use_key("lb_nothere1_secret") is None


def test_use_is_noted_once_a_minute() -> None:
    add()
    made = key()
    actions.use_key(made.secret)
    with sql.counted() as asked:
        actions.use_key(made.secret)
    assert [text.split()[0] for text in asked] == ["SELECT"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["lots.fly"]}, "scopes"),
        ({"name": " "}, "name"),
        ({"expires_at": clock.now() - timedelta(days=1)}, "expires_at"),
    ],
)
def test_a_key_is_refused_with_the_field_named(values: dict[str, Any], field: str) -> None:
    add()
    with pytest.raises(Refused) as refused:
        key(**values)
    assert [fault.field for fault in refused.value.faults] == [field]
    assert not ApiKey.objects.exists()


def test_a_key_may_not_more_than_its_owner() -> None:
    add()
    add("aud", "auditor")
    with pytest.raises(Refused, match=r"may not do lots\.hold"):
        key("aud", scopes=["lots.hold"])


def test_revoking_is_kept_in_the_history() -> None:
    add()
    made = key()
    actions.revoke_api_key(prefix=made.key.prefix, actor="user:ana")
    actions.revoke_api_key(prefix=made.key.prefix, actor="user:ana")
    assert [change.field for change in queries.key_changes()] == ["revoked at", ""]
