"""Django's name card of this room."""

from django.apps import AppConfig

from lotbook.kernel import panels


class TransfersConfig(AppConfig):
    """Registers the room under the label ``transfers``."""

    name = "lotbook.operations.transfers"
    label = "transfers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what has to be approved, listen, and show on Today what expires and what waits."""
        from lotbook.foundation.approvals import rules as approvals
        from lotbook.kernel import jumps, outbox
        from lotbook.operations.transfers import listeners
        from lotbook.operations.transfers.actions import receiving, requests
        from lotbook.traceability.ledger import keeping

        approvals.register(requests.KIND, "Stock requests")
        approvals.register(receiving.DIFFERENCE, "Differences of transfers")
        keeping.register(listeners.keepers)
        outbox.listen("ledger.posted", listeners.posted)
        outbox.listen("allocation.broken", listeners.broken)
        outbox.listen("approvals.decided", listeners.decided)
        panels.register(
            "today", panels.Panel("expiring", "Expiring lots", "transfers:expiring_panel", "stock.view", 40)
        )
        panels.register(
            "today", panels.Panel("transfers", "Transfers", "transfers:waiting_panel", "transfers.view", 30)
        )
        panels.register(
            "item", panels.Panel("levels", "Minimum levels", "transfers:item_panel", "transfers.view", 40)
        )
        jumps.register("transfers", "transfers.view", listeners.called)
