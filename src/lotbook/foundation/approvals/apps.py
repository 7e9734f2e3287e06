"""Django's name card of this room."""

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    """Registers the room under the label ``approvals``."""

    name = "lotbook.foundation.approvals"
    label = "approvals"
    default_auto_field = "django.db.models.BigAutoField"
