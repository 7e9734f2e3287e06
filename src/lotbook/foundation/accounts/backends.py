"""How a session becomes a person: with what they may do, in the one statement that reads them."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend

from lotbook.foundation.accounts import queries
from lotbook.foundation.accounts.models import User


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """Allauth's own, except for how the person of a session is read."""

    def get_user(self, user_id: int) -> User | None:
        """The person, with their rights: what an administrator changed counts with the next request."""
        person = queries.entering(user_id)
        return person if person is not None and self.user_can_authenticate(person) else None
