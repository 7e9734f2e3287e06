"""Reads about people and keys."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from lotbook.foundation.accounts import rules
from lotbook.foundation.accounts.models import ApiKey, Badge, Handheld, Role, User
from lotbook.foundation.places.models import Place, PlaceKind
from lotbook.kernel import clock, history
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, NotFound
from lotbook.kernel.prepared import Prepared, Slot


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
    return User.objects.prefetch_related("sites").order_by("-is_active", "username")


def with_rights(people: QuerySet[User]) -> QuerySet[User]:
    """People with what their role grants, in the same statement (``as_granted`` takes it over)."""
    granted = Role.objects.filter(name=OuterRef("role")).values("permissions")[:1]
    due = Exists(Role.objects.filter(name=OuterRef("role"), needs_second_factor=True)) & ~Exists(
        Authenticator.objects.filter(
            user=OuterRef("pk"), type__in=[Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
        )
    )
    return people.annotate(role_permissions=Subquery(granted), second_factor_due=due)


def entering(key: int) -> User | None:
    """The person with this key of the table, as a request needs them: with their rights, one statement."""
    person = with_rights(User.objects.filter(pk=key)).first()
    if person is not None:
        loaded: Any = person
        person.grant(loaded.role_permissions or ())
    return person


def calling(prefix: str) -> ApiKey | None:
    """The API key with this prefix and its owner, with the owner's rights, in one statement."""
    key = _CALLING.first(prefix=prefix)
    if key is not None:
        loaded: Any = key
        key.owner.grant(loaded.role_permissions or ())
    return key


def _keys_with_rights() -> QuerySet[ApiKey]:
    granted = Role.objects.filter(name=OuterRef("owner__role")).values("permissions")[:1]
    rows = ApiKey.objects.select_related("owner").annotate(role_permissions=Subquery(granted))
    return rows.filter(prefix=Slot("prefix"))


_CALLING = Prepared(_keys_with_rights)


def sites() -> QuerySet[Place]:
    """The sites a person can be limited to, by code."""
    return Place.objects.filter(kind=PlaceKind.SITE, is_active=True).order_by("code")


def sites_named(codes: Collection[str]) -> list[Place]:
    """The sites in use with these codes; whoever asks tells which are missing."""
    return list(sites().filter(code__in=[code for code in codes if not storable(code)]))


LIMITED = {
    "user": "SELECT 1 FROM accounts_user_site s JOIN accounts_user u ON u.id = s.user_id"
    " WHERE u.username = %s",
    "key": "SELECT 1 FROM accounts_user_site s JOIN accounts_api_key k ON k.owner_id = s.user_id"
    " WHERE k.prefix = %s",
    "": "SELECT 1 WHERE %s <> ''",
}
"""Whether somebody is limited to sites, as a condition inside another statement: ``EXISTS (…)``."""


def limited(actor: str) -> tuple[str, str]:
    """A condition for SQL, and its one parameter: whether ``actor`` is limited to sites.

    The ledger asks it within a statement it runs anyway: who is not limited costs it none.
    """
    scheme, name = rules.of_actor(actor)
    return f"EXISTS ({LIMITED[scheme]})", name


def allowed_sites(actor: str) -> dict[int, str] | None:
    """The sites ``actor`` may use, key → code; None: all. A key may use its owner's."""
    scheme, name = rules.of_actor(actor)
    if not scheme:
        return None
    who = {"username": name} if scheme == "user" else {"api_keys__prefix": name}
    found = dict(User.objects.filter(sites__isnull=False, **who).values_list("sites__pk", "sites__code"))
    return found or None


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
    return ApiKey.objects.select_related("owner", "replaces").order_by("revoked_at", "-created_at")


ENDS_SOON = timedelta(days=14)


def keys_ending_soon() -> QuerySet[ApiKey]:
    """Keys that work today and end within 14 days, the first to end first."""
    now = clock.now()
    rows = ApiKey.objects.select_related("owner").filter(revoked_at=None, owner__is_active=True)
    return rows.filter(expires_at__gt=now, expires_at__lte=now + ENDS_SOON).order_by("expires_at")


def badge(username: str) -> Badge:
    """The badge of a person; NotFound when they have none."""
    found = Badge.objects.select_related("person").filter(person__username=username).first()
    if found is None:
        raise NotFound(Fault("badge", f"{username[:70]} has no badge.", "An administrator makes one."))
    return found


def badge_held(person: User) -> Badge | None:
    """The badge a person has, in use or not."""
    return Badge.objects.filter(person=person).first()


def badge_of(code_hash: str) -> Badge | None:
    """The badge with this code."""
    return Badge.objects.select_related("person").filter(code_hash=code_hash).first()


def handhelds() -> QuerySet[Handheld]:
    """Every device: those in use first, by name."""
    return Handheld.objects.order_by(F("revoked_at").desc(nulls_first=True), "name")


def handheld(name: str) -> Handheld:
    """The device called ``name``; NotFound otherwise."""
    found = Handheld.objects.filter(name=name).first()
    if found is None:
        raise NotFound(Fault("name", f"no device is called {name[:60]!r}.", "Look in the list of handhelds."))
    return found


def handheld_of(token: str) -> Handheld | None:
    """The device in use whose cookie holds ``token``."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    return Handheld.objects.filter(token_hash=digest, revoked_at=None).first() if token else None


def badge_stands(person: int, handheld: int) -> bool:
    """Whether a session opened by badge may go on: neither the badge nor the device was revoked."""
    badges = Badge.objects.filter(person=person, revoked_at=None)
    return badges.filter(Exists(Handheld.objects.filter(pk=handheld, revoked_at=None))).exists()


def handheld_changes() -> list[history.Change]:
    """Who enrolled and revoked devices, newest first."""
    table: Any = Handheld
    return history.changes(("handheld", table.history.order_by("-history_date")))


def person_changes(person: User) -> list[history.Change]:
    """Who changed what about a person, newest first."""
    table: Any = Badge
    badges = table.history.filter(person_id=person.pk)
    return history.changes(
        (person.username, User.history.filter(id=person.pk)), (f"badge of {person.username}", badges)
    )


def key_changes() -> list[history.Change]:
    """Who changed what about API keys, newest first."""
    return history.changes(("API key", ApiKey.history.order_by("-history_date")))
