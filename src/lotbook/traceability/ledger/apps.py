"""Django's name card of this room."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Registers the room under the label ``ledger``."""

    name = "lotbook.traceability.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"
