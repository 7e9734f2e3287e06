"""Reading partners and their locations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from lotbook.foundation.partners import rules
from lotbook.foundation.partners.models import Location, Partner
from lotbook.kernel import history
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, NotFound
from lotbook.kernel.prepared import Prepared, Slot

ROLES = {
    "supplier": "is_supplier",
    "customer": "is_customer",
    "carrier": "is_carrier",
    "maker": "is_contract_maker",
}

_BY_UID = Prepared(lambda: Partner.objects.filter(uid=Slot("uid")))
_BY_CODE = Prepared(lambda: Partner.objects.filter(code=Slot("code")))
_BY_GLN = Prepared(lambda: Partner.objects.filter(gln=Slot("gln")).order_by("pk"))


def partner(uid: UUID | str) -> Partner:
    """The partner with this uid; raises NotFound."""
    try:
        return Partner.objects.get(uid=UUID(str(uid)))
    except (Partner.DoesNotExist, ValueError):
        cause = f"there is no partner {str(uid)[:60]}."
        raise NotFound(Fault("partner", cause, "Look it up in the list of partners.")) from None


def location(uid: UUID | str) -> Location:
    """The location with this uid; raises NotFound."""
    try:
        return Location.objects.select_related("partner").get(uid=UUID(str(uid)))
    except (Location.DoesNotExist, ValueError):
        raise NotFound(Fault("location", f"there is no location {str(uid)[:60]}.")) from None


def by_code(code: str) -> Partner | None:
    """The partner with this code, written exactly so."""
    return None if storable(code) else _BY_CODE.first(code=code.strip())


def named(text: str) -> Partner | None:
    """The partner a person means by a uid, a code, a GLN, or a name only one partner has."""
    text = text.strip()
    if not text or storable(text):
        return None
    try:
        return _BY_UID.first(uid=UUID(text))
    except ValueError:
        pass
    found = by_code(text) or _BY_GLN.first(gln=text)
    if found is not None:
        return found
    same = list(Partner.objects.filter(name__iexact=text)[:2])
    return same[0] if len(same) == 1 else None


def partners(
    *, text: str = "", role: str = "", active: bool | None = None, foreign: bool | None = None
) -> QuerySet[Partner]:
    """Partners, by code; ``text`` is looked for in code, name and GLN; ``role`` is a key of ``ROLES``."""
    rows = Partner.objects.order_by("code")
    if text and storable(text):
        return rows.none()
    if text:
        rows = rows.filter(Q(code__icontains=text) | Q(name__icontains=text) | Q(gln__contains=text))
    if role in ROLES:
        rows = rows.filter(**{ROLES[role]: True})
    if active is not None:
        rows = rows.filter(is_active=active)
    if foreign is not None:
        rows = rows.filter(is_foreign=foreign)
    return rows


def own_locations() -> QuerySet[Location]:
    """Location descriptions of places of our own."""
    return Location.objects.filter(partner=None).order_by("name")


def missing(one: Location) -> list[str]:
    """What a full location description still lacks."""
    names = [*rules.LOCATION_FIELDS]
    return rules.missing({name: getattr(one, name) for name in names})


def changes(one: Partner) -> list[history.Change]:
    """Every change of the partner and its locations, newest first."""
    tables: Any = (Partner, Location)
    return history.changes(
        ("partner", tables[0].history.filter(id=one.pk)),
        ("location", tables[1].history.filter(partner_id=one.pk)),
    )
