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
    assert [role for role in rules.ROLES if "accounts.manage" in rules.ROLES[role]] == ["administrator"]


def test_an_administrator_keeps_managing_whatever_the_row_says() -> None:
    assert rules.effective("administrator", []) == rules.KEEPS
    assert rules.effective("auditor", ["lots.view"]) == {"lots.view"}


def test_an_upgrade_gives_a_role_what_is_new_and_nothing_that_was_taken() -> None:
    every = ["lots.view", "lots.hold", "trace.view", "web.view"]
    assert rules.seeded("receiver", ["web.view"], ["web.view", "lots.view"], every) == [
        "lots.hold",
        "trace.view",
        "web.view",
    ]


def test_a_permission_that_is_gone_leaves_the_role() -> None:
    assert rules.seeded("auditor", ["web.view", "old.thing"], ["web.view"], ["web.view"]) == ["web.view"]


@pytest.mark.parametrize("name", ["", "a", "Night", "night shift", "7up", "n" * 21])
def test_names_of_roles_that_are_refused(name: str) -> None:
    (fault,) = rules.new_role_faults(name, "works at night")
    assert (fault.field, "night-shift" in fault.remedy) == ("name", True)


@pytest.mark.parametrize(
    ("role", "permissions", "words"),
    [
        ("auditor", ["web.view", "lots.fly"], "no permission 'lots.fly'"),
        ("auditor", ["lots.view"], "could not log in"),
        ("administrator", ["web.view"], "keeps accounts.manage"),
    ],
)
def test_permissions_a_role_can_not_have(role: str, permissions: list[str], words: str) -> None:
    (fault,) = rules.permission_faults(role, permissions, PERMISSIONS)
    assert words in fault.cause


@pytest.mark.parametrize("role", ["operator", "receiver", "production", "shipper", "auditor", "planner"])
def test_the_floor_neither_releases_nor_overrides(role: str) -> None:
    assert not {"lots.release", "ledger.override", "ledger.reverse"} & rules.ROLES[role]


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
    (fault,) = rules.scope_faults(scopes, rules.ROLES[role], PERMISSIONS)
    assert words in fault.cause


def test_scopes_within_the_role_are_taken() -> None:
    assert rules.scope_faults(["lots.view", "trace.view"], rules.ROLES["auditor"], PERMISSIONS) == []


@pytest.mark.parametrize("secret", ["", "lb_", "lb__x", "xx_abc_def", "lb_abc", "lb_abc_", "abc"])
def test_what_is_no_key_has_no_prefix(secret: str) -> None:
    assert rules.key_prefix(secret) is None


def test_a_secret_with_underscores_keeps_its_prefix() -> None:
    assert rules.key_prefix("lb_abc_d_e_f") == "abc"
