"""People: added, given a role, sites, a password, and their access taken or given back."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from lotbook.foundation.accounts import queries, rules
from lotbook.foundation.accounts.models import User
from lotbook.kernel import history
from lotbook.kernel.errors import Conflict, Fault, Refused


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
    person = locked(username)
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
    person = locked(username)
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
    person = locked(username)
    faults = _password_faults(password, person)
    if faults:
        raise Refused(faults)
    person.set_password(password)
    history.save(person, actor=actor, reason="new password")
    return person


@transaction.atomic
def deactivate(*, username: str, actor: str) -> User:
    """Take a person's access away: login, sessions and the keys they own. Their name stays in the events."""
    person = locked(username)
    _keep_an_administrator(person)
    if person.is_active:
        person.is_active = False
        history.save(person, actor=actor)
    return person


@transaction.atomic
def reactivate(*, username: str, actor: str) -> User:
    """Give a person their access back."""
    person = locked(username)
    if not person.is_active:
        person.is_active = True
        history.save(person, actor=actor)
    return person


def locked(username: str) -> User:
    """The person, their row locked until the transaction ends; NotFound otherwise."""
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
