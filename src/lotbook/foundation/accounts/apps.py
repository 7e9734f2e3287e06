"""Django's name card of this room."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Registers the room under the label ``accounts``."""

    name = "lotbook.foundation.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have logins noted without a line in the person's history."""
        from django.contrib.auth.signals import user_logged_in

        from lotbook.foundation.accounts.listeners import note_login

        # Django's own receiver saves the person, and every save is a line in the history.
        user_logged_in.disconnect(dispatch_uid="update_last_login")
        user_logged_in.connect(note_login, dispatch_uid="accounts.note_login")
