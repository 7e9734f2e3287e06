"""Reads about people and keys."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from lotbook.foundation.accounts.models import ApiKey, Role, User
from lotbook.kernel import history
from lotbook.kernel.errors import Fault, NotFound


def person(username: str) -> User:
    """The person called ``username``; NotFound otherwise."""
    found = User.objects.filter(username=username).first()
    if found is None:
        raise NotFound(
            Fault("username", f"nobody is called {username[:70]!r}.", "Look in the list of people.")
        )
    return found


def people() -> QuerySet[User]:
    """Everybody: the active first, by name."""
    return User.objects.order_by("-is_active", "username")


def with_rights(people: QuerySet[User]) -> QuerySet[User]:
    """People with what their role grants, in the same statement (``as_granted`` takes it over)."""
    granted = Role.objects.filter(name=OuterRef("role")).values("permissions")[:1]
    return people.annotate(role_permissions=Subquery(granted))


def entering(key: int) -> User | None:
    """The person with this key of the table, as a request needs them: with their rights, one statement."""
    person = with_rights(User.objects.filter(pk=key)).first()
    if person is not None:
        loaded: Any = person
        person.grant(loaded.role_permissions or ())
    return person


def calling(prefix: str) -> ApiKey | None:
    """The API key with this prefix and its owner, with the owner's rights, in one statement."""
    granted = Role.objects.filter(name=OuterRef("owner__role")).values("permissions")[:1]
    rows = ApiKey.objects.select_related("owner").annotate(role_permissions=Subquery(granted))
    key = rows.filter(prefix=prefix).first()
    if key is not None:
        loaded: Any = key
        key.owner.grant(loaded.role_permissions or ())
    return key


def roles() -> QuerySet[Role]:
    """Every role, in the order they were made."""
    return Role.objects.order_by("pk")


def people_of(role: str) -> QuerySet[User]:
    """The people of a role, by name."""
    return User.objects.filter(role=role).order_by("username")


def role_words() -> dict[str, str]:
    """Role → what the person does."""
    return dict(roles().values_list("name", "words"))


def role(name: str) -> Role:
    """The role called ``name``; NotFound otherwise."""
    found = Role.objects.filter(name=name).first()
    if found is None:
        raise NotFound(Fault("role", f"there is no role {name[:40]!r}.", "Look in the list of roles."))
    return found


def role_changes(one: Role) -> list[history.Change]:
    """Who changed what about a role, newest first: of the permissions, those taken and those given."""
    table: Any = Role
    rows = list(table.history.filter(id=one.pk))
    granted = {row.history_date: row.permissions for row in rows}
    before: dict[Any, list[str]] = {}
    for early, late in zip(sorted(granted), sorted(granted)[1:], strict=False):
        before[late] = granted[early]
    return [
        replace(
            change,
            old=", ".join(name for name in before[change.at] if name not in granted[change.at]),
            new=", ".join(name for name in granted[change.at] if name not in before[change.at]),
        )
        if change.field == "permissions" and change.at in before
        else change
        for change in history.changes(("role", rows))
    ]


def key(prefix: str) -> ApiKey:
    """The key with this prefix; NotFound otherwise."""
    found = ApiKey.objects.select_related("owner").filter(prefix=prefix).first()
    if found is None:
        raise NotFound(Fault("prefix", f"there is no key {prefix[:20]!r}.", "Look in the list of API keys."))
    return found


def api_keys() -> QuerySet[ApiKey]:
    """Every key: the unrevoked first, the newest first."""
    return ApiKey.objects.select_related("owner").order_by("revoked_at", "-created_at")


def person_changes(person: User) -> list[history.Change]:
    """Who changed what about a person, newest first."""
    return history.changes((person.username, User.history.filter(id=person.pk)))


def key_changes() -> list[history.Change]:
    """Who changed what about API keys, newest first."""
    return history.changes(("API key", ApiKey.history.order_by("-history_date")))
