"""Django's name card of this room."""

from django.apps import AppConfig


class RecallConfig(AppConfig):
    """Registers the room under the label ``recall``."""

    name = "lotbook.insights.recall"
    label = "recall"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what may need approval, hear what was decided, show cases on the pages of lots."""
        from lotbook.foundation.approvals import rules
        from lotbook.foundation.approvals.actions import DECIDED
        from lotbook.insights.recall import actions, listeners, worker
        from lotbook.kernel import jumps, outbox, panels, periodic

        rules.register(actions.DECIDE, "Recall: the decision")
        rules.register(actions.CLOSE, "Recall: closing the case")
        outbox.listen(DECIDED, listeners.on_decided)
        outbox.listen("recall.frozen", listeners.on_frozen)
        for told in ("recall.notified", "recall.reminded"):
            outbox.listen(told, worker.asked)
        periodic.every(1, "recall.notices", worker.wake)
        periodic.every(5, "recall.reminders", worker.remind)
        panels.register("lot", panels.Panel("recall", "Recall", "recall:lot_panel", "recall.view", 25))
        hooked = panels.Panel("recall", "Notices of recalls", "recall:hook_panel", "partners.edit", 80)
        panels.register("partner", hooked)
        panels.register("today", panels.Panel("recalls", "Recalls", "recall:open_panel", "recall.view", 1))
        panels.register("today", panels.Panel("drills", "Drills", "recall:drill_due", "recall.view", 2))
        jumps.register("recall", "recall.view", listeners.called)
