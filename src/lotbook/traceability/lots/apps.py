"""Django's name card of this room."""

from django.apps import AppConfig


class LotsConfig(AppConfig):
    """Registers the room under the label ``lots``."""

    name = "lotbook.traceability.lots"
    label = "lots"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Answer the catalog's question whether an item has lots, and show them on the item's page."""
        from lotbook.kernel import panels, uses
        from lotbook.traceability.lots import queries

        uses.register("catalog.item", queries.item_use)
        panels.register("item", panels.Panel("lots", "Lots", "lots:of_item", "lots.view", 20))
