"""Django's name card of this room."""

from django.apps import AppConfig


class ReceivingConfig(AppConfig):
    """Registers the room under the label ``receiving``."""

    name = "lotbook.operations.receiving"
    label = "receiving"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen for reversals and decisions; say what may need an approval, and what lots must tell."""
        from lotbook.foundation.approvals import rules as approvals
        from lotbook.kernel import jumps, outbox, panels
        from lotbook.operations.receiving import listeners, queries
        from lotbook.traceability.trace.gaps import registry

        approvals.register("receiving.over", "Receive more than ordered")
        today = panels.Panel("expected", "Expected", "receiving:expected", "receiving.view", 20)
        panels.register("today", today)
        outbox.listen("ledger.posted", listeners.posted)
        outbox.listen("approvals.decided", listeners.decided)
        registry.register("receiving.required", queries.lacking)
        jumps.register("receiving", "receiving.view", listeners.called)
