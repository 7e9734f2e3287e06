"""What this room does when something happens elsewhere."""

from __future__ import annotations

from django.http import HttpRequest

from lotbook.foundation.accounts.models import User
from lotbook.interfaces.station import actions


def logged_in(sender: object, user: User, request: HttpRequest | None = None, **_: object) -> None:
    """Keep who has logged in on which shared handheld: acts from it may be theirs."""
    actions.logged_in(request, user)
