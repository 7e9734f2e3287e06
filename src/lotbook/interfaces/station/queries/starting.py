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
    """The names under which labels of our own lead to this book: as it was called now, and as it is set."""
    named = {request.get_host().lower()}
    if settings.BOOK_URL:
        named.add(urlsplit(settings.BOOK_URL).netloc.lower())
    return sorted(named)
