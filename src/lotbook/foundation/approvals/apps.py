"""Django's name card of this room."""

from django.apps import AppConfig

TICK_MINUTES = 5
"""How late a reminder or an expiry may be."""


class ApprovalsConfig(AppConfig):
    """Registers the room under the label ``approvals``."""

    name = "lotbook.foundation.approvals"
    label = "approvals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Remind and expire while the book is served."""
        from lotbook.foundation.approvals import mailing
        from lotbook.foundation.approvals.actions import DECIDED, REMINDED, tick
        from lotbook.kernel import outbox, periodic

        periodic.every(TICK_MINUTES, "approvals.tick", tick)
        outbox.listen(REMINDED, mailing.reminded)
        outbox.listen(DECIDED, mailing.decided)
