"""Django's name card of this room."""

from django.apps import AppConfig

from lotbook.kernel import panels, uses


class LedgerConfig(AppConfig):
    """Registers the room under the label ``ledger``."""

    name = "lotbook.traceability.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Show on the lot page where the lot is and what happened to it; say which places hold stock."""
        from lotbook.traceability.ledger import queries

        uses.register("places.place", queries.place_use)
        panels.register("lot", panels.Panel("where", "Where it is", "ledger:where", "stock.view", 10))
        panels.register("lot", panels.Panel("timeline", "Timeline", "ledger:timeline", "ledger.view", 60))
