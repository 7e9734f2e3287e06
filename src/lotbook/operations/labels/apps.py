"""Django's name card of this room."""

from django.apps import AppConfig


class LabelsConfig(AppConfig):
    """Registers the room under the label ``labels``."""

    name = "lotbook.operations.labels"
    label = "labels"
    default_auto_field = "django.db.models.BigAutoField"
