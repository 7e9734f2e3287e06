"""Django's name card of this room."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Registers the room under the label ``catalog``."""

    name = "lotbook.foundation.catalog"
    label = "catalog"
    default_auto_field = "django.db.models.BigAutoField"
