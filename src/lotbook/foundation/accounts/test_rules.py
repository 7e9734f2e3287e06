"""What each role may do."""

from __future__ import annotations

import pytest

from lotbook.foundation.accounts import rules
from lotbook.kernel.permissions import PERMISSIONS

pytestmark = pytest.mark.once


def test_an_administrator_may_everything_there_is() -> None:
    assert rules.ROLES[rules.ADMINISTRATOR] == set(PERMISSIONS)


@pytest.mark.parametrize("role", rules.ROLES)
def test_every_role_gives_permissions_that_exist_and_says_what_it_is(role: str) -> None:
    assert rules.ROLES[role] <= set(PERMISSIONS)
    assert rules.ROLES[role] >= rules.SEE
    assert rules.ROLE_WORDS[role]


def test_an_auditor_changes_nothing() -> None:
    assert {name.split(".")[1] for name in rules.ROLES["auditor"]} == {"view"}


def test_only_administrators_manage_people() -> None:
    assert [role for role in rules.ROLES if rules.may(role, "accounts.manage")] == ["administrator"]


@pytest.mark.parametrize("role", ["operator", "receiver", "production", "shipper", "auditor", "planner"])
def test_the_floor_neither_releases_nor_overrides(role: str) -> None:
    assert not {"lots.release", "ledger.override", "ledger.reverse"} & rules.ROLES[role]


def test_an_unknown_role_may_nothing() -> None:
    assert not rules.may("emperor", "web.view")


@pytest.mark.parametrize("name", ["ana", "ana.lopez", "7up", "a-b_c"])
def test_names_that_are_taken(name: str) -> None:
    assert rules.username_faults(name) == []


@pytest.mark.parametrize("name", ["", "Ana", "ana lopez", "-ana", "ana:x", "a" * 61, "ána", "ana\n"])
def test_names_that_are_refused_with_a_remedy(name: str) -> None:
    (fault,) = rules.username_faults(name)
    assert fault.field == "username"
    assert "ana.lopez" in fault.remedy


@pytest.mark.parametrize(
    ("scopes", "role", "words"),
    [
        ([], "administrator", "without scopes"),
        (["lots.fly"], "administrator", "no permission 'lots.fly'"),
        (["lots.hold"], "auditor", "may not do lots.hold"),
    ],
)
def test_scopes_that_are_refused(scopes: list[str], role: str, words: str) -> None:
    (fault,) = rules.scope_faults(scopes, role)
    assert words in fault.cause


def test_scopes_within_the_role_are_taken() -> None:
    assert rules.scope_faults(["lots.view", "trace.view"], "auditor") == []


@pytest.mark.parametrize("secret", ["", "lb_", "lb__x", "xx_abc_def", "lb_abc", "lb_abc_", "abc"])
def test_what_is_no_key_has_no_prefix(secret: str) -> None:
    assert rules.key_prefix(secret) is None


def test_a_secret_with_underscores_keeps_its_prefix() -> None:
    assert rules.key_prefix("lb_abc_d_e_f") == "abc"
