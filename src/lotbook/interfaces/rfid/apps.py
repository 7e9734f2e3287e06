"""Django's name card of this room."""

from django.apps import AppConfig


class RfidConfig(AppConfig):
    """Registers the room under the label ``rfid``."""

    name = "lotbook.interfaces.rfid"
    label = "rfid"
    default_auto_field = "django.db.models.BigAutoField"
