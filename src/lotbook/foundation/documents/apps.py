"""Django's name card of this room."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """Registers the room under the label ``documents``."""

    name = "lotbook.foundation.documents"
    label = "documents"
    default_auto_field = "django.db.models.BigAutoField"
