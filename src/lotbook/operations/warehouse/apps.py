"""Django's name card of this room."""

from django.apps import AppConfig


class WarehouseConfig(AppConfig):
    """Registers the room under the label ``warehouse``."""

    name = "lotbook.operations.warehouse"
    label = "warehouse"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what may need approval, and hear what was decided."""
        from lotbook.foundation.approvals import rules
        from lotbook.foundation.approvals.actions import DECIDED
        from lotbook.kernel import outbox
        from lotbook.operations.warehouse import listeners
        from lotbook.operations.warehouse.actions import adjustments

        rules.register(adjustments.APPROVAL, "Adjustment of stock")
        outbox.listen(DECIDED, listeners.on_decided)
