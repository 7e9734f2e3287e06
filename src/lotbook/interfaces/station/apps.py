"""Django's name card of this room."""

from django.apps import AppConfig


class StationConfig(AppConfig):
    """Registers the room under the label ``station``."""

    name = "lotbook.interfaces.station"
    label = "station"
    default_auto_field = "django.db.models.BigAutoField"
