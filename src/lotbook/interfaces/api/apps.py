"""Django's name card of this room."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Registers the room under the label ``api``."""

    name = "lotbook.interfaces.api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"
