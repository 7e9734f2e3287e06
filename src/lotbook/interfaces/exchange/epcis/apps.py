"""Django's name card of this room."""

from django.apps import AppConfig


class EpcisConfig(AppConfig):
    """Registers the room under the label ``epcis``."""

    name = "lotbook.interfaces.exchange.epcis"
    label = "epcis"
    default_auto_field = "django.db.models.BigAutoField"
