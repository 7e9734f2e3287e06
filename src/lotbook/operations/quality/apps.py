"""Django's name card of this room."""

from django.apps import AppConfig


class QualityConfig(AppConfig):
    """Registers the room under the label ``quality``."""

    name = "lotbook.operations.quality"
    label = "quality"
    default_auto_field = "django.db.models.BigAutoField"
