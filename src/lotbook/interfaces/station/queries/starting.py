"""Who holds the device, where they work and what they may do."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Exists, Q
from django.http import HttpRequest

from lotbook import __version__
from lotbook.foundation.accounts.models import User
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock, permissions
from lotbook.operations.labels.subjects import book_url


def start(request: HttpRequest) -> dict[str, Any]:
    """The answer of `start`: one statement."""
    person: Any = request.user
    now = clock.now()
    return {
        "person": {"name": person.get_full_name() or person.get_username(), "login": person.get_username()},
        "handheld": permissions.device(request) or None,
        "may": [name for name in permissions.PERMISSIONS if permissions.allowed(request, name)],
        "sites": [
            {
                "code": site.code,
                "name": str(site),
                "today": clock.date_at(now, site.time_zone or "UTC").isoformat(),
            }
            for site in sites(request)
        ],
        "hosts": hosts(request),
        "version": __version__,
        "now": now.isoformat(),
    }


def sites(request: HttpRequest) -> list[Place]:
    """The sites the person works at, by code; whoever is limited to none works at all of them."""
    mine = User.sites.through.objects.filter(user_id=request.user.pk or 0)
    rows = Place.objects.filter(kind="site", is_active=True, is_foreign=False).order_by("code")
    return list(rows.filter(Q(pk__in=mine.values("place")) | ~Exists(mine)))


def hosts(request: HttpRequest) -> list[str]:
    """The names under which labels of our own lead to this book, lower case.

    As it was called now; as labels print it; and every other name it answers to, with the port of now as
    well: a label stays readable on a device that calls the book otherwise than the office did.
    """
    called = request.get_host().lower()
    port = urlsplit(f"//{called}").port
    names = {name.lower().removeprefix(".") for name in settings.ALLOWED_HOSTS} - {"*", ""}
    ported = {f"{name}:{port}" for name in names} if port else set()
    return sorted({called, urlsplit(book_url()).netloc.lower()} | names | ported)
