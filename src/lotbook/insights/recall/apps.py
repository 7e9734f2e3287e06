"""Django's name card of this room."""

from django.apps import AppConfig


class RecallConfig(AppConfig):
    """Registers the room under the label ``recall``."""

    name = "lotbook.insights.recall"
    label = "recall"
    default_auto_field = "django.db.models.BigAutoField"
