"""Django's name card of this room."""

from django.apps import AppConfig


class ProductionConfig(AppConfig):
    """Registers the room under the label ``production``."""

    name = "lotbook.operations.production"
    label = "production"
    default_auto_field = "django.db.models.BigAutoField"
