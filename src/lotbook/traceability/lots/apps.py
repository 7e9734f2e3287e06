"""Django's name card of this room."""

from django.apps import AppConfig


class LotsConfig(AppConfig):
    """Registers the room under the label ``lots``."""

    name = "lotbook.traceability.lots"
    label = "lots"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Answer the catalog, which asks whether an item has lots before it changes what they rest on."""
        from lotbook.kernel import uses
        from lotbook.traceability.lots import queries

        uses.register("catalog.item", queries.item_use)
