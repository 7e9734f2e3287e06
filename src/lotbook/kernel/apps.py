"""Django's name card of this room."""

from django.apps import AppConfig


class KernelConfig(AppConfig):
    """Registers the room under the label ``kernel``."""

    name = "lotbook.kernel"
    label = "kernel"
    default_auto_field = "django.db.models.BigAutoField"
