"""Django's name card of this room."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in

from lotbook.kernel import panels


class StationConfig(AppConfig):
    """Registers the room under the label ``station``."""

    name = "lotbook.interfaces.station"
    label = "station"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to logins on shared handhelds, and say on Today what of devices is open."""
        from lotbook.interfaces.station import listeners  # models are ready now

        user_logged_in.connect(listeners.logged_in, dispatch_uid="station.holder")
        panels.register("today", panels.Panel("station", "Scans", "station:today", "stock.view", 40))
