"""The places every book has: where losses go, and where count differences and opening stock come from."""

from typing import Any

from django.db import migrations

PLACES = [("LOSS", "Loss", "loss"), ("DIFFERENCE", "Count differences and opening stock", "difference")]


def make(apps: Any, schema_editor: Any) -> None:
    place = apps.get_model("places", "Place")
    for code, name, kind in PLACES:
        place.objects.get_or_create(code=code, defaults={"name": name, "kind": kind, "own": False})


class Migration(migrations.Migration):
    dependencies = [("places", "0001_initial")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
