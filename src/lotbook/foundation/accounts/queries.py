"""Reads about people and keys."""

from __future__ import annotations

from django.db.models import QuerySet

from lotbook.foundation.accounts.models import ApiKey, User
from lotbook.kernel import history
from lotbook.kernel.errors import Fault, NotFound


def person(username: str) -> User:
    """The person called ``username``; NotFound otherwise."""
    found = User.objects.filter(username=username).first()
    if found is None:
        raise NotFound(
            Fault("username", f"nobody is called {username[:70]!r}.", "Look in the list of people.")
        )
    return found


def people() -> QuerySet[User]:
    """Everybody: the active first, by name."""
    return User.objects.order_by("-is_active", "username")


def key(prefix: str) -> ApiKey:
    """The key with this prefix; NotFound otherwise."""
    found = ApiKey.objects.select_related("owner").filter(prefix=prefix).first()
    if found is None:
        raise NotFound(Fault("prefix", f"there is no key {prefix[:20]!r}.", "Look in the list of API keys."))
    return found


def api_keys() -> QuerySet[ApiKey]:
    """Every key: the unrevoked first, the newest first."""
    return ApiKey.objects.select_related("owner").order_by("revoked_at", "-created_at")


def person_changes(person: User) -> list[history.Change]:
    """Who changed what about a person, newest first."""
    return history.changes((person.username, User.history.filter(id=person.pk)))


def key_changes() -> list[history.Change]:
    """Who changed what about API keys, newest first."""
    return history.changes(("API key", ApiKey.history.order_by("-history_date")))
