"""Django's name card of this room."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PlacesConfig(AppConfig):
    """Registers the room under the label ``places``."""

    name = "lotbook.foundation.places"
    label = "places"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """See to it that no book is without the places every book has."""
        post_migrate.connect(_outside_places, sender=self)


def _outside_places(**_: Any) -> None:
    """Losses and count differences need somewhere to go, also in a book whose tables were emptied."""
    from django.db import connection

    from lotbook.foundation.places.models import Place, PlaceKind

    if Place._meta.db_table not in connection.introspection.table_names():
        return  # another room is migrated before this one
    for code, name, kind in (
        ("LOSS", "Loss", PlaceKind.LOSS),
        ("DIFFERENCE", "Count differences and opening stock", PlaceKind.DIFFERENCE),
    ):
        if not Place.objects.filter(code=code).exists():
            Place.objects.create(code=code, name=name, kind=kind, own=False)
