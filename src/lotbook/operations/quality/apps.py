"""Django's name card of this room."""

from django.apps import AppConfig

from lotbook.kernel import panels


class QualityConfig(AppConfig):
    """Registers the room under the label ``quality``."""

    name = "lotbook.operations.quality"
    label = "quality"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Show on the lot page what holds it, and let it be held or released there."""
        panels.register("lot", panels.Panel("holds", "Hold or release", "quality:lot_panel", "lots.view", 20))
