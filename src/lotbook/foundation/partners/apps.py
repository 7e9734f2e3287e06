"""Django's name card of this room."""

from django.apps import AppConfig


class PartnersConfig(AppConfig):
    """Registers the room under the label ``partners``."""

    name = "lotbook.foundation.partners"
    label = "partners"
    default_auto_field = "django.db.models.BigAutoField"
