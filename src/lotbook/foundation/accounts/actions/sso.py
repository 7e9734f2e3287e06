"""Who comes in through the organisation's own login (OpenID Connect)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from lotbook.foundation.accounts import queries, rules
from lotbook.foundation.accounts.actions.people import set_role
from lotbook.foundation.accounts.models import User
from lotbook.kernel import history
from lotbook.kernel.errors import Conflict, Fault, Refused

SSO = "lotbook"
"""Who changes a role when the organisation's login says so."""


@transaction.atomic
def person_of_claims(
    *, person: User | None, claims: Mapping[str, Any], claim: str, mapping: Mapping[str, str]
) -> User:
    """The person the organisation's login speaks of, with the role its claim gives; made when new.

    ``person`` is whom the login is connected with already. With a ``mapping`` (group → role) the claim
    decides about role and access at each login; without, people are added and given roles here.
    """
    role = rules.role_of_claims(claims, claim, mapping)
    if mapping and role is None:
        cause = f"your login gives you no role in Lotbook (claim {claim!r})."
        raise Refused(Fault("", cause, "Ask whoever keeps your login.", "no_role"), status=403)
    if person is not None:
        if role is not None and role != person.role:
            set_role(username=person.username, role=role, actor=SSO)
            person.refresh_from_db()
        return person
    if role is None:
        cause = "your login is not connected with a person in Lotbook."
        remedy = "Log in with your password and connect it under Login and security, or ask an administrator."
        raise Refused(Fault("", cause, remedy, "not_connected"), status=403)
    return _new(claims, role)


def _new(claims: Mapping[str, Any], role: str) -> User:
    username = rules.username_of_claims(claims)
    faults = rules.username_faults(username) + rules.role_faults(role, list(queries.role_words()))
    if faults:
        raise Refused(faults)
    if User.objects.filter(username=username).exists():
        cause = f"somebody is called {username} already."
        remedy = "If it is you: log in with your password and connect the login under Login and security."
        raise Conflict(Fault("username", cause, remedy, "taken"))
    person = User(
        username=username,
        role=role,
        first_name=str(claims.get("given_name") or "")[:150],
        last_name=str(claims.get("family_name") or "")[:150],
        email=str(claims.get("email") or "")[:254],
    )
    person.set_unusable_password()
    history.save(person, actor=SSO, reason="first login through the organisation's login")
    return person
