"""Django's name card of this room."""

from django.apps import AppConfig


class RfidConfig(AppConfig):
    """Registers the room under the label ``rfid``."""

    name = "lotbook.interfaces.rfid"
    label = "rfid"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """End silent passes, forget what is old, and answer the search box."""
        from lotbook.interfaces.rfid import actions, listeners
        from lotbook.kernel import jumps, periodic

        periodic.every(1, "rfid.end_silent", actions.end_silent)
        periodic.every(24 * 60, "rfid.forget_old", actions.forget_old)
        jumps.register("rfid", "rfid.view", listeners.called)
