"""What this room does when something happens elsewhere."""

from __future__ import annotations

from lotbook.foundation.accounts.models import User
from lotbook.kernel import clock


def note_login(sender: object, user: User, **_: object) -> None:
    """Keep when a person last logged in."""
    user.last_login = clock.now()
    User.objects.filter(pk=user.pk).update(last_login=user.last_login)
