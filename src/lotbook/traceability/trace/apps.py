"""Django's name card of this room."""

from django.apps import AppConfig


class TraceConfig(AppConfig):
    """Registers the room under the label ``trace``."""

    name = "lotbook.traceability.trace"
    label = "trace"
    default_auto_field = "django.db.models.BigAutoField"
