"""Django's name card of this room."""

from django.apps import AppConfig


class CountingConfig(AppConfig):
    """Registers the room under the label ``counting``."""

    name = "lotbook.operations.counting"
    label = "counting"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what may need approval, and hear what was decided."""
        from lotbook.foundation.approvals import rules
        from lotbook.foundation.approvals.actions import DECIDED
        from lotbook.kernel import jumps, outbox, panels
        from lotbook.operations.counting import actions, listeners

        rules.register(actions.APPROVAL, "Adjustment after a count")
        outbox.listen(DECIDED, listeners.on_decided)
        outbox.listen("ledger.posted", listeners.posted)
        today = panels.Panel("to_count", "To count", "counting:to_count", "stock.view", 7)
        panels.register("today", today)
        jumps.register("counting", "stock.view", listeners.called)
