"""Who we are and who signs, as papers print it."""

from __future__ import annotations

from django.db.models import QuerySet

from lotbook.foundation.accounts import queries as accounts
from lotbook.foundation.partners import queries as partners
from lotbook.foundation.partners.models import Location
from lotbook.foundation.places.models import Place, PlaceKind
from lotbook.kernel.errors import NotFound


def company() -> str:
    """Our name: that of our own described locations, else of our first site; empty in an empty book."""
    for one in _described():
        return str(one.business_name)
    first = Place.objects.filter(kind=PlaceKind.SITE, is_active=True, is_foreign=False).order_by("pk").first()
    return str(first) if first is not None else ""


def address() -> str:
    """Where we are, in one line; empty where no location of ours is described."""
    for one in _described():
        town = f"{one.postal_code} {one.city}".strip()
        return ", ".join(part for part in (one.street, town, one.region, one.country) if part)
    return ""


def phone() -> str:
    """How we are called; empty where nobody wrote it down."""
    return next((one.phone for one in _described() if one.phone), "")


def registration() -> str:
    """The number a food authority knows us by; empty where nobody wrote it down."""
    return next((one.registration for one in _described() if one.registration), "")


def _described() -> QuerySet[Location]:
    return partners.own_locations().exclude(business_name="").order_by("pk")


def printed(actor: str) -> str:
    """A signer's name as it is printed (21 CFR 11.50): full name and user name, as far as known."""
    scheme, _, name = actor.partition(":")
    if scheme != "user":
        return actor
    try:
        full = accounts.person(name).get_full_name().strip()
    except NotFound:
        return name
    return f"{full} ({name})" if full else name
