"""Django's name card of this room."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Registers the room under the label ``web``."""

    name = "lotbook.interfaces.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"
