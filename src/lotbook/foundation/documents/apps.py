"""Django's name card of this room."""

from django.apps import AppConfig

PAGES = {
    "lot": "lots.lot",
    "event": "ledger.event",
    "receipt": "ledger.event",
    "run": "production.run",
    "production.recipe": "production.recipe",
    "production.order": "production.order",
    "production.vessel": "production.vessel",
    "customer_order": "shipping.order",
    "shipment": "shipping.shipment",
    "count": "counting.count",
    "complaint": "complaints.complaint",
    "adjustment": "warehouse.adjustment",
    "purchase_order": "receiving.order",
    "receiving.notice": "receiving.notice",
    "request": "transfers.stockrequest",
    "transfer": "transfers.transfer",
    "item": "catalog.item",
    "partner": "partners.partner",
}
"""Page that shows panels → the kind of thing whose files stand there."""


class DocumentsConfig(AppConfig):
    """Registers the room under the label ``documents``."""

    name = "lotbook.foundation.documents"
    label = "documents"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Show files on the pages of what they belong to."""
        from lotbook.kernel import panels

        for page in PAGES:
            files = panels.Panel("files", "Photos and files", f"documents:panel_{page}", "documents.view", 80)
            panels.register(page, files)
