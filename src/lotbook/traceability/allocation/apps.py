"""Django's name card of this room."""

from django.apps import AppConfig

from lotbook.kernel import panels


class AllocationConfig(AppConfig):
    """Registers the room under the label ``allocation``, and its panel on the lot page."""

    name = "lotbook.traceability.allocation"
    label = "allocation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Show on the lot page for what it is reserved."""
        panels.register(
            "lot", panels.Panel("reserved", "Reserved for", "allocation:reserved", "stock.view", 20)
        )
