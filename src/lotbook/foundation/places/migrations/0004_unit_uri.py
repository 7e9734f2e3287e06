from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("partners", "0001_initial"), ("places", "0003_numbers")]

    operations = [
        migrations.AddIndex(
            model_name="place",
            index=models.Index(
                condition=models.Q(("kind", "unit"), ("sscc__isnull", True), ("uri__isnull", False)),
                fields=["uri"],
                name="places_unit_uri",
            ),
        ),
    ]
