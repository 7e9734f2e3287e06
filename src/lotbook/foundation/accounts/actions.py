"""Everything that changes people and keys. Each change is kept in the history."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from lotbook.foundation.accounts import queries, rules
from lotbook.foundation.accounts.models import ApiKey, Role, User
from lotbook.kernel import clock, history
from lotbook.kernel.errors import Conflict, Fault, Refused
from lotbook.kernel.permissions import PERMISSIONS

KEY_NAME_MAX = 100
PREFIX_CHARACTERS = "abcdefghijkmnpqrstuvwxyz23456789"
USE_NOTED_EVERY = timedelta(minutes=1)
"""A key in use is noted once a minute: a write per request would cost more than the request."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. ``secret`` is shown this once: only its hash is kept."""

    key: ApiKey
    secret: str


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
def create_role(*, name: str, words: str, permissions: Collection[str], actor: str) -> Role:
    """Add a role. Refuses a name that is taken or malformed, and permissions that do not exist."""
    name, words = name.strip().lower(), words.strip()
    faults = rules.new_role_faults(name, words) + rules.permission_faults(name, permissions, PERMISSIONS)
    if faults:
        raise Refused(faults)
    taken = Fault("name", f"there is a role {name} already.", "Choose another name.", "taken")
    if Role.objects.filter(name=name).exists():
        raise Conflict(taken)
    role = Role(name=name, words=words, permissions=rules.in_order(permissions), known=list(PERMISSIONS))
    with history.unique("name", taken.cause, taken.remedy):
        history.save(role, actor=actor)
    return role


@transaction.atomic
def change_role(*, name: str, words: str, permissions: Collection[str], actor: str, reason: str = "") -> Role:
    """Let people of a role do other things, from their next request on. Administrators keep managing."""
    queries.role(name)
    role = Role.objects.select_for_update().get(name=name)
    words = words.strip()
    faults = rules.new_role_faults(name, words) + rules.permission_faults(name, permissions, PERMISSIONS)
    if faults:
        raise Refused(faults)
    wanted = rules.in_order(permissions)
    if (role.words, role.permissions) != (words, wanted):
        role.words, role.permissions = words, wanted
        history.save(role, actor=actor, reason=reason)
    return role


@transaction.atomic
def create_user(
    *,
    username: str,
    role: str,
    password: str,
    actor: str,
    first_name: str = "",
    last_name: str = "",
    email: str = "",
    sites: Collection[str] = (),
) -> User:
    """Add a person, who works at ``sites`` (codes; none: at all of them).

    Refuses a name that is taken or malformed, an unknown role or site, a weak password.
    """
    username = username.strip().lower()
    person = User(username=username, role=role, first_name=first_name, last_name=last_name, email=email)
    faults = [*rules.username_faults(username), *_role_faults(role), *_password_faults(password, person)]
    known = queries.sites_named(sites)
    faults += rules.site_faults(sites, {site.code for site in known})
    if faults:
        raise Refused(faults)
    if User.objects.filter(username=username).exists():
        raise Conflict(_taken(username))
    person.set_password(password)
    person.site_codes = rules.said(sites)
    with history.unique("username", _taken(username).cause, _taken(username).remedy):
        history.save(person, actor=actor)
    person.sites.set(known)
    return person


@transaction.atomic
def set_sites(*, username: str, sites: Collection[str], actor: str) -> User:
    """Let a person (and the keys they own) use the own places of ``sites`` alone; none: of all sites."""
    person = _locked(username)
    known = queries.sites_named(sites)
    faults = rules.site_faults(sites, {site.code for site in known})
    if faults:
        raise Refused(faults)
    if set(person.sites.values_list("pk", flat=True)) != {site.pk for site in known}:
        person.site_codes = rules.said(sites)
        history.save(person, actor=actor)
        person.sites.set(known)
    return person


@transaction.atomic
def set_role(*, username: str, role: str, actor: str) -> User:
    """Give a person another role. Refuses to take the last administrator away."""
    faults = _role_faults(role)
    if faults:
        raise Refused(faults)
    person = _locked(username)
    if person.role == role:
        return person
    if role != rules.ADMINISTRATOR:
        _keep_an_administrator(person)
    person.role = role
    history.save(person, actor=actor)
    return person


@transaction.atomic
def set_password(*, username: str, password: str, actor: str) -> User:
    """Give a person a new password; sessions of the old one end. Refuses a weak one."""
    person = _locked(username)
    faults = _password_faults(password, person)
    if faults:
        raise Refused(faults)
    person.set_password(password)
    history.save(person, actor=actor, reason="new password")
    return person


