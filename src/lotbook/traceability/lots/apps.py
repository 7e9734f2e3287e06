"""Django's name card of this room."""

from django.apps import AppConfig


class LotsConfig(AppConfig):
    """Registers the room under the label ``lots``."""

    name = "lotbook.traceability.lots"
    label = "lots"
    default_auto_field = "django.db.models.BigAutoField"
