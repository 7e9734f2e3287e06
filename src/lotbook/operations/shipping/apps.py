"""Django's name card of this room."""

from django.apps import AppConfig


class ShippingConfig(AppConfig):
    """Registers the room under the label ``shipping``."""

    name = "lotbook.operations.shipping"
    label = "shipping"
    default_auto_field = "django.db.models.BigAutoField"
