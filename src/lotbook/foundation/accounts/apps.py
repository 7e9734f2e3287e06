"""Django's name card of this room."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    """Registers the room under the label ``accounts``."""

    name = "lotbook.foundation.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have logins noted without a line in the person's history, and no book without its roles."""
        from django.contrib.auth.signals import user_logged_in

        from lotbook.foundation.accounts.listeners import note_login
        from lotbook.kernel import panels

        # Django's own receiver saves the person, and every save is a line in the history.
        user_logged_in.disconnect(dispatch_uid="update_last_login")
        user_logged_in.connect(note_login, dispatch_uid="accounts.note_login")
        post_migrate.connect(_roles, sender=self)
        ending = panels.Panel(
            "ending_keys", "API keys that end soon", "accounts:ending_keys", "accounts.manage", 90
        )
        panels.register("today", ending)


def _roles(**_: Any) -> None:
    """People need roles, also in a book whose tables were emptied."""
    from django.db import connection

    from lotbook.foundation.accounts.actions import seed_roles
    from lotbook.foundation.accounts.models import Role

    if Role._meta.db_table in connection.introspection.table_names():  # else another room is migrated before
        seed_roles()
