"""Django's name card of this room."""

from django.apps import AppConfig


class TraceConfig(AppConfig):
    """Registers the room under the label ``trace``, and its panel on the lot page."""

    name = "lotbook.traceability.trace"
    label = "trace"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Show the genealogy on the lot page; look for gaps every night."""
        from lotbook.kernel import periodic
        from lotbook.kernel.panels import Panel, register
        from lotbook.traceability.trace.gaps import nightly

        register("lot", Panel("genealogy", "Genealogy", "trace:panel", "trace.view", 30))
        periodic.every(nightly.EVERY_MINUTES, nightly.TOPIC, nightly.run)
