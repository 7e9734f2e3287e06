"""Django's name card of this room."""

from django.apps import AppConfig


class ComplaintsConfig(AppConfig):
    """Registers the room under the label ``complaints``."""

    name = "lotbook.operations.complaints"
    label = "complaints"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Show complaints where lots and partners are shown, and warn today of what comes in numbers."""
        from lotbook.kernel import jumps, panels
        from lotbook.operations.complaints import listeners

        for page in ("lot", "partner"):
            panel = panels.Panel(
                "complaints", "Complaints", f"complaints:{page}_panel", "complaints.view", 40
            )
            panels.register(page, panel)
        today = panels.Panel("complaints", "Complaints", "complaints:today", "complaints.view", 9)
        panels.register("today", today)
        jumps.register("complaints", "complaints.view", listeners.called)
