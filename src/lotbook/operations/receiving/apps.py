"""Django's name card of this room."""

from django.apps import AppConfig


class ReceivingConfig(AppConfig):
    """Registers the room under the label ``receiving``."""

    name = "lotbook.operations.receiving"
    label = "receiving"
    default_auto_field = "django.db.models.BigAutoField"
