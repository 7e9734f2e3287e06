"""Roles: the defaults put in, and what administrators make of them."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from lotbook.foundation.accounts import queries, rules
from lotbook.foundation.accounts.models import Role
from lotbook.kernel import history
from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.kernel.permissions import PERMISSIONS


def seed_roles() -> None:
    """Have every default role in the book, with the permissions that are new since it was last seeded."""
    kept = {role.name: role for role in Role.objects.all()}
    every = list(PERMISSIONS)
    for name, words in rules.ROLE_WORDS.items():
        role = kept[name] if name in kept else Role(name=name, words=words)
        permissions = rules.seeded(name, role.permissions, role.known, every)
        if role._state.adding or permissions != role.permissions:
            role.permissions, role.known = permissions, every
            history.save(role, actor="lotbook", reason="defaults of this version")
        elif role.known != every:
            Role.objects.filter(pk=role.pk).update(known=every)


@transaction.atomic
def create_role(
    *, name: str, words: str, permissions: Collection[str], actor: str, needs_second_factor: bool = False
) -> Role:
    """Add a role. Refuses a name that is taken or malformed, and permissions that do not exist."""
    name, words = name.strip().lower(), words.strip()
    faults = rules.new_role_faults(name, words) + rules.permission_faults(name, permissions, PERMISSIONS)
    if faults:
        raise Refused(faults)
    taken = Fault("name", f"there is a role {name} already.", "Choose another name.", "taken")
    if Role.objects.filter(name=name).exists():
        raise Conflict(taken)
    role = Role(
        name=name,
        words=words,
        permissions=rules.in_order(permissions),
        known=list(PERMISSIONS),
        needs_second_factor=needs_second_factor,
    )
    with history.unique("name", taken.cause, taken.remedy):
        history.save(role, actor=actor)
    return role


@transaction.atomic
def change_role(
    *,
    name: str,
    words: str,
    permissions: Collection[str],
    actor: str,
    needs_second_factor: bool = False,
    reason: str = "",
) -> Role:
    """Let people of a role do other things, from their next request on. Administrators keep managing."""
    queries.role(name)
    role = Role.objects.select_for_update().get(name=name)
    words = words.strip()
    faults = rules.new_role_faults(name, words) + rules.permission_faults(name, permissions, PERMISSIONS)
    if faults:
        raise Refused(faults)
    wanted = rules.in_order(permissions)
    if (role.words, role.permissions, role.needs_second_factor) != (words, wanted, needs_second_factor):
        role.words, role.permissions, role.needs_second_factor = words, wanted, needs_second_factor
        history.save(role, actor=actor, reason=reason)
    return role
