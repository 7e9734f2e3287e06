"""Django's name card of this room."""

from django.apps import AppConfig


class ProductionConfig(AppConfig):
    """Registers the room under the label ``production``."""

    name = "lotbook.operations.production"
    label = "production"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """A yield outside its limits can ask for an approval; the run goes on when it is decided."""
        from lotbook.foundation.approvals import actions as approvals
        from lotbook.foundation.approvals import rules
        from lotbook.kernel import jumps, outbox, panels
        from lotbook.operations.production import listeners, queries

        rules.register(queries.YIELD, "Yield of a run outside its limits")
        outbox.listen(approvals.DECIDED, listeners.yield_decided)
        outbox.listen("allocation.broken", listeners.reservation_broken)
        today = panels.Panel("to_make", "To make", "production:to_make", "production.view", 6)
        panels.register("today", today)
        jumps.register("production", "production.view", listeners.called)
