"""Django's name card of this room."""

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    """Registers the room under the label ``places``."""

    name = "lotbook.foundation.places"
    label = "places"
    default_auto_field = "django.db.models.BigAutoField"
