"""Django's name card of this room."""

from django.apps import AppConfig


class TransfersConfig(AppConfig):
    """Registers the room under the label ``transfers``."""

    name = "lotbook.operations.transfers"
    label = "transfers"
    default_auto_field = "django.db.models.BigAutoField"
