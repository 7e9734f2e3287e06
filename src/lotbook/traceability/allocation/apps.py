"""Django's name card of this room."""

from django.apps import AppConfig


class AllocationConfig(AppConfig):
    """Registers the room under the label ``allocation``."""

    name = "lotbook.traceability.allocation"
    label = "allocation"
    default_auto_field = "django.db.models.BigAutoField"
