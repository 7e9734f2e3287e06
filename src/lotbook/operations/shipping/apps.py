"""Django's name card of this room."""

from django.apps import AppConfig


class ShippingConfig(AppConfig):
    """Registers the room under the label ``shipping``."""

    name = "lotbook.operations.shipping"
    label = "shipping"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear of holds that end reservations, and of shipments taken back."""
        from lotbook.kernel import destinations, jumps, outbox, panels
        from lotbook.operations.shipping import actions, listeners

        outbox.listen("allocation.broken", listeners.reservation_broken)
        outbox.listen("ledger.posted", listeners.posted)
        today = panels.Panel("to_ship", "To ship", "shipping:to_ship", "shipping.view", 5)
        panels.register("today", today)
        destinations.register(actions.KIND, listeners.destination)
        jumps.register("shipping", "shipping.view", listeners.called)
