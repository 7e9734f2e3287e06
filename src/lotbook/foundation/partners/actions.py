"""Writing partners and locations: every field checked, one transaction, history kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from lotbook.foundation.partners import queries, rules
from lotbook.foundation.partners.models import Location, Partner
from lotbook.kernel import history
from lotbook.kernel.errors import Conflict, Fault

FASTER = "was just given to another one by somebody else."


@transaction.atomic
def create_partner(
    *,
    actor: str,
    code: str,
    name: str,
    is_supplier: bool = False,
    is_customer: bool = False,
    is_carrier: bool = False,
    is_contract_maker: bool = False,
    gln: str | None = None,
    email: str = "",
    phone: str = "",
    language: str = "",
    attributes: Mapping[str, Any] | None = None,
    reason: str = "",
) -> Partner:
    """Make a partner. Raises Refused with every fault, Conflict when the code or GLN is taken."""
    values = rules.read_partner(
        {
            "code": code, "name": name, "is_supplier": is_supplier, "is_customer": is_customer,
            "is_carrier": is_carrier, "is_contract_maker": is_contract_maker, "gln": gln, "email": email,
            "phone": phone, "language": language, "attributes": attributes,
        }
    )  # fmt: skip
    _taken(values, 0)
    partner = Partner(**values)
    with history.unique("code", f"the code {code} or the GLN {FASTER}"):
        history.save(partner, actor=actor, reason=reason)
    return partner


@transaction.atomic
def amend_partner(*, actor: str, uid: UUID | str, changes: Mapping[str, Any], reason: str = "") -> Partner:
    """Change the fields in ``changes`` (as in ``create_partner``, and ``is_active``)."""
    partner = Partner.objects.select_for_update().get(pk=queries.partner(uid).pk)
    values = rules.read_partner(changes)
    _taken(values, partner.pk)
    changed = [name for name, value in values.items() if getattr(partner, name) != value]
    for name in changed:
        setattr(partner, name, values[name])
    if changed:
        with history.unique("code", f"the code or the GLN {FASTER}"):
            history.save(partner, actor=actor, reason=reason)
    return partner


def deactivate(*, actor: str, uid: UUID | str, reason: str = "") -> Partner:
    """Take a partner out of use: it stays in the book and in every trace, and is offered no more."""
    return amend_partner(actor=actor, uid=uid, changes={"is_active": False}, reason=reason)


@transaction.atomic
def create_location(
    *, actor: str, partner: UUID | str | None, values: Mapping[str, Any], reason: str = ""
) -> Location:
    """Make a location description of a partner, or of ours (``partner`` None).

    ``values`` are fields named in ``rules.LOCATION_FIELDS``; ``name`` is required. What a full
    description still lacks is told by ``queries.missing``, and refused nowhere: half is better than none.
    """
    owner = queries.partner(partner) if partner else None
    read = rules.read_location({"name": "", **values})
    _location_taken(read.get("gln"), 0)
    location = Location(partner=owner, **read)
    with history.unique("gln", f"the GLN {FASTER}"):
        history.save(location, actor=actor, reason=reason)
    return location


@transaction.atomic
def amend_location(*, actor: str, uid: UUID | str, changes: Mapping[str, Any], reason: str = "") -> Location:
    """Change fields of a location description."""
    location = Location.objects.select_for_update().get(pk=queries.location(uid).pk)
    read = rules.read_location(changes)
    _location_taken(read.get("gln"), location.pk)
    changed = [name for name, value in read.items() if getattr(location, name) != value]
    for name in changed:
        setattr(location, name, read[name])
    if changed:
        with history.unique("gln", f"the GLN {FASTER}"):
            history.save(location, actor=actor, reason=reason)
    return location


def _taken(values: Mapping[str, Any], own: int) -> None:
    faults = []
    for name, word in (("code", "code"), ("gln", "GLN")):
        value = values.get(name)
        other = Partner.objects.filter(**{name: value}).exclude(pk=own).first() if value else None
        if other is not None:
            faults.append(
                Fault(name, f"{value} is the {word} of {other.name} already.", "Open that one.", "taken")
            )
    if faults:
        raise Conflict(faults)


def _location_taken(gln: str | None, own: int) -> None:
    other = Location.objects.filter(gln=gln).exclude(pk=own).first() if gln else None
    if other is not None:
        raise Conflict(Fault("gln", f"{gln} is the GLN of {other.name} already.", "Open that one.", "taken"))
