"""Django's name card of this room."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Registers the room under the label ``accounts``."""

    name = "lotbook.foundation.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