@transaction.atomic
def deactivate(*, username: str, actor: str) -> User:
    """Take a person's access away: login, sessions and the keys they own. Their name stays in the events."""
    person = _locked(username)
    _keep_an_administrator(person)
    if person.is_active:
        person.is_active = False
        history.save(person, actor=actor)
    return person


@transaction.atomic
def reactivate(*, username: str, actor: str) -> User:
    """Give a person their access back."""
    person = _locked(username)
    if not person.is_active:
        person.is_active = True
        history.save(person, actor=actor)
    return person


@transaction.atomic
def create_api_key(
    *, name: str, owner: str, scopes: Collection[str], actor: str, expires_at: datetime | None = None
) -> NewKey:
    """Make a key that may do ``scopes`` for ``owner`` (a username). The secret is given back this once."""
    person = queries.person(owner)
    name = name.strip()
    faults = rules.scope_faults(scopes, person.granted(), PERMISSIONS)
    if not 0 < len(name) <= KEY_NAME_MAX:
        faults.append(
            Fault("name", f"expected 1 to {KEY_NAME_MAX} characters.", "Say what program uses the key.")
        )
    if expires_at is not None and expires_at <= clock.now():
        faults.append(Fault("expires_at", "the day lies in the past.", "Choose a later day, or none."))
    if not person.is_active:
        faults.append(Fault("owner", f"{owner} has no access any more.", "Choose somebody active."))
    if faults:
        raise Refused(faults)
    prefix = "".join(secrets.choice(PREFIX_CHARACTERS) for _ in range(8))
    secret = f"lb_{prefix}_{secrets.token_urlsafe(32)}"
    key = ApiKey(
        name=name,
        prefix=prefix,
        key_hash=_hash(secret),
        scopes=rules.in_order(scopes),
        owner=person,
        created_at=clock.now(),
        expires_at=expires_at,
    )
    history.save(key, actor=actor)
    return NewKey(key, secret)


@transaction.atomic
def revoke_api_key(*, prefix: str, actor: str) -> ApiKey:
    """End a key now and for good. Revoking it again changes nothing."""
    key = queries.key(prefix)
    if key.revoked_at is None:
        key.revoked_at = clock.now()
        history.save(key, actor=actor)
    return key


def use_key(secret: str) -> ApiKey | None:
    """The key a program sent, when it is known, unrevoked, unexpired and its owner active; else None.

    The caller sets ``request.user = key.owner``, ``request.api_key = key`` and
    ``request.api_key_scopes = frozenset(key.scopes)``.
    """
    prefix = rules.key_prefix(secret)
    if prefix is None:
        return None
    key = queries.calling(prefix)
    if key is None or not hmac.compare_digest(key.key_hash, _hash(secret)):
        return None
    now = clock.now()
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        return None
    if not key.owner.is_active:
        return None
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
    if key.last_used_at is None or key.last_used_at < now - USE_NOTED_EVERY:
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
    return key


def _hash(secret: str) -> str:
    # 256 random bits need no slow hash: there is nothing to guess.
    return hashlib.sha256(secret.encode()).hexdigest()


def _locked(username: str) -> User:
    queries.person(username)
    return User.objects.select_for_update().get(username=username)


def _keep_an_administrator(leaving: User) -> None:
    """Refuse when ``leaving`` is the only administrator; the rows stay locked until it is decided."""
    if leaving.role != rules.ADMINISTRATOR or not leaving.is_active:
        return
    administrators = User.objects.select_for_update().filter(role=rules.ADMINISTRATOR, is_active=True)
    if {person.pk for person in administrators.order_by("pk")} == {leaving.pk}:
        raise Refused(
            Fault(
                "role",
                f"{leaving.username} is the last administrator.",
                "Make somebody else administrator first.",
                "last_administrator",
            )
        )


def _role_faults(role: str) -> list[Fault]:
    return rules.role_faults(role, list(queries.roles().values_list("name", flat=True)))


def _password_faults(password: str, person: User) -> list[Fault]:
    try:
        validate_password(password, person)
    except ValidationError as problem:
        return [Fault("password", message, code="weak") for message in problem.messages]
    return []


def _taken(username: str) -> Fault:
    return Fault("username", f"somebody is called {username} already.", "Choose another name.", "taken")
