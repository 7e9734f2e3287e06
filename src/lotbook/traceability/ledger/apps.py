"""Django's name card of this room."""

from django.apps import AppConfig

from lotbook.kernel import panels


class LedgerConfig(AppConfig):
    """Registers the room under the label ``ledger``."""

    name = "lotbook.traceability.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Show on the lot page where the lot is and what happened to it."""
        panels.register("lot", panels.Panel("where", "Where it is", "ledger:where", "stock.view", 10))
        panels.register("lot", panels.Panel("timeline", "Timeline", "ledger:timeline", "ledger.view", 60))
