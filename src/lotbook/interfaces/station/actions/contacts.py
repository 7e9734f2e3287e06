"""Who brings acts, on which device, and whether they may bring those of somebody else.

A device without a network may hold acts of several people. On a shared handheld they are believed when
the one they name had logged in on it; everywhere else everybody brings their own only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest

from lotbook.foundation.accounts import queries as accounts
from lotbook.foundation.accounts.models import Handheld, User
from lotbook.interfaces.station.models import Act, Device, Holder
from lotbook.kernel import clock, permissions

BELIEVED_FOR = timedelta(days=30)
"""So long after somebody last logged in on a handheld, acts of theirs are taken from it."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who brings acts: ``actor`` as events record it, the person behind it, and the shared handheld, if any.

    ``scopes``: what a program's key may; None for a person.
    """

    actor: str
    person: User
    handheld: Handheld | None = None
    scopes: frozenset[str] | None = None

    @property
    def device_name(self) -> str:
        """The shared handheld's name, or empty."""
        return self.handheld.name if self.handheld is not None else ""


def bearer(request: HttpRequest) -> Bearer:
    """Who sent ``request`` (somebody is logged in)."""
    person = request.user
    assert isinstance(person, User)
    scopes = getattr(request, "api_key_scopes", None)
    # A program's key is not a person at a device, whatever cookie comes with it.
    handheld = None if scopes is not None else handheld_of(request)
    return Bearer(permissions.actor(request), person, handheld, scopes)


def handheld_of(request: HttpRequest) -> Handheld | None:
    """The shared handheld a request comes from, by its cookie."""
    return accounts.handheld_of(request.COOKIES.get(settings.HANDHELD_COOKIE, ""))


def logged_in(request: HttpRequest | None, person: User) -> None:
    """Note that somebody logged in on a shared handheld."""
    handheld = handheld_of(request) if request is not None else None
    if handheld is not None:
        note_holder(handheld, person)


def note_holder(handheld: Handheld, person: User) -> None:
    """Note that somebody holds a shared handheld now."""
    now = clock.now()
    Holder.objects.update_or_create(
        handheld=handheld,
        person=person,
        defaults={"last_at": now},
        create_defaults={"first_at": now, "last_at": now},
    )


class Believed:
    """Whether a bearer may bring acts of those they name; each name is looked up once."""

    def __init__(self, by: Bearer) -> None:
        self._by = by
        self._names: dict[str, bool] = {by.person.username: True}

    def __call__(self, name: str) -> bool:
        """Whether acts of the person called ``name`` are taken from this bearer."""
        if name not in self._names:
            self._names[name] = self._held(name)
        return self._names[name]

    def _held(self, name: str) -> bool:
        if self._by.handheld is None:
            return False
        since = clock.now() - BELIEVED_FOR
        return Holder.objects.filter(
            handheld=self._by.handheld, person__username=name, person__is_active=True, last_at__gte=since
        ).exists()


@transaction.atomic
def note_device(uid: UUID, by: Bearer, arrived_at: datetime) -> int:
    """Note the contact of a device, and how far its acts have come without a gap; returns that number."""
    device, _ = Device.objects.get_or_create(
        uid=uid, defaults={"first_at": arrived_at, "last_at": arrived_at, "last_by": by.actor}
    )
    device = Device.objects.select_for_update().get(pk=device.pk)
    acts = Act.objects.filter(device=uid)
    complete = device.complete_to
    for n in acts.filter(n__gt=complete).order_by("n").values_list("n", flat=True).distinct().iterator():
        if n != complete + 1:
            break
        complete = n
    device.complete_to = complete
    device.highest = acts.aggregate(most=Max("n"))["most"] or 0
    device.last_at, device.last_by, device.handheld = arrived_at, by.actor, by.device_name
    device.save()
    return complete
