"""Django's name card of this room."""

from django.apps import AppConfig


class LabelsConfig(AppConfig):
    """Registers the room under the label ``labels``."""

    name = "lotbook.operations.labels"
    label = "labels"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Offer labels on the pages of what has them, and hand jobs to printers while the book is served."""
        from lotbook.kernel import outbox, panels, periodic
        from lotbook.operations.labels import worker
        from lotbook.operations.labels.actions import ASKED

        for page in ("lot", "item", "place", "unit"):
            panel = panels.Panel("labels", "Labels", f"labels:{page}_panel", "labels.view", 70)
            panels.register(page, panel)
        outbox.listen(ASKED, worker.asked)
        periodic.every(1, "labels.print", worker.wake)
