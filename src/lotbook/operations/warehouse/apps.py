"""Django's name card of this room."""

from django.apps import AppConfig


class WarehouseConfig(AppConfig):
    """Registers the room under the label ``warehouse``."""

    name = "lotbook.operations.warehouse"
    label = "warehouse"
    default_auto_field = "django.db.models.BigAutoField"
